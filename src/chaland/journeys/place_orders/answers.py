"""What a client is told about its order: placed now, known before, or refused, and why."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from chaland.fulfilment import queries as fulfilment_queries
from chaland.fulfilment.types import FULFILMENT_PREFIX
from chaland.journeys.place_orders.drafts import PlacedOrder
from chaland.journeys.place_orders.references import ResolvedOrder
from chaland.journeys.place_orders.types import PlacementAnswer, PlacementRequest
from chaland.kernel.errors import ConflictError, DomainError, FieldProblem
from chaland.kernel.ids import to_public
from chaland.network.types import NetworkSnapshot
from chaland.orders import queries as order_queries
from chaland.orders.tracking import make_token
from chaland.orders.types import LINE_PREFIX, ORDER_PREFIX, ExistingOrder
from chaland.sourcing.types import Decision
from chaland.web.json import dumps
from chaland.web.problems import problem_of


def refused(error: DomainError, request: PlacementRequest) -> PlacementAnswer:
    """Make the answer of a refusal."""
    return PlacementAnswer(
        status=error.status,
        content=dumps(problem_of(error, request_id=request.actor.request_id)),
    )


def placed(order: PlacedOrder, network: NetworkSnapshot) -> PlacementAnswer:
    """Make the answer of an order that this very transaction writes."""
    draft = order.draft
    numbers = {line.line_id: line for line in draft.lines}
    body = _body(
        order_id=draft.order_id,
        external_id=draft.external_id,
        channel=order.resolved.channel.code,
        state=order.state,
        duplicate=False,
        total=draft.total_amount,
        currency=draft.currency,
        earliest=draft.promise_earliest,
        latest=draft.promise_latest,
        confidence=draft.promise_confidence,
        basis=draft.promise_basis,
    )
    body["lines"] = [
        _line(line.line_id, line.external_line_id, line.sku_code, line.quantity)
        for line in draft.lines
    ]
    body["fulfilment_orders"] = [
        {
            "id": to_public(FULFILMENT_PREFIX, plan.fulfilment_id),
            "location": network.locations[network.index_of[plan.location_id]].code,
            "method": plan.method.value,
            "service": plan.service_code,
            "state": "planned",
            "lines": [
                {
                    "line": to_public(LINE_PREFIX, line.order_line_id),
                    "line_no": numbers[line.order_line_id].line_no,
                    "sku": line.sku_code,
                    "quantity": line.quantity,
                }
                for line in plan.lines
            ],
        }
        for plan in order.plans
    ]
    return PlacementAnswer(status=201, content=dumps(body), order=body["id"])


def known_before(
    order_ids: Collection[UUID], network: NetworkSnapshot
) -> dict[UUID, PlacementAnswer]:
    """Read orders as they are now and return the answer for each."""
    orders = order_queries.orders_by_id(order_ids)
    lines = order_queries.lines_of(order_ids)
    parts = fulfilment_queries.of_orders(order_ids)
    part_lines = fulfilment_queries.lines_of([part.id for many in parts.values() for part in many])
    known = {}
    for order_id, order in orders.items():
        numbers = {line.id: line.line_no for line in lines[order_id]}
        body = _body(
            order_id=order_id,
            external_id=order.external_id,
            channel=network.channels_by_id[order.channel_id].code,
            state=order.state.value,
            duplicate=True,
            total=order.total_amount,
            currency=order.currency,
            earliest=order.promise_earliest,
            latest=order.promise_latest,
            confidence=order.promise_confidence,
            basis=order.promise_basis,
        )
        body["lines"] = [
            _line(line.id, line.external_line_id, line.sku_code, line.quantity)
            for line in lines[order_id]
        ]
        body["fulfilment_orders"] = [
            {
                "id": to_public(FULFILMENT_PREFIX, part.id),
                "location": network.locations[network.index_of[part.location_id]].code,
                "method": part.method.value,
                "service": part.service_code,
                "state": part.state.value,
                "lines": [
                    {
                        "line": to_public(LINE_PREFIX, line.order_line_id),
                        "line_no": numbers[line.order_line_id],
                        "sku": line.sku_code,
                        "quantity": line.to_give,
                    }
                    for line in part_lines[part.id]
                ],
            }
            for part in parts[order_id]
        ]
        known[order_id] = PlacementAnswer(status=200, content=dumps(body), order=body["id"])
    return known


def _line(line_id: UUID, external: str | None, sku: str, quantity: int) -> dict[str, object]:
    return {
        "id": to_public(LINE_PREFIX, line_id),
        "line_id": external,
        "sku": sku,
        "quantity": quantity,
    }


def _body(
    *,
    order_id: UUID,
    external_id: str,
    channel: str,
    state: str,
    duplicate: bool,
    total: Decimal,
    currency: str,
    earliest: datetime | None,
    latest: datetime | None,
    confidence: float | None,
    basis: str,
) -> dict[str, Any]:
    return {
        "id": to_public(ORDER_PREFIX, order_id),
        "external_id": external_id,
        "channel": channel,
        "state": state,
        "duplicate": duplicate,
        "total": {"amount": str(total), "currency": currency},
        "promise": {
            "earliest": earliest,
            "latest": latest,
            "confidence": confidence,
            "basis": basis,
        },
        "tracking_url": f"/t/{make_token(order_id)}",
    }


def other_content(request: PlacementRequest, existing: ExistingOrder) -> ConflictError:
    """Make the refusal of an order whose number another order already has."""
    body = request.body
    return ConflictError(
        "external_id_conflict",
        f"Channel {body.channel} already has another order {body.external_id!r}.",
        fix="Send the same order again as it was, or give the new order a number of its own.",
        order=to_public(ORDER_PREFIX, existing.id),
    )


def not_enough(order: ResolvedOrder, decision: Decision) -> DomainError:
    """Make the refusal of an order that nobody can serve, naming each line and what is there."""
    problems = tuple(_shortage_problems(order, decision))
    if problems:
        return DomainError(
            code="insufficient_stock",
            message=f"{len(problems)} line(s) cannot be served from stock; nothing was reserved.",
            fix="Lower the quantities named in errors, or remove those lines.",
            problems=problems,
        )
    reasons = ", ".join(f"{item.reason.value} ({item.locations})" for item in decision.eliminations)
    return DomainError(
        code="no_route",
        message=f"The stock exists, but no location may send it there: {reasons}.",
        fix="Choose another service or another pickup location.",
    )


def _shortage_problems(order: ResolvedOrder, decision: Decision) -> Sequence[FieldProblem]:
    return [
        FieldProblem(
            field=f"lines[{order.sources[item.line].line}].quantity",
            code="insufficient_stock",
            message=(
                f"{item.wanted} of {order.sources[item.line].sku.code} wanted,"
                f" {item.available} available for this order"
            ),
            fix=f"Send {item.available} or fewer." if item.available else "Remove this line.",
        )
        for item in decision.shortages
        if item.short > 0
    ]
