"""Goods arrive: in full, in part, more than ordered, damaged, or never."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from chaland.database import statements
from chaland.inventory import rules, sql
from chaland.inventory.events import TransferReceived
from chaland.inventory.operations.guarding import guard_late
from chaland.inventory.operations.ledger import Line, lock_states
from chaland.inventory.operations.lots.book import open_book
from chaland.inventory.operations.lots.transferring import Transit, open_transit
from chaland.inventory.operations.supply.desk import (
    TOO_MUCH,
    UNKNOWN,
    Desk,
    Known,
    late_skus,
    lock_supply,
    places_of,
)
from chaland.inventory.queries import last_counts, position_codes
from chaland.inventory.types import (
    MAX_ON_HAND,
    MovementKind,
    Part,
    PositionState,
    SupplyKind,
    SupplyLine,
    SupplyOutcome,
    SupplyReceipt,
    Tag,
    UnavailableStatus,
)
from chaland.kernel.actor import Actor
from chaland.kernel.errors import FieldProblem

_Message = tuple[str, str, int, int]
_REUSED = FieldProblem(
    "source_ref",
    "source_ref_reused",
    "this reference was already sent with other content",
    "give each message a reference of its own",
)


@dataclass(frozen=True, slots=True)
class _Arrival:
    known: Known
    receipt: SupplyReceipt
    lost: int


def receive_supply(
    *, receipts: Sequence[SupplyReceipt], now: datetime, actor: Actor
) -> list[SupplyOutcome]:
    """Put arrived units on hand and take them off what is expected; each item is refused alone.

    A supplier may send more or less than was ordered; of a transfer no more can arrive than left.
    A message (the line's source and ``source_ref``) that was written before is a duplicate.
    """
    ids = {item.supply_id for item in receipts}
    places = places_of(ids)
    guard_late(sku_ids=late_skus(places, [item.occurred_at for item in receipts], now))
    states = lock_states(places)
    known = lock_supply(ids)
    tags = [
        (known[item.supply_id].draft.sku_id, _tag_of(item))
        for item in receipts
        if item.supply_id in known
    ]
    desk = Desk(known, states, last_counts(places), open_book(places, tags))
    transit = open_transit(
        desk.book, {item.public_id: item.draft.sku_id for item in known.values() if item.start}
    )
    seen = _messages(desk.known, receipts)
    arrived: list[_Arrival] = []
    outcomes = [_receive(desk, transit, seen, item, arrived, now) for item in receipts]
    desk.finish(action="receive_supply", now=now, actor=actor, events=_events(arrived, now))
    return outcomes


def _messages(
    known: Mapping[UUID, Known], receipts: Sequence[SupplyReceipt]
) -> dict[_Message, tuple[int, str]]:
    """Return the receipts that were written before; read after locking."""
    wanted = [
        message
        for item in receipts
        if item.supply_id in known and (message := _message(known[item.supply_id], item))
    ]
    if not wanted:
        return {}
    source, source_ref, sku, location = zip(*wanted, strict=True)
    rows = statements.fetch_all(
        sql.load("supply/received_messages"),
        {
            "source": list(source),
            "source_ref": list(source_ref),
            "sku": list(sku),
            "location": list(location),
        },
    )
    return {row[:4]: (row[4], row[5]) for row in rows}


def _message(known: Known, item: SupplyReceipt) -> _Message | None:
    if item.source_ref is None:
        return None
    return (known.draft.source, item.source_ref, *known.target)


def _receive(
    desk: Desk,
    transit: Transit,
    seen: dict[_Message, tuple[int, str]],
    item: SupplyReceipt,
    arrived: list[_Arrival],
    now: datetime,
) -> SupplyOutcome:
    known = desk.known.get(item.supply_id)
    if known is None:
        return SupplyOutcome("rejected", problem=UNKNOWN)
    message = _message(known, item)
    if message is not None and message in seen:
        return _repeated(desk, known, item, seen[message])
    numbers = rules.after_receipt(known.numbers, item)
    if isinstance(numbers, FieldProblem):
        return SupplyOutcome("rejected", known.id, numbers)
    parts = _admit(desk, transit, known, item, now)
    if isinstance(parts, FieldProblem):
        return SupplyOutcome("rejected", known.id, parts)
    if message is not None:
        seen[message] = (item.quantity, known.public_id)
    _book(desk, known, item, numbers, parts)
    if numbers.lost > known.numbers.lost:
        transit.lose(desk.book, known.target, known.public_id)
    arrived.append(_Arrival(desk.known[known.id], item, numbers.lost - known.numbers.lost))
    return SupplyOutcome("updated", known.id)


def _repeated(
    desk: Desk, known: Known, item: SupplyReceipt, written: tuple[int, str]
) -> SupplyOutcome:
    units, cause = written
    # The units of a followed SKU may have been written in several lines, lot by lot.
    same = units == item.quantity or known.draft.sku_id in desk.book.tracking
    if same and cause == known.public_id:
        return SupplyOutcome("duplicate", known.id)
    return SupplyOutcome("rejected", known.id, _REUSED)


def _tag_of(item: SupplyReceipt) -> Tag:
    return Tag(item.lot, item.expires_on, item.serials)


def _admit(
    desk: Desk, transit: Transit, known: Known, item: SupplyReceipt, now: datetime
) -> list[Part] | FieldProblem:
    """Take what arrives into account, or say why the position cannot take it.

    The parts are the lots that the ledger names.
    """
    after = _state_after(desk, known, item)
    if isinstance(after, FieldProblem):
        return after
    tag = _tag_of(item)
    parts: list[Part] | FieldProblem = []
    if item.quantity and known.start:
        parts = transit.arrive(desk.book, known.target, known.public_id, item.quantity, tag, now)
    elif item.quantity:
        problem = desk.book.problem_of(known.target, tag, item.quantity)
        parts = problem or [Part(tag.lot, item.quantity)]
        if problem is None:
            desk.book.come(known.target, tag, item.quantity, cause_id=known.public_id)
    if not isinstance(parts, FieldProblem):
        desk.states[known.target] = after
    return parts


def _state_after(desk: Desk, known: Known, item: SupplyReceipt) -> PositionState | FieldProblem:
    """Return the position after the arrival; a count of later holds the units already."""
    state = desk.states[known.target]
    came = 0 if desk.is_counted(known.target, item.occurred_at) else item.quantity
    after = replace(
        state, on_hand=state.on_hand + came, unavailable=state.unavailable + item.damaged
    )
    if after.on_hand > MAX_ON_HAND:
        return TOO_MUCH
    if after.available < 0:
        return FieldProblem(
            "damaged",
            "too_few_available",
            f"a later count holds these units, and only {state.available} are free of orders",
            "refuse or cancel the orders that cannot be served first",
        )
    return after


def _book(
    desk: Desk, known: Known, item: SupplyReceipt, numbers: SupplyLine, parts: Sequence[Part]
) -> None:
    """Write the arrival as a line for each lot, and what will never come as another."""
    after = replace(known, numbers=numbers)
    desk.put(after, change="received" if item.quantity else "closed", reason=item.reason)
    came_off = min(item.quantity, known.numbers.open)
    transfer = known.draft.kind == SupplyKind.TRANSFER
    damaged = item.damaged
    for place, part in enumerate(parts):
        broken = min(damaged, part.units)
        damaged -= broken
        desk.move(
            Line(
                sku_id=known.draft.sku_id,
                location_id=known.draft.destination_id,
                kind=MovementKind.TRANSFER_IN if transfer else MovementKind.RECEIPT,
                occurred_at=item.occurred_at,
                on_hand=part.units,
                unavailable=broken,
                incoming=-came_off if place == 0 else 0,
                status=UnavailableStatus.DAMAGED if broken else None,
                lot=part.lot,
                cause_id=known.public_id,
                source=known.draft.source,
                source_ref=item.source_ref if place == 0 else None,
                reason=item.reason,
            )
        )
    never = known.numbers.open - came_off - numbers.open
    reason = item.reason or ("lost in transit" if transfer else "not delivered")
    desk.expect(after, -never, occurred_at=item.occurred_at, reason=reason)


def _events(arrived: Sequence[_Arrival], now: datetime) -> list[TransferReceived]:
    transfers = [item for item in arrived if item.known.start]
    pairs = {pair for item in transfers for pair in (item.known.start, item.known.target) if pair}
    codes = position_codes(pairs)
    return [
        TransferReceived(
            occurred_at=now,
            stream=f"supply:{item.known.public_id}",
            subject=item.known.public_id,
            sku=codes[item.known.target][0],
            origin=codes[item.known.start][1] if item.known.start else "",
            destination=codes[item.known.target][1],
            quantity=item.receipt.quantity,
            damaged=item.receipt.damaged,
            lost=item.lost,
            state=item.known.numbers.state.value,
        )
        for item in transfers
    ]
