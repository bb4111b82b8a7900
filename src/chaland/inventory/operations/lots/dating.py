"""A lot's last day was told wrongly: it is told anew, wherever the lot lies."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.catalog.queries import sku_facts_by_id
from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.operations.ledger import Line, lock_states, tell_positions, write_lines
from chaland.inventory.operations.lots.book import Book, open_book
from chaland.inventory.types import LotDate, MovementKind, NamingOutcome, Pair, UnavailableStatus
from chaland.kernel.actor import Actor
from chaland.kernel.errors import FieldProblem
from chaland.network.queries import snapshot

_UNKNOWN = FieldProblem(
    "lot", "unknown_lot", "no such lot of this SKU was ever here", "check the SKU and the lot"
)


def date_lots(
    *, dates: Sequence[LotDate], now: datetime, actor: Actor, reason: str = ""
) -> list[NamingOutcome]:
    """Give lots another last day of sale, at every location; each item is refused alone.

    Units that were taken out of sale as expired come back where the new day has not passed.
    """
    places = _places(dates)
    pairs = {pair for found in places.values() for pair in found}
    lock_states(pairs)
    book = open_book(pairs, [])
    lines: list[Line] = []
    done: list[LotDate] = []
    outcomes = []
    for item in dates:
        found = places.get((item.sku_id, item.lot), [])
        outcomes.append(NamingOutcome(None if found else _UNKNOWN))
        if found:
            done.append(item)
        for pair in found:
            lines += _date(book, pair, item, now, reason)
    write_lines(lines, now=now, actor=actor, cause_type="")
    book.write(now)
    tell_positions({(line.sku_id, line.location_id) for line in lines}, now=now, actor=actor)
    _record(done, now, actor, reason)
    return outcomes


def _places(dates: Sequence[LotDate]) -> dict[tuple[int, str], list[Pair]]:
    rows = statements.fetch_all(
        sql.load("lots/places_of_lots"),
        {"sku": [item.sku_id for item in dates], "lot": [item.lot for item in dates]},
    )
    places: dict[tuple[int, str], list[Pair]] = {}
    for sku, location, lot in sorted(set(rows)):
        places.setdefault((sku, lot), []).append((sku, location))
    return places


def _date(book: Book, pair: Pair, item: LotDate, now: datetime, reason: str) -> list[Line]:
    """Set the day at one location; return the line that brings units back to sale, if any."""
    lot = book.lots.get(pair, {}).get(item.lot)
    if lot is None:
        return []
    book.put_lot(pair, item.lot, replace(lot, expires_on=item.expires_on))
    network = snapshot()
    zone = ZoneInfo(network.locations[network.index_of[pair[1]]].time_zone)
    if not lot.expired or item.expires_on < now.astimezone(zone).date():
        return []
    book.expire(pair, item.lot, -lot.expired)
    return [
        Line(
            sku_id=pair[0],
            location_id=pair[1],
            kind=MovementKind.UNBLOCKING,
            occurred_at=now,
            unavailable=-lot.expired,
            status=UnavailableStatus.EXPIRED,
            lot=item.lot,
            reason=reason or "another last day",
        )
    ]


def _record(done: Sequence[LotDate], now: datetime, actor: Actor, reason: str) -> None:
    facts = sku_facts_by_id({item.sku_id for item in done}) if done else {}
    record_audit(
        [
            AuditFact(
                actor=actor,
                action="inventory.date_lot",
                entity_type="lot",
                entity_id=f"{facts[item.sku_id].code}/{item.lot}",
                at=now,
                after={"expires_on": item.expires_on.isoformat()},
                reason=reason,
            )
            for item in done
        ]
    )
