"""A transfer leaves its origin: its units are on their way, and nowhere else."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chaland.inventory import rules
from chaland.inventory.events import TransferDispatched
from chaland.inventory.operations.guarding import guard_late
from chaland.inventory.operations.ledger import Line, make_and_lock
from chaland.inventory.operations.lots.book import open_book
from chaland.inventory.operations.lots.transferring import choose_parts, leave_with_transfer
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
    Pair,
    SupplyOutcome,
    Tag,
    TransferDispatch,
)
from chaland.kernel.actor import Actor
from chaland.kernel.errors import FieldProblem


def dispatch_transfers(
    *, dispatches: Sequence[TransferDispatch], now: datetime, actor: Actor, reason: str = ""
) -> list[SupplyOutcome]:
    """Let planned transfers leave; each item is refused alone.

    Only units that are available at the origin can leave: neither what orders hold nor what is
    unavailable. They leave the origin and are expected at the destination in one statement.
    """
    ids = {item.supply_id for item in dispatches}
    places = places_of(ids)
    guard_late(sku_ids=late_skus(places, [item.occurred_at for item in dispatches], now))
    states = make_and_lock(places, now)
    known = lock_supply(ids)
    tags = [
        (known[item.supply_id].draft.sku_id, _tag_of(item))
        for item in dispatches
        if item.supply_id in known
    ]
    desk = Desk(known, states, last_counts(places), open_book(places, tags))
    left: list[Known] = []
    outcomes = [_dispatch(desk, item, left, now, reason) for item in dispatches]
    desk.finish(action="dispatch_transfer", now=now, actor=actor, events=_events(left, now))
    return outcomes


def _dispatch(
    desk: Desk,
    item: TransferDispatch,
    left: list[Known],
    now: datetime,
    reason: str,
) -> SupplyOutcome:
    known = desk.known.get(item.supply_id)
    if known is None:
        return SupplyOutcome("rejected", problem=UNKNOWN)
    numbers = rules.after_dispatch(known.numbers, item.quantity)
    if isinstance(numbers, FieldProblem):
        return SupplyOutcome("rejected", known.id, numbers)
    units, start = numbers.open, known.start
    if start is None:
        return SupplyOutcome("rejected", known.id, UNKNOWN)
    parts = choose_parts(desk.book, start, desk.states[start].on_hand, units, _tag_of(item), now)
    if isinstance(parts, FieldProblem):
        return SupplyOutcome("rejected", known.id, parts)
    if problem := _take(desk, start, units, item.occurred_at) or desk.too_much(
        known, incoming=units
    ):
        return SupplyOutcome("rejected", known.id, problem)
    after = replace(known, numbers=numbers, dispatched_at=item.occurred_at)
    desk.put(after, change="dispatched", reason=reason)
    leave_with_transfer(desk.book, start, parts, _tag_of(item), known.public_id)
    for part in parts:
        desk.move(
            Line(
                sku_id=start[0],
                location_id=start[1],
                kind=MovementKind.TRANSFER_OUT,
                occurred_at=item.occurred_at,
                on_hand=-part.units,
                lot=part.lot,
                cause_id=known.public_id,
                source=known.draft.source,
                reason=reason,
            )
        )
    desk.expect(after, units, occurred_at=item.occurred_at, reason=reason)
    left.append(after)
    return SupplyOutcome("updated", known.id)


def _tag_of(item: TransferDispatch) -> Tag:
    return Tag(item.lot, None, item.serials)


def _take(desk: Desk, start: Pair, units: int, moment: datetime) -> FieldProblem | None:
    """Take units off the origin's shelf; a count since then has missed them there already."""
    if desk.is_counted(start, moment):
        return None
    state = desk.states[start]
    if state.available >= units:
        desk.states[start] = replace(state, on_hand=state.on_hand - units)
        return None
    return _too_few(units, state.available)


def _too_few(units: int, available: int) -> FieldProblem:
    return FieldProblem(
        "quantity",
        "too_few_available",
        f"only {available} of {units} unit(s) are available at the origin",
        "dispatch fewer, or cancel the orders that hold them first",
    )


def _events(left: Sequence[Known], now: datetime) -> list[TransferDispatched]:
    pairs = {pair for item in left for pair in (item.start, item.target) if pair}
    codes = position_codes(pairs)
    return [
        TransferDispatched(
            occurred_at=now,
            stream=f"supply:{item.public_id}",
            subject=item.public_id,
            sku=codes[item.target][0],
            origin=codes[item.start][1] if item.start else "",
            destination=codes[item.target][1],
            quantity=item.numbers.open,
            expected_at=item.draft.expected_at,
        )
        for item in left
    ]
