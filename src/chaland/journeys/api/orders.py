"""The front door: one order, or up to 500."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

import orjson
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field, ValidationError

from chaland.journeys.api.doors import (
    PATIENCE_SECONDS,
    actor_of_quick,
    give_back_connection,
    too_slow,
    wait_for,
)
from chaland.journeys.place_orders.body import OrderBody
from chaland.journeys.place_orders.requests import placement_request
from chaland.journeys.place_orders.service import front_door
from chaland.journeys.place_orders.types import PlacementAnswer, PlacementRequest
from chaland.kernel.actor import Actor
from chaland.kernel.errors import InvalidInputError
from chaland.web import idempotency
from chaland.web.authorisation import require_scope, requires
from chaland.web.bulk import Unchecked, item_problems
from chaland.web.context import actor_of
from chaland.web.json import dumps
from chaland.web.problems import CONTENT_TYPE as PROBLEM_TYPE
from chaland.web.problems import problem_of
from chaland.web.quick import QuickRequest, QuickResponse
from chaland.web.schemas import BULK_LIMIT, Body, BulkAnswer, MoneyView, ProblemView, View

router = Router(tags=["Orders"])

SCOPE = "orders:write"


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

    orders: Annotated[list[Unchecked[OrderBody]], Field(min_length=1, max_length=BULK_LIMIT)]


@router.post(
    "/orders",
    response={200: PlacedOrderView, 201: PlacedOrderView, 409: ProblemView, 422: ProblemView},
    summary="Place an order",
)
@requires(SCOPE)
@idempotency.heeds_key
def place_order(request: HttpRequest, body: OrderBody) -> HttpResponse:
    """Promise, source, reserve and write one order; the answer comes after the commit.

    201: placed. 200: this order of this channel was placed before, nothing was done again.
    409 `insufficient_stock`: nothing was reserved, the lines at fault are in `errors`.
    """
    placement = placement_request(
        body,
        actor=actor_of(request),
        idempotency_key=idempotency.key_of(request),
        request_hash=idempotency.request_hash(request),
    )
    give_back_connection()
    answer = wait_for(front_door.submit(placement))
    response = HttpResponse(
        answer.content, status=answer.status, content_type=_content_type(answer)
    )
    for name, text in _headers(answer).items():
        response.headers[name] = text
    return response


async def place_order_quickly(request: QuickRequest) -> QuickResponse:
    """Do what ``place_order`` does, without a thread that waits; see ``web.quick``."""
    actor = await actor_of_quick(request)
    require_scope(actor, SCOPE)
    try:
        body = OrderBody.model_validate(request.json())
    except ValidationError as error:
        raise InvalidInputError(item_problems(error)) from error
    key = idempotency.checked_key(request.headers.get(idempotency.HEADER.lower()))
    request_hash = idempotency.hash_of(request.method, request.path, request.body)
    placement = placement_request(body, actor=actor, idempotency_key=key, request_hash=request_hash)
    try:
        answer = await front_door.place(placement, patience=PATIENCE_SECONDS)
    except TimeoutError as error:
        raise too_slow() from error
    return QuickResponse(answer.status, answer.content, _content_type(answer), _headers(answer))


quick_routes = {("POST", "/api/v1/orders"): place_order_quickly}
"""Routes that the server answers without the framework, by method and path."""


def _content_type(answer: PlacementAnswer) -> str:
    return PROBLEM_TYPE if answer.refused else "application/json"


def _headers(answer: PlacementAnswer) -> dict[str, str]:
    return {idempotency.REPLAYED: "true"} if answer.replayed else {}


@router.post("/orders/bulk", response=BulkAnswer, summary="Place up to 500 orders")
@requires(SCOPE)
@idempotency.heeds_key
def place_orders_in_bulk(request: HttpRequest, body: BulkOrdersBody) -> HttpResponse:
    """Place each order for itself; the answer lists what became of each, in the order sent.

    Orders are recognised by (`channel`, `external_id`): sending the same list again answers
    `duplicate` for each that was placed before. With an `Idempotency-Key` it gets the first answer.
    """
    actor = actor_of(request)
    key = idempotency.key_of(request)
    if key is None:
        return _bulk_response(_place_each(body, actor))
    wanted = idempotency.Claim(actor.id, key, idempotency.request_hash(request))
    earlier = _earlier_answer(wanted)
    if earlier is None:
        content = _place_each(body, actor)
        earlier = idempotency.finish(
            idempotency.Answer(actor.id, key, wanted.request_hash, HTTPStatus.OK, content)
        )
    return _bulk_response(content) if earlier is None else idempotency.stored_response(earlier)


def _earlier_answer(wanted: idempotency.Claim) -> idempotency.StoredAnswer | None:
    """Take the key, and return the answer if the request was answered before.

    The orders are committed in batches with those of others, so the claim is committed before them.
    One that was cut off has no answer: the list is gone through again, which is harmless.
    """
    with transaction.atomic():
        earlier = idempotency.claim([wanted])[wanted.principal, wanted.key]
    if earlier is None:
        return None
    idempotency.check_same_request(earlier, wanted.request_hash)
    return None if earlier.status is None else earlier


def _place_each(body: BulkOrdersBody, actor: Actor) -> bytes:
    """Place the orders that can be placed; return what became of each, as JSON."""
    results: list[dict[str, object]] = [{} for _ in body.orders]
    placements: dict[int, PlacementRequest] = {}
    for index, item in enumerate(body.orders):
        try:
            placement = _bulk_placement(item, actor)
        except InvalidInputError as refusal:
            problem = problem_of(refusal, request_id=actor.request_id)
            code = item.get("external_id")
            results[index] = _rejected(index, code if isinstance(code, str) else None, problem)
        else:
            placements[index] = placement
    give_back_connection()
    # All at once, so that they make few and large batches.
    waiting = {index: front_door.submit(placement) for index, placement in placements.items()}
    for index, future in waiting.items():
        results[index] = _result(index, placements[index], wait_for(future))
    return dumps({"results": results})


def _bulk_response(content: bytes) -> HttpResponse:
    return HttpResponse(content, content_type="application/json")


def _bulk_placement(item: dict[str, Any], actor: Actor) -> PlacementRequest:
    """Read one order of a bulk request. Raises InvalidInputError."""
    try:
        body = OrderBody.model_validate(item)
    except ValidationError as error:
        raise InvalidInputError(item_problems(error)) from error
    return placement_request(body, actor=actor)


def _result(index: int, placement: PlacementRequest, answer: PlacementAnswer) -> dict[str, object]:
    if answer.refused:
        code = placement.body.external_id
        return _rejected(index, code, orjson.Fragment(answer.content))
    return {
        "index": index,
        "status": "created" if answer.status == HTTPStatus.CREATED else "duplicate",
        "id": answer.order,
        "code": placement.body.external_id,
        "problem": None,
    }


def _rejected(index: int, code: str | None, problem: object) -> dict[str, object]:
    return {"index": index, "status": "rejected", "id": None, "code": code, "problem": problem}
