"""The front door: one order, or up to 500."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, cast

from django.db import connection
from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field, ValidationError

from chaland.customers.operations import checked_person
from chaland.customers.types import Address, PersonDraft
from chaland.journeys.place_orders.body import AddressBody, OrderBody, ShipBody
from chaland.journeys.place_orders.service import front_door
from chaland.journeys.place_orders.types import PlacementAnswer, PlacementRequest
from chaland.kernel.actor import Actor
from chaland.kernel.errors import InvalidInputError
from chaland.web import idempotency
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.json import dumps
from chaland.web.problems import CONTENT_TYPE as PROBLEM_TYPE
from chaland.web.problems import problem_of
from chaland.web.schemas import (
    BULK_LIMIT,
    Body,
    BulkAnswer,
    MoneyView,
    ProblemView,
    View,
)
from chaland.web.validation import field_problems

router = Router(tags=["orders"])

PATIENCE_SECONDS = 60
"""How long a client waits at most; an order sent again after that is recognised by its number."""


class PromiseView(View):
    """The window told to the customer, with the probability that ``latest`` holds."""

    earliest: datetime | None
    latest: datetime | None
    confidence: float | None
    basis: str


class PlacedLineView(View):
    """A line of the order, with the id that later calls use."""

    id: str
    line_id: str | None
    sku: str
    quantity: int


class PlannedLineView(View):
    """What one site gives of one line; for a kit, the component."""

    line: str
    line_no: int
    sku: str
    quantity: int


class PlannedFulfilmentView(View):
    """The part of an order that one location does."""

    id: str
    location: str
    method: str
    service: str | None
    state: str
    lines: list[PlannedLineView]


class PlacedOrderView(View):
    """An order that was accepted, now or before (``duplicate``)."""

    id: str
    external_id: str
    channel: str
    state: str
    duplicate: bool
    total: MoneyView
    promise: PromiseView
    tracking_url: str
    lines: list[PlacedLineView]
    fulfilment_orders: list[PlannedFulfilmentView]


class BulkOrdersBody(Body):
    """Up to 500 orders; each is accepted or refused for itself."""

    orders: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=BULK_LIMIT)]


@router.post(
    "/orders",
    response={200: PlacedOrderView, 201: PlacedOrderView, 409: ProblemView, 422: ProblemView},
    summary="Place an order",
)
@requires("orders:write")
def place_order(request: HttpRequest, body: OrderBody) -> HttpResponse:
    """Promise, source, reserve and write one order; the answer comes after the commit.

    201: placed. 200: this order of this channel was placed before, nothing was done again.
    409 `insufficient_stock`: nothing was reserved, the lines at fault are in `errors`.
    """
    placement = _placement(request, body)
    _give_back_connection()
    waiting = front_door.submit(placement)
    return _response(waiting.result(timeout=PATIENCE_SECONDS))


def _give_back_connection() -> None:
    """Wait for the batch without a database connection, or those who wait starve those who work."""
    if not connection.in_atomic_block:
        connection.close()


def _placement(request: HttpRequest, body: OrderBody) -> PlacementRequest:
    return PlacementRequest(
        body=body,
        person=_person(body),
        actor=actor_of(request),
        content_hash=_content_hash(body),
        request_hash=idempotency.request_hash(request),
        idempotency_key=idempotency.key_of(request),
    )


def _content_hash(body: OrderBody) -> bytes:
    """Return what makes two orders the same: every field as understood, however it was written."""
    return hashlib.sha256(body.model_dump_json().encode()).digest()


def _response(answer: PlacementAnswer) -> HttpResponse:
    problem = answer.status >= 400  # noqa: PLR2004 - where HTTP's refusals begin
    content = answer.body if isinstance(answer.body, bytes) else dumps(answer.body)
    response = HttpResponse(
        content,
        status=answer.status,
        content_type=PROBLEM_TYPE if problem else "application/json",
    )
    if answer.replayed:
        response.headers[idempotency.REPLAYED] = "true"
    return response


@router.post("/orders/bulk", response=BulkAnswer, summary="Place up to 500 orders")
@requires("orders:write")
def place_orders_in_bulk(request: HttpRequest, body: BulkOrdersBody) -> HttpResponse:
    """Place each order for itself; the answer lists what became of each, in the order sent.

    It needs no `Idempotency-Key`: orders are recognised by (`channel`, `external_id`), so that
    sending the same list again answers `duplicate` for each that was placed before.
    """
    actor = actor_of(request)
    idempotency.key_of(request)
    results: list[dict[str, object]] = [{} for _ in body.orders]
    waiting = []
    for index, item in enumerate(body.orders):
        try:
            placement = _bulk_placement(OrderBody.model_validate(item), actor)
        except ValidationError as error:
            refusal = InvalidInputError(field_problems(error.errors()))
            results[index] = _rejected(index, refusal, actor)
        except InvalidInputError as refusal:
            results[index] = _rejected(index, refusal, actor)
        else:
            waiting.append((index, front_door.submit(placement)))
    _give_back_connection()
    for index, future in waiting:
        results[index] = _result(index, future.result(timeout=PATIENCE_SECONDS))
    content = dumps({"results": results})
    return HttpResponse(
        content,
        content_type="application/json",
    )


def _bulk_placement(order: OrderBody, actor: Actor) -> PlacementRequest:
    content_hash = _content_hash(order)
    return PlacementRequest(
        body=order,
        person=_person(order),
        actor=actor,
        content_hash=content_hash,
        request_hash=content_hash,
    )


def _person(order: OrderBody) -> PersonDraft:
    """Return the order's customer, checked. Raises InvalidInputError naming the fields."""
    customer = order.customer
    address = order.delivery.address if isinstance(order.delivery, ShipBody) else None
    return checked_person(
        PersonDraft(
            name=customer.name,
            email=customer.email or "",
            phone=customer.phone or "",
            language=customer.language,
            country=address.country if address else "",
            reference=customer.reference or "",
            address=_address(address) if address else None,
        )
    )


def _rejected(index: int, refusal: InvalidInputError, actor: Actor) -> dict[str, object]:
    return {
        "index": index,
        "status": "rejected",
        "problem": problem_of(refusal, request_id=actor.request_id),
    }


def _address(address: AddressBody) -> Address:
    return Address(
        street=address.street,
        postal_code=address.postal_code,
        city=address.city,
        country=address.country,
    )


def _result(index: int, answer: PlacementAnswer) -> dict[str, object]:
    # Bulk items carry no key of their own, so that no answer is bytes stored before.
    body = cast("Mapping[str, object]", answer.body)
    if answer.status >= 400:  # noqa: PLR2004 - where HTTP's refusals begin
        return {"index": index, "status": "rejected", "code": None, "problem": body}
    return {
        "index": index,
        "status": "created" if answer.status == 201 else "duplicate",  # noqa: PLR2004
        "id": body["id"],
        "code": body["external_id"],
    }
