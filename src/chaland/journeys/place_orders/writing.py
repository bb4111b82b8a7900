"""Everything that a round of orders writes: one statement a table, however many orders."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from itertools import islice

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.customers.operations import register
from chaland.fulfilment import operations as fulfilment_operations
from chaland.journeys.place_orders.drafts import PlacedOrder
from chaland.journeys.place_orders.types import PlacementAnswer, PlacementRequest
from chaland.kernel.events import DomainEvent
from chaland.kernel.ids import to_public
from chaland.kernel.money import Money
from chaland.orders import operations as order_operations
from chaland.orders.events import OrderPlaced
from chaland.orders.types import LINE_PREFIX, ORDER_PREFIX
from chaland.outbox.operations import publish
from chaland.sourcing.operations import record_decisions
from chaland.web import idempotency

_KEPT = frozenset({HTTPStatus.OK, HTTPStatus.CONFLICT})


class SurpriseError(Exception):
    """Another process used the same order number or idempotency key at the same moment."""


def write_orders(
    orders: Sequence[PlacedOrder],
    answers: Sequence[PlacementAnswer],
    *,
    now: datetime,
) -> None:
    """Write accepted orders and the answers that their clients will get.

    Raises SurpriseError when a number or key turned out to be taken: roll everything back.
    """
    if not orders:
        return
    _insert_answers(
        [(order.resolved.request, answer) for order, answer in zip(orders, answers, strict=True)]
    )
    orders = _with_customers(orders, now=now)
    inserted = order_operations.insert_orders(drafts=[order.draft for order in orders], now=now)
    if len(inserted) != len(orders):
        raise SurpriseError
    record_decisions(
        [(order.draft.order_id, order.decision) for order in orders], kind="placement", now=now
    )
    fulfilment_operations.plan(drafts=[plan for order in orders for plan in order.plans])
    _tell(orders, now=now)


def keep_answers(answered: Sequence[tuple[PlacementRequest, PlacementAnswer]]) -> None:
    """Keep, for their keys, the answers to orders known before and the refusals that a rule gave.

    Refusals of bad input are not kept: the client mends it and may use its key again.
    """
    _insert_answers([item for item in answered if item[1].status in _KEPT])


def _insert_answers(answered: Sequence[tuple[PlacementRequest, PlacementAnswer]]) -> None:
    rows = [
        idempotency.Answer(
            principal=request.actor.id,
            key=request.idempotency_key,
            request_hash=request.request_hash,
            status=answer.status,
            body=answer.content,
        )
        for request, answer in answered
        if request.idempotency_key is not None
    ]
    if len(idempotency.insert_answers(rows)) != len(rows):
        raise SurpriseError


def _with_customers(orders: Sequence[PlacedOrder], *, now: datetime) -> list[PlacedOrder]:
    people = [order.resolved.request.person for order in orders]
    actors = [order.resolved.request.actor for order in orders]
    registered = register(people=people, now=now, actor=actors)
    return [
        replace(
            order,
            draft=replace(
                order.draft, customer_id=who.customer_id, customer_address=who.address_no
            ),
        )
        for order, who in zip(orders, registered, strict=True)
    ]


def _tell(orders: Sequence[PlacedOrder], *, now: datetime) -> None:
    plans = [plan for order in orders for plan in order.plans]
    planned = iter(fulfilment_operations.planned_events(plans, now=now))
    events: list[DomainEvent] = []
    actors = []
    audit = []
    for order in orders:
        actor = order.resolved.request.actor
        placed = _placed_event(order, now)
        events += [placed, *islice(planned, len(order.plans))]
        actors += [actor] * (1 + len(order.plans))
        audit.append(
            AuditFact(
                actor=actor,
                action="order.place",
                entity_type="order",
                entity_id=placed.subject,
                at=now,
                after={"state": "open", "external_id": order.draft.external_id},
            )
        )
    publish(events, actor=actors)
    record_audit(audit)


def _placed_event(order: PlacedOrder, now: datetime) -> OrderPlaced:
    draft = order.draft
    public = to_public(ORDER_PREFIX, draft.order_id)
    return OrderPlaced(
        occurred_at=now,
        stream=public,
        subject=public,
        channel=order.resolved.channel.code,
        external_id=draft.external_id,
        method=draft.method.value,
        currency=draft.currency,
        total=Money(draft.total_amount, draft.currency),
        placed_at=draft.placed_at,
        promise_earliest=draft.promise_earliest,
        promise_latest=draft.promise_latest,
        lines=_event_lines(order),
    )


def _event_lines(order: PlacedOrder) -> list[dict[str, object]]:
    currency = order.draft.currency
    return [
        {
            "line": to_public(LINE_PREFIX, line.line_id),
            "line_no": line.line_no,
            "sku": line.sku_code,
            "quantity": line.quantity,
            "unit_price": {"amount": str(line.unit_price), "currency": currency},
        }
        for line in order.draft.lines
    ]
