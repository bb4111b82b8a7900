"""Routes of back-orders and pre-orders: units promised before they are there."""

from datetime import date, datetime
from typing import Annotated

from django.http import HttpRequest
from django.utils.timezone import get_default_timezone
from ninja import Query, Router, Status
from pydantic import Field, StringConstraints

from chaland.backorders import operations, queries
from chaland.backorders.types import (
    PREFIX,
    BackorderRequest,
    BackorderState,
    BackorderView,
    FutureSaleKind,
)
from chaland.kernel.clock import now
from chaland.kernel.errors import NotFoundError
from chaland.kernel.ids import InvalidPublicIdError, from_public, new_uuid, to_public
from chaland.web.authorisation import require_unlimited, requires
from chaland.web.context import actor_of
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
from chaland.web.schemas import Body, Code, ProblemView, Quantity, View, example

router = Router()

Filter = Annotated[str, Query(max_length=64)]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Id = Annotated[str, Field(max_length=64)]


class BackorderLine(Body):
    """Units of one SKU."""

    sku: Code
    quantity: Quantity


class BackordersBody(Body):
    """Units to be promised before they are there; the channel's own `reference` counts once."""

    model_config = example(
        {"channel": "web", "reference": "W-1001", "lines": [{"sku": "LAMP", "quantity": 1}]}
    )

    channel: Code
    reference: Reference
    lines: Annotated[list[BackorderLine], Field(min_length=1, max_length=100)]


class BackorderAnswer(View):
    """A back-order; `due` is the day on which the goods are there, null when nobody knows."""

    id: str
    channel: str
    reference: str
    sku: str
    quantity: int
    kind: FutureSaleKind
    sale: str
    due: date | None
    state: BackorderState
    created_at: datetime
    closed_at: datetime | None

    @classmethod
    def of(cls, view: BackorderView) -> "BackorderAnswer":
        """Show a back-order."""
        plain = {name: getattr(view, name) for name in cls.model_fields if name != "id"}
        return cls(**plain, id=to_public(PREFIX, view.id))


class BackordersAnswer(View):
    """What was promised, in the order asked for."""

    lines: list[BackorderAnswer]


@router.post("/stock/backorders", response={201: BackordersAnswer, 409: ProblemView})
@requires("stock:write")
@idempotent
def promise_backorders(request: HttpRequest, body: BackordersBody) -> Status[BackordersAnswer]:
    """Promise units that are not there, within the retailer's limits; all lines or none.

    409 `not_promisable` says how many units of each line may be promised.
    """
    views = operations.promise_backorders(
        channel=body.channel,
        requests=[
            BackorderRequest(
                backorder_id=new_uuid(),
                reference=body.reference,
                sku=line.sku,
                quantity=line.quantity,
            )
            for line in body.lines
        ],
        zone=get_default_timezone(),
        now=now(),
        actor=actor_of(request),
    )
    return Status(201, BackordersAnswer(lines=[BackorderAnswer.of(view) for view in views]))


@router.get("/stock/backorders", response=Page[BackorderAnswer])
@requires("stock:read")
def list_backorders(
    request: HttpRequest,
    channel: Filter = "",
    sku: Filter = "",
    state: BackorderState | None = None,
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[BackorderAnswer]:
    """List back-orders, the latest first."""
    require_unlimited(actor_of(request))
    found = queries.backorders(
        channel=channel or None,
        sku=sku or None,
        state=state,
        before=decode_id(cursor, PREFIX),
        limit=limit + 1,
    )
    shown = [BackorderAnswer.of(view) for view in found[:limit]]
    end = encode_cursor([shown[-1].id]) if len(found) > limit else None
    return Page(items=shown, next=next_url(request, end))


@router.post("/stock/backorders/{backorder_id}/fill", response=BackorderAnswer)
@requires("stock:write")
@idempotent
def fill_backorder(request: HttpRequest, backorder_id: Id) -> BackorderAnswer:
    """Say that an order has taken the units from stock: the limit is free again."""
    return _close(request, backorder_id, BackorderState.FILLED)


@router.post("/stock/backorders/{backorder_id}/cancel", response=BackorderAnswer)
@requires("stock:write")
@idempotent
def cancel_backorder(request: HttpRequest, backorder_id: Id) -> BackorderAnswer:
    """Give a back-order up: its units and the limit are free for others."""
    return _close(request, backorder_id, BackorderState.CANCELLED)


def _close(request: HttpRequest, backorder_id: str, state: BackorderState) -> BackorderAnswer:
    try:
        identifier = from_public(PREFIX, backorder_id)
    except InvalidPublicIdError:
        raise NotFoundError("back-order", backorder_id) from None
    [view] = operations.close_backorders(
        ids=[identifier], state=state, now=now(), actor=actor_of(request)
    )
    return BackorderAnswer.of(view)
