"""Orders after they were placed: find, read, explain, cancel, source again.

They join the router of ``orders``: Django looks at paths first, so one path needs one router.
"""

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from chaland.journeys import cancel_order as cancelling
from chaland.journeys.api.orders import router
from chaland.journeys.api.views import (
    DecisionsView,
    DecisionView,
    OrderSummaryView,
    OrderView,
    TimelineEntryView,
    TimelineView,
)
from chaland.journeys.cancel_order import UnitsToCancel
from chaland.journeys.find_orders import OrderSearch, find_orders
from chaland.journeys.order_page import order_page, version_of
from chaland.journeys.order_timeline import order_decisions, order_timeline
from chaland.kernel.clock import now
from chaland.kernel.ids import from_public
from chaland.orders import operations as order_operations
from chaland.orders.types import LINE_PREFIX, ORDER_PREFIX, OrderMethod, OrderState
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.etags import check_if_match, set_etag
from chaland.web.idempotency import idempotent
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_id,
    encode_cursor,
    next_url,
)
from chaland.web.schemas import Body, Moment, Quantity, example

MOST_LINES = 500
Reason = Annotated[str, Field(min_length=1, max_length=500)]
States = Annotated[list[OrderState], Query(alias="state", description="Any of these states.")]
Text = Annotated[
    str,
    Query(
        max_length=200,
        description="An id, the channel's number, a tracking number, or a customer.",
    ),
]
Code = Annotated[str, Query(max_length=64)]


class CancelledLineBody(Body):
    """Units of an order line, by its public id."""

    line: Annotated[str, Field(max_length=64)]
    quantity: Quantity


class CancelOrderBody(Body):
    """What to cancel, and why; without lines, all of the order."""

    model_config = example({"reason": "The customer changed her mind."})

    reason: Reason
    lines: Annotated[list[CancelledLineBody], Field(min_length=1, max_length=MOST_LINES)] | None = (
        None
    )


@router.get("/orders", response=Page[OrderSummaryView], summary="Find orders")
@requires("orders:read")
def list_orders(
    request: HttpRequest,
    q: Text = "",
    state: States = [],  # noqa: B006 - never changed
    channel: Code = "",
    location: Code = "",
    method: OrderMethod | None = None,
    placed_from: Moment | None = None,
    placed_to: Moment | None = None,
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[OrderSummaryView]:
    """Return orders, newest first, that the key may see."""
    search = OrderSearch(
        q=q,
        states=state,
        channel=channel,
        location=location,
        method=method,
        placed_from=placed_from,
        placed_to=placed_to,
    )
    before = decode_id(cursor, ORDER_PREFIX)
    found = find_orders(search, actor=actor_of(request), before=before, limit=limit + 1)
    items = [OrderSummaryView.of(item) for item in found[:limit]]
    onwards = encode_cursor([items[-1].id]) if len(found) > limit else None
    return Page(items=items, next=next_url(request, onwards))


@router.get("/orders/{order_id}", response=OrderView, summary="Read an order")
@requires("orders:read")
def read_order(request: HttpRequest, order_id: str, response: HttpResponse) -> OrderView:
    """Return an order with its lines, its sites' parts and what may be done now."""
    return _shown(request, from_public(ORDER_PREFIX, order_id), response)


def _shown(request: HttpRequest, order_id: UUID, response: HttpResponse) -> OrderView:
    page = order_page(order_id=order_id, actor=actor_of(request))
    set_etag(response, page.version)
    return OrderView.of(page)


@router.get("/orders/{order_id}/timeline", response=TimelineView, summary="What happened")
@requires("orders:read")
def read_timeline(request: HttpRequest, order_id: str) -> TimelineView:
    """Return everything that happened to an order, oldest first."""
    entries = order_timeline(order_id=from_public(ORDER_PREFIX, order_id), actor=actor_of(request))
    return TimelineView(items=[TimelineEntryView.of(entry) for entry in entries])


@router.get("/orders/{order_id}/decisions", response=DecisionsView, summary="Why these sites")
@requires("orders:read")
def read_decisions(request: HttpRequest, order_id: str) -> DecisionsView:
    """Return why the order's locations were chosen, and why not others; for the whole group."""
    records = order_decisions(order_id=from_public(ORDER_PREFIX, order_id), actor=actor_of(request))
    return DecisionsView(items=[DecisionView.of(record) for record in records])


@router.post("/orders/{order_id}/cancel", response=OrderView, summary="Cancel an order")
@requires("orders:write")
@idempotent
def cancel_order(
    request: HttpRequest, order_id: str, body: CancelOrderBody, response: HttpResponse
) -> OrderView:
    """Cancel an order, or units of it, before they leave their site; their stock is free again.

    409 `already_shipped` says in `cancellable` how many units of each line still can be cancelled.
    """
    found = _locked(request, order_id)
    units = None
    if body.lines is not None:
        units = [
            UnitsToCancel(from_public(LINE_PREFIX, item.line), item.quantity) for item in body.lines
        ]
    cancelling.cancel_order(
        order_id=found, reason=body.reason, units=units, now=now(), actor=actor_of(request)
    )
    return _shown(request, found, response)


@router.post("/orders/{order_id}/source", response=OrderView, summary="Source a blocked order")
@requires("orders:write")
@idempotent
def source_order(request: HttpRequest, order_id: str, response: HttpResponse) -> OrderView:
    """Look once more for sites that have what a blocked order lacks."""
    found = _locked(request, order_id)
    cancelling.source_blocked_order(order_id=found, now=now(), actor=actor_of(request))
    return _shown(request, found, response)


def _locked(request: HttpRequest, public_id: str) -> UUID:
    """Lock the order when the client says which version it has seen, and check that."""
    order_id = from_public(ORDER_PREFIX, public_id)
    if "If-Match" in request.headers:
        order_operations.lock_orders([order_id])
        check_if_match(request, version_of(order_id))
    return order_id
