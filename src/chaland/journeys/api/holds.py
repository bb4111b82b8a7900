"""Holds: units kept for a basket, for a while."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import ValidationError

from chaland.journeys.api.doors import (
    PATIENCE_SECONDS,
    actor_of_quick,
    give_back_connection,
    too_slow,
    wait_for,
)
from chaland.journeys.hold_baskets import changing
from chaland.journeys.hold_baskets.body import (
    ChangeHoldBody,
    HoldBody,
    HoldView,
    RenewHoldBody,
)
from chaland.journeys.hold_baskets.service import hold_door
from chaland.journeys.hold_baskets.types import HoldAnswer, HoldRequest
from chaland.kernel.clock import now
from chaland.kernel.errors import InvalidInputError
from chaland.web import idempotency
from chaland.web.authorisation import require_scope, requires
from chaland.web.bulk import item_problems
from chaland.web.context import actor_of
from chaland.web.idempotency import idempotent
from chaland.web.problems import CONTENT_TYPE as PROBLEM_TYPE
from chaland.web.quick import QuickRequest, QuickResponse
from chaland.web.schemas import ProblemView

router = Router(tags=["Holds"])

SCOPE = "orders:write"


@router.post(
    "/stock/holds",
    response={201: HoldView, 409: ProblemView, 422: ProblemView},
    summary="Hold units for a basket",
)
@requires(SCOPE)
@idempotency.heeds_key
def hold_basket(request: HttpRequest, body: HoldBody) -> HttpResponse:
    """Keep all that a basket holds, or nothing; the answer comes after the commit.

    Nobody else can take the units until the hold is converted by an order, released, or expires.
    409 `insufficient_stock` names the lines at fault and how many there are.
    """
    asked = HoldRequest(
        body, actor_of(request), idempotency.request_hash(request), idempotency.key_of(request)
    )
    give_back_connection()
    answer = wait_for(hold_door.submit(asked))
    response = HttpResponse(
        answer.content, status=answer.status, content_type=_content_type(answer)
    )
    for name, text in _headers(answer).items():
        response.headers[name] = text
    return response


async def hold_basket_quickly(request: QuickRequest) -> QuickResponse:
    """Do what ``hold_basket`` does, without a thread that waits; see ``web.quick``."""
    actor = await actor_of_quick(request)
    require_scope(actor, SCOPE)
    try:
        body = HoldBody.model_validate(request.json())
    except ValidationError as error:
        raise InvalidInputError(item_problems(error)) from error
    key = idempotency.checked_key(request.headers.get(idempotency.HEADER.lower()))
    # What tells one request from another only matters for a request that has a name.
    request_hash = idempotency.hash_of(request.method, request.path, request.body) if key else b""
    try:
        answer = await hold_door.place(
            HoldRequest(body, actor, request_hash, key), patience=PATIENCE_SECONDS
        )
    except TimeoutError as error:
        raise too_slow() from error
    return QuickResponse(answer.status, answer.content, _content_type(answer), _headers(answer))


quick_routes = {("POST", "/api/v1/stock/holds"): hold_basket_quickly}
"""Routes that the server answers without the framework, by method and path."""


def _content_type(answer: HoldAnswer) -> str:
    return PROBLEM_TYPE if answer.refused else "application/json"


def _headers(answer: HoldAnswer) -> dict[str, str]:
    return {idempotency.REPLAYED: "true"} if answer.replayed else {}


@router.get("/stock/holds/{hold_id}", response=HoldView)
@requires("orders:read")
def read_hold(request: HttpRequest, hold_id: str) -> dict[str, Any]:
    """Read a hold: what it keeps, until when, or how it ended."""
    return changing.read_hold(hold_id, actor=actor_of(request))


@router.put("/stock/holds/{hold_id}", response=HoldView)
@requires(SCOPE)
@idempotent
def change_hold(request: HttpRequest, hold_id: str, body: ChangeHoldBody) -> dict[str, Any]:
    """Replace what a basket holds, and renew it. What it keeps of that already stays kept."""
    return changing.change_hold(hold_id, body, now=now(), actor=actor_of(request))


@router.post("/stock/holds/{hold_id}/renew", response=HoldView)
@requires(SCOPE)
@idempotent
def renew_hold(request: HttpRequest, hold_id: str, body: RenewHoldBody) -> dict[str, Any]:
    """Keep a basket's units longer: send it when the customer is active. 409 when it has ended."""
    return changing.renew_hold(hold_id, body.ttl_seconds, now=now(), actor=actor_of(request))


@router.delete("/stock/holds/{hold_id}", response=HoldView)
@requires(SCOPE)
@idempotent
def release_hold(request: HttpRequest, hold_id: str) -> dict[str, Any]:
    """Give a basket's units back to sale. One that has ended already is shown as it ended."""
    return changing.release_hold(hold_id, now=now(), actor=actor_of(request))
