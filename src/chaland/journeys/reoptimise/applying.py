"""Write down that orders are at other sites now: a group that belongs together, or none of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.fulfilment import operations as fulfilment
from chaland.fulfilment.types import (
    CancelRequest,
    FreedUnits,
    FulfilmentDraft,
    FulfilmentLineDraft,
    FulfilmentMethod,
    FulfilmentState,
)
from chaland.inventory import operations as inventory
from chaland.inventory.types import InsufficientStockError, ReservationRequest
from chaland.journeys.reoptimise.reading import ParkedOrder, Part
from chaland.kernel.actor import Actor
from chaland.kernel.ids import new_uuid, to_public
from chaland.network.types import NetworkSnapshot
from chaland.orders import queries as order_queries
from chaland.orders.events import OrderReassigned
from chaland.orders.types import LINE_PREFIX, ORDER_PREFIX, OrderState
from chaland.outbox.operations import publish
from chaland.promise.types import COST_UNIT
from chaland.sourcing.operations import record_decisions
from chaland.sourcing.types import Assignment, Decision

REASON = "reoptimised"

_Content = tuple[int, str | None, tuple[tuple[UUID, int, int], ...]]


@dataclass(frozen=True, slots=True)
class Change:
    """What one order comes to; ``keep`` is what its channel leaves behind, by assignment.

    ``saving`` is in 1/10 000 of the currency unit.
    """

    parked: ParkedOrder
    decision: Decision
    keep: Sequence[Mapping[int, int]]
    saving: int


@dataclass(frozen=True, slots=True)
class _Swap:
    """What a change cancels and what it plans; parts that stay as they are are in neither."""

    change: Change
    gone: tuple[Part, ...]
    drafts: tuple[FulfilmentDraft, ...]
    reservations: tuple[ReservationRequest, ...]


class _MovedError(Exception):
    """An order is not any more as it was when it was read."""


def apply_changes(
    changes: Sequence[Change], network: NetworkSnapshot, *, now: datetime, actor: Actor
) -> bool:
    """Move the orders of *changes*, all or none; tell whether they were moved.

    None is when one of them was cancelled, released or changed meanwhile, or when somebody was
    faster at the stock: all are left as they are then.
    """
    try:
        with transaction.atomic():
            _apply(changes, network, now=now, actor=actor)
    except (_MovedError, InsufficientStockError):
        return False
    return True


def _apply(
    changes: Sequence[Change], network: NetworkSnapshot, *, now: datetime, actor: Actor
) -> None:
    _lock(changes, now)
    swaps = [_swap(change) for change in changes]
    order_ids = [change.parked.order.id for change in changes]
    freed = fulfilment.cancel(
        requests=[
            CancelRequest(fulfilment_id=part.plan.id, reason=REASON)
            for swap in swaps
            for part in swap.gone
        ],
        now=now,
        actor=actor,
    )
    _swap_stock(freed, [item for swap in swaps for item in swap.reservations], now, actor)
    decisions = [(swap.change.parked.order.id, swap.change.decision) for swap in swaps]
    record_decisions(decisions, kind="reoptimised", now=now)
    drafts = [draft for swap in swaps for draft in swap.drafts]
    fulfilment.plan(drafts=drafts)
    told = [_event(swap, network, now) for swap in swaps]
    publish([*told, *fulfilment.planned_events(drafts, now=now)], actor=actor)
    record_audit([_audit(event, actor) for event in told])
    fulfilment.settle_orders(order_ids=order_ids, now=now, actor=actor)


def _lock(changes: Sequence[Change], now: datetime) -> None:
    """Lock orders and their parts; see that all are as they were read."""
    ids = [change.parked.order.id for change in changes]
    works = fulfilment.lock_work_of(ids)
    orders = order_queries.orders_by_id(ids)
    there: dict[UUID, set[tuple[UUID, int]]] = {order_id: set() for order_id in ids}
    for work in works:
        if work.order.state is FulfilmentState.PLANNED:
            there[work.order.order_id].add((work.order.id, work.order.version))
    count = Counter(work.order.order_id for work in works)
    for change in changes:
        parked = change.parked
        read = {(part.plan.id, part.plan.version) for part in parked.parts}
        same = (
            there[parked.order.id] == read
            and count[parked.order.id] == parked.sequence
            and orders[parked.order.id].state is OrderState.OPEN
        )
        if not same or parked.release_at <= now:
            raise _MovedError


def _swap(change: Change) -> _Swap:
    parked = change.parked
    wanted = [_content(item, parked) for item in change.decision.assignments]
    gone = tuple(part for part in parked.parts if _content_of(part) not in wanted)
    stays = [_content_of(part) for part in parked.parts if part not in gone]
    drafts: list[FulfilmentDraft] = []
    reservations: list[ReservationRequest] = []
    for assignment, content, keep in zip(
        change.decision.assignments, wanted, change.keep, strict=True
    ):
        if content in stays:
            continue
        draft = _draft(assignment, parked, parked.sequence + len(drafts) + 1)
        drafts.append(draft)
        reservations += [
            ReservationRequest(
                reservation_id=line.reservation_id,
                sku_id=line.sku_id,
                location_id=draft.location_id,
                quantity=line.quantity,
                order_id=draft.order_id,
                order_line_id=line.order_line_id,
                keep=keep[line.sku_id],
                channel_id=parked.order.channel_id,
            )
            for line in draft.lines
        ]
    return _Swap(change, gone, tuple(drafts), tuple(reservations))


def _content(assignment: Assignment, parked: ParkedOrder) -> _Content:
    units = [
        (parked.gaps[portion.line].order_line_id, portion.sku_id, portion.quantity)
        for portion in assignment.portions
    ]
    return assignment.location_id, assignment.service_code, tuple(sorted(units))


def _content_of(part: Part) -> _Content:
    units = [(line.order_line_id, line.sku_id, line.to_give) for line in part.lines if line.to_give]
    return part.plan.location_id, part.plan.service_code, tuple(sorted(units))


def _draft(assignment: Assignment, parked: ParkedOrder, sequence: int) -> FulfilmentDraft:
    window = assignment.window
    return FulfilmentDraft(
        fulfilment_id=new_uuid(),
        order_id=parked.order.id,
        location_id=assignment.location_id,
        method=FulfilmentMethod.SHIP,
        service_code=assignment.service_code,
        sequence=sequence,
        dispatch_by=window.dispatch_by,
        promise_earliest=window.earliest,
        promise_latest=window.latest,
        release_at=parked.release_at,
        cost=Decimal(assignment.cost.freight + assignment.cost.handling) / COST_UNIT,
        lines=tuple(
            _line(parked, portion.line, portion.quantity) for portion in assignment.portions
        ),
    )


def _line(parked: ParkedOrder, number: int, quantity: int) -> FulfilmentLineDraft:
    gap, line_id = parked.gaps[number], new_uuid()
    return FulfilmentLineDraft(
        line_id=line_id,
        order_line_id=gap.order_line_id,
        sku_id=gap.sku_id,
        sku_code=gap.sku_code,
        quantity=quantity,
        # One reservation a line: they share the number.
        reservation_id=line_id,
        per_kit=gap.per_kit,
    )


def _swap_stock(
    freed: Sequence[FreedUnits],
    reservations: Sequence[ReservationRequest],
    now: datetime,
    actor: Actor,
) -> None:
    """Give back and take under one lock, so that nobody else gets in between."""
    given = {(item.sku_id, item.location_id) for item in freed}
    taken = {(item.sku_id, item.location_id) for item in reservations}
    inventory.lock_positions(given | taken)
    fulfilment.release_stock(freed=freed, reason=REASON, now=now, actor=actor)
    inventory.reserve(requests=reservations, now=now, actor=actor)


def _event(swap: _Swap, network: NetworkSnapshot, now: datetime) -> OrderReassigned:
    public = to_public(ORDER_PREFIX, swap.change.parked.order.id)
    return OrderReassigned(
        occurred_at=now,
        stream=public,
        subject=public,
        before=[
            _units(line.order_line_id, line.sku_code, line.to_give, part.plan.location_id, network)
            for part in swap.gone
            for line in part.lines
            if line.to_give
        ],
        placed=[
            _units(line.order_line_id, line.sku_code, line.quantity, draft.location_id, network)
            for draft in swap.drafts
            for line in draft.lines
        ],
        saving=str(Decimal(swap.change.saving) / COST_UNIT),
    )


def _units(
    line_id: UUID, sku_code: str, quantity: int, location_id: int, network: NetworkSnapshot
) -> dict[str, object]:
    return {
        "line": to_public(LINE_PREFIX, line_id),
        "sku": sku_code,
        "quantity": quantity,
        "location": network.locations[network.index_of[location_id]].code,
    }


def _audit(event: OrderReassigned, actor: Actor) -> AuditFact:
    return AuditFact(
        actor=actor,
        action="order.reassign",
        entity_type="order",
        entity_id=event.subject,
        at=event.occurred_at,
        before={"placed": list(event.before)},
        after={"placed": list(event.placed), "saving": event.saving},
        reason=REASON,
    )
