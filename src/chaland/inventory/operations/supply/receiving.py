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
from chaland.inventory.operations.supply.desk import (
    UNKNOWN,
    Desk,
    Known,
    late_skus,
    lock_supply,
    places_of,
)
from chaland.inventory.queries import last_counts, position_codes
from chaland.inventory.types import (
    MovementKind,
    SupplyKind,
    SupplyLine,
    SupplyOutcome,
    SupplyReceipt,
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
    desk = Desk(lock_supply(ids), states, last_counts(places))
    seen = _messages(desk.known, receipts)
    arrived: list[_Arrival] = []
    outcomes = [_receive(desk, seen, item, arrived) for item in receipts]
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
    seen: dict[_Message, tuple[int, str]],
    item: SupplyReceipt,
    arrived: list[_Arrival],
) -> SupplyOutcome:
    known = desk.known.get(item.supply_id)
    if known is None:
        return SupplyOutcome("rejected", problem=UNKNOWN)
    message = _message(known, item)
    if message is not None and message in seen:
        if seen[message] == (item.quantity, known.public_id):
            return SupplyOutcome("duplicate", known.id)
        return SupplyOutcome("rejected", known.id, _REUSED)
    numbers = rules.after_receipt(known.numbers, item)
    if isinstance(numbers, FieldProblem):
        return SupplyOutcome("rejected", known.id, numbers)
    if problem := _unfit(desk, known, item):
        return SupplyOutcome("rejected", known.id, problem)
    if message is not None:
        seen[message] = (item.quantity, known.public_id)
    _book(desk, known, item, numbers)
    arrived.append(_Arrival(desk.known[known.id], item, numbers.lost - known.numbers.lost))
    return SupplyOutcome("updated", known.id)


def _unfit(desk: Desk, known: Known, item: SupplyReceipt) -> FieldProblem | None:
    """Return why the position cannot take what arrived; take it into account when it can."""
    counted = desk.is_counted(known.target, item.occurred_at)
    if problem := desk.too_much(known, on_hand=0 if counted else item.quantity):
        return problem
    state = desk.states[known.target]
    after = replace(state, unavailable=state.unavailable + item.damaged)
    if after.available < 0:
        return FieldProblem(
            "damaged",
            "too_few_available",
            f"a later count holds these units, and only {state.available} are free of orders",
            "refuse or cancel the orders that cannot be served first",
        )
    desk.states[known.target] = after
    return None


def _book(desk: Desk, known: Known, item: SupplyReceipt, numbers: SupplyLine) -> None:
    """Write the arrival as one line, and what will never come as another."""
    after = replace(known, numbers=numbers)
    desk.put(after, change="received" if item.quantity else "closed", reason=item.reason)
    came_off = min(item.quantity, known.numbers.open)
    transfer = known.draft.kind == SupplyKind.TRANSFER
    if item.quantity:
        desk.move(
            Line(
                sku_id=known.draft.sku_id,
                location_id=known.draft.destination_id,
                kind=MovementKind.TRANSFER_IN if transfer else MovementKind.RECEIPT,
                occurred_at=item.occurred_at,
                on_hand=item.quantity,
                unavailable=item.damaged,
                incoming=-came_off,
                status=UnavailableStatus.DAMAGED if item.damaged else None,
                cause_id=known.public_id,
                source=known.draft.source,
                source_ref=item.source_ref,
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
