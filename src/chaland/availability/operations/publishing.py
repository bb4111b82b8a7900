"""What channels may sell is told to the world: once, in order, at most once a second.

A pass over a channel takes the SKUs that the ledger names since the last pass, compares what is
true now with what was told last, and writes the differences, their numbers and their events in one
transaction. Passes over one channel are a second apart, so a SKU is told at most once a second; the
point up to which the ledger was read moves in the same transaction, so a worker that dies has told
nothing and lost nothing. When reference data moves, or too much happened to list, every SKU is
looked at again, a chunk a pass: a rule that changes the whole channel floods nobody.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from chaland.availability.channel_stock import Basis
from chaland.availability.coming import full_lines
from chaland.availability.computing import part_ids
from chaland.availability.models import Publisher
from chaland.availability.queries import sellable
from chaland.availability.rules.publishing import event_of
from chaland.availability.rules.showing import state_of
from chaland.availability.types.publishing import Told
from chaland.availability.types.showing import Display, StockState
from chaland.catalog.queries import count_skus, kits_with, sku_facts_by_id, sku_ids_after
from chaland.database.statements import execute, fetch_all, fetch_one
from chaland.inventory.queries import quotas, stock_changes
from chaland.inventory.types import LedgerPoint, StockChanges
from chaland.kernel.actor import SYSTEM
from chaland.network.types import ChannelFacts
from chaland.outbox.operations import publish

BETWEEN_PASSES = timedelta(seconds=1)
CHUNK = 2_000

# With the channel's id: "the one who tells of this channel", to pg_try_advisory_xact_lock.
_LOCK = 6_700_433

_TOLD = """
SELECT sku_id, available, ship, pickup, state FROM availability_published
WHERE channel_id = %s AND sku_id = ANY (%s::int[])
"""
_TELL = """
INSERT INTO availability_published
    (channel_id, sku_id, available, ship, pickup, state, sequence, changed_at)
SELECT %s, sku_id, available, ship, pickup, state, sequence, %s
FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[], %s::text[], %s::bigint[])
    AS line (sku_id, available, ship, pickup, state, sequence)
ON CONFLICT (channel_id, sku_id) DO UPDATE
SET available = EXCLUDED.available, ship = EXCLUDED.ship, pickup = EXCLUDED.pickup,
    state = EXCLUDED.state, sequence = EXCLUDED.sequence, changed_at = EXCLUDED.changed_at
"""


@dataclass(frozen=True, slots=True)
class _Change:
    """A line that differs from what was told last (None: nothing was)."""

    sku_id: int
    sku: str
    before: Told | None
    after: Told
    sequence: int


def publish_channel(*, channel: ChannelFacts, now: datetime) -> int:
    """Tell what has changed in a channel; return how many lines were told.

    Nothing is told when another worker is at it, or the last pass was less than a second ago.
    """
    with transaction.atomic():
        if fetch_one("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK, channel.id]) != (True,):
            return 0
        publisher = Publisher.objects.filter(channel_id=channel.id).first()
        if publisher is None:
            publisher = Publisher(channel_id=channel.id, point="", basis="")
        elif publisher.passed_at is not None and now < publisher.passed_at + BETWEEN_PASSES:
            return 0
        return _pass(publisher, channel, now)


def _pass(publisher: Publisher, channel: ChannelFacts, now: datetime) -> int:
    point = LedgerPoint.parse(publisher.point)
    changes = stock_changes(point) if point else stock_changes()
    basis = Basis.now(now)
    looked_at = _due(publisher, changes, basis)
    told = 0
    if looked_at:
        changed = _changes(publisher, channel, looked_at, basis, now)
        _write(channel, changed, now, tell=publisher.filled)
        publisher.sequence += len(changed)
        told = len(changed)
    publisher.filled = publisher.filled or publisher.sweep_left == 0
    publisher.point, publisher.basis, publisher.passed_at = str(changes.point), basis.key(), now
    publisher.save()
    return told


def _due(publisher: Publisher, changes: StockChanges, basis: Basis) -> set[int]:
    """Return the SKUs to look at in this pass; move the sweep on."""
    due = set(changes.sku_ids.tolist())
    rest, quotas_now = basis.key().rsplit("/", 1)
    known_rest, _, known_quotas = publisher.basis.rpartition("/")
    if rest != known_rest or not changes.complete or len(due) > CHUNK:
        publisher.sweep_left = count_skus()
        due = set()
    elif quotas_now != known_quotas:
        due |= {quota.sku_id for quota in quotas()}
    due |= set(kits_with(due))
    if publisher.sweep_left > 0:
        ids = sku_ids_after(publisher.sweep_at, limit=CHUNK)
        publisher.sweep_at = ids[-1] if len(ids) == CHUNK else 0
        publisher.sweep_left = max(0, publisher.sweep_left - len(ids))
        due |= set(ids)
    return due


def _changes(
    publisher: Publisher,
    channel: ChannelFacts,
    sku_ids: Collection[int],
    basis: Basis,
    now: datetime,
) -> list[_Change]:
    """Compare what is true now with what was told last."""
    facts = sorted(sku_facts_by_id(sku_ids).values(), key=lambda item: item.id)
    stock = sellable(part_ids(facts), basis.network, basis.revisions, now=now)
    display = basis.displays.get(channel.code, Display())
    told = _told(channel.id, [item.id for item in facts])
    found: list[_Change] = []
    for item, line in zip(
        facts, full_lines(channel.code, facts, stock, basis.network, display, now=now), strict=True
    ):
        after = Told(line.available, line.ship, line.pickup, state_of(line, display))
        before = told.get(item.id)
        if before != after:
            number = publisher.sequence + len(found) + 1
            found.append(_Change(item.id, item.code, before, after, number))
    return found


def _told(channel_id: int, sku_ids: Sequence[int]) -> Mapping[int, Told]:
    rows = fetch_all(_TOLD, [channel_id, list(sku_ids)], prepare=True, binary=True)
    return {row[0]: Told(row[1], row[2], row[3], StockState(row[4])) for row in rows}


def _write(channel: ChannelFacts, changes: Sequence[_Change], now: datetime, *, tell: bool) -> None:
    if not changes:
        return
    execute(
        _TELL,
        [
            channel.id,
            now,
            [item.sku_id for item in changes],
            [item.after.available for item in changes],
            [item.after.ship for item in changes],
            [item.after.pickup for item in changes],
            [str(item.after.state) for item in changes],
            [item.sequence for item in changes],
        ],
        prepare=True,
    )
    if tell:
        publish(
            [
                event_of(item.before, item.after)(
                    occurred_at=now,
                    stream=f"stock:{channel.code}:{item.sku}",
                    subject=item.sku,
                    channel=channel.code,
                    sku=item.sku,
                    available=item.after.available,
                    ship=item.after.ship,
                    pickup=item.after.pickup,
                    state=str(item.after.state),
                    before=None if item.before is None else item.before.available,
                    sequence=item.sequence,
                )
                for item in changes
            ],
            actor=SYSTEM,
        )
