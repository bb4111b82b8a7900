"""The work of sites: read it, and carry it from release to the customer's hands."""

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from chaland.fulfilment import operations as fulfilment
from chaland.fulfilment import queries as fulfilment_queries
from chaland.fulfilment.queries import FulfilmentFilter
from chaland.fulfilment.types import (
    FULFILMENT_PREFIX,
    LINE_PREFIX,
    PARCEL_PREFIX,
    CollectRequest,
    DeliverRequest,
    FulfilmentState,
    PackedLine,
    PackRequest,
    ParcelDraft,
    PickedLine,
    PickRequest,
    RefuseRequest,
    ScannedUnits,
    ShipRequest,
)
from chaland.journeys import cancel_order as cancelling
from chaland.journeys import refuse_fulfilment as refusing
from chaland.journeys import site_work
from chaland.journeys.api.work_bodies import (
    CancelBody,
    CollectBody,
    DeliverBody,
    HandOverBody,
    PackBody,
    PickBody,
    RefuseBody,
    ScannedBody,
    UnitsBody,
)
from chaland.journeys.api.work_views import FulfilmentOrderDetail, FulfilmentOrderView
from chaland.journeys.order_page import customer_of, part_page, part_pages
from chaland.journeys.visibility import visible_location_ids
from chaland.kernel.clock import now
from chaland.kernel.errors import FieldProblem, InvalidInputError
from chaland.kernel.ids import InvalidPublicIdError, from_public, new_uuid
from chaland.network.queries import snapshot
from chaland.orders.types import ORDER_PREFIX
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
    unknown_filter,
)

router = Router(tags=["Fulfilment"])

Late = Annotated[bool | None, Query(description="Only what missed, or kept, its moments.")]
States = Annotated[list[FulfilmentState], Query(alias="state", description="Any of these states.")]


@router.get("/fulfilment-orders", response=Page[FulfilmentOrderView], summary="Find work")
@requires("fulfilment:read")
def list_fulfilment_orders(
    request: HttpRequest,
    state: States = [],  # noqa: B006 - never changed
    location: Annotated[str, Query(max_length=64)] = "",
    order: Annotated[str, Query(max_length=64)] = "",
    late: Late = None,
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[FulfilmentOrderView]:
    """Return the work of the sites that the key may see, newest first."""
    actor = actor_of(request)
    filters = FulfilmentFilter(
        location_ids=_locations(request, location),
        states=state,
        order_id=_order(order),
        late=late,
    )
    before = decode_id(cursor, FULFILMENT_PREFIX)
    found = fulfilment_queries.search(filters, before=before, limit=limit + 1)
    items = [FulfilmentOrderView.of(part) for part in part_pages(found[:limit], actor=actor)]
    onwards = encode_cursor([items[-1].id]) if len(found) > limit else None
    return Page(items=items, next=next_url(request, onwards))


def _locations(request: HttpRequest, code: str) -> list[int] | None:
    network = snapshot()
    visible = visible_location_ids(actor_of(request), network)
    if not code:
        return visible
    location = network.location(code)
    if location is None or (visible is not None and location.id not in visible):
        raise unknown_filter("location", code)
    return [location.id]


def _order(public_id: str) -> UUID | None:
    if not public_id:
        return None
    try:
        return from_public(ORDER_PREFIX, public_id)
    except InvalidPublicIdError:
        raise unknown_filter("order", public_id) from None


@router.get(
    "/fulfilment-orders/{fulfilment_id}", response=FulfilmentOrderDetail, summary="Read work"
)
@requires("fulfilment:read")
def read_fulfilment_order(
    request: HttpRequest, fulfilment_id: str, response: HttpResponse
) -> FulfilmentOrderDetail:
    """Return one site's part of an order, with what may be done now."""
    return _shown(request, from_public(FULFILMENT_PREFIX, fulfilment_id), response)


def _shown(
    request: HttpRequest, fulfilment_id: UUID, response: HttpResponse
) -> FulfilmentOrderDetail:
    actor = actor_of(request)
    part = part_page(fulfilment_id=fulfilment_id, actor=actor)
    set_etag(response, part.fulfilment.version)
    return FulfilmentOrderDetail.with_customer(part, customer_of(part.order, actor))


def _seen(request: HttpRequest, public_id: str) -> UUID:
    """Return the UUID, after checking, under lock, that the client has seen the present version."""
    fulfilment_id = from_public(FULFILMENT_PREFIX, public_id)
    if "If-Match" in request.headers:
        site_work.require_site(actor_of(request), [fulfilment_id])
        (work,) = fulfilment.lock_work([fulfilment_id])
        check_if_match(request, work.order.version)
    return fulfilment_id


def _scanned(items: list[ScannedBody]) -> tuple[ScannedUnits, ...]:
    return tuple(
        ScannedUnits(
            from_public(LINE_PREFIX, item.line),
            item.quantity or len(item.serials),
            item.lot,
            tuple(item.serials),
        )
        for item in items
    )


def _units(lines: list[UnitsBody]) -> tuple[PackedLine, ...]:
    return tuple(PackedLine(from_public(LINE_PREFIX, item.line), item.quantity) for item in lines)


@router.post(
    "/fulfilment-orders/{fulfilment_id}/release",
    response=FulfilmentOrderDetail,
    summary="Tell the site now",
)
@requires("fulfilment:write")
@idempotent
def release_fulfilment_order(
    request: HttpRequest, fulfilment_id: str, response: HttpResponse
) -> FulfilmentOrderDetail:
    """Tell the site to start, before the planned moment."""
    found = _seen(request, fulfilment_id)
    site_work.release(fulfilment_ids=[found], now=now(), actor=actor_of(request))
    return _shown(request, found, response)


@router.post(
    "/fulfilment-orders/{fulfilment_id}/accept",
    response=FulfilmentOrderDetail,
    summary="Take the work on",
)
@requires("fulfilment:write")
@idempotent
def accept_fulfilment_order(
    request: HttpRequest, fulfilment_id: str, response: HttpResponse
) -> FulfilmentOrderDetail:
    """Take the work on. Of two who do so at once, the second gets 409 `illegal_transition`."""
    found = _seen(request, fulfilment_id)
    site_work.accept(fulfilment_ids=[found], now=now(), actor=actor_of(request))
    return _shown(request, found, response)


@router.post(
    "/fulfilment-orders/{fulfilment_id}/pick",
    response=FulfilmentOrderDetail,
    summary="Report what was picked",
)
@requires("fulfilment:write")
@idempotent
def pick_fulfilment_order(
    request: HttpRequest, fulfilment_id: str, body: PickBody, response: HttpResponse
) -> FulfilmentOrderDetail:
    """Report what was picked. Units that are missing are refused and sourced elsewhere."""
    found = _seen(request, fulfilment_id)
    picked = tuple(
        PickedLine(from_public(LINE_PREFIX, item.line), item.picked) for item in body.lines
    )
    work = PickRequest(fulfilment_id=found, lines=picked, reason=body.reason)
    refusing.pick_fulfilment(request=work, now=now(), actor=actor_of(request))
    return _shown(request, found, response)


@router.post(
    "/fulfilment-orders/{fulfilment_id}/pack",
    response=FulfilmentOrderDetail,
    summary="Close the parcels",
)
@requires("fulfilment:write")
@idempotent
def pack_fulfilment_order(
    request: HttpRequest, fulfilment_id: str, body: PackBody, response: HttpResponse
) -> FulfilmentOrderDetail:
    """Close the parcels; together they hold exactly what was picked."""
    found = _seen(request, fulfilment_id)
    parcels = tuple(
        ParcelDraft(parcel_id=new_uuid(), weight_grams=item.weight_grams, lines=_units(item.lines))
        for item in body.parcels
    )
    work = PackRequest(fulfilment_id=found, parcels=parcels)
    site_work.pack(request=work, now=now(), actor=actor_of(request))
    return _shown(request, found, response)


@router.post(
    "/fulfilment-orders/{fulfilment_id}/ship",
    response=FulfilmentOrderDetail,
    summary="Hand over to the carrier",
)
@requires("fulfilment:write")
@idempotent
def ship_fulfilment_order(
    request: HttpRequest, fulfilment_id: str, body: HandOverBody, response: HttpResponse
) -> FulfilmentOrderDetail:
    """Hand the parcels to the carrier: the goods leave the stock."""
    found = _seen(request, fulfilment_id)
    work = ShipRequest(
        fulfilment_id=found,
        service_code=body.service,
        tracking=_tracking(found, body),
        expected_at=body.expected_at,
        scanned=_scanned(body.scanned),
    )
    site_work.ship(request=work, now=now(), actor=actor_of(request))
    return _shown(request, found, response)


def _tracking(fulfilment_id: UUID, body: HandOverBody) -> dict[UUID, str]:
    """Return tracking numbers by parcel; a single parcel need not be named."""
    numbers: dict[UUID, str] = {}
    for index, item in enumerate(body.parcels):
        parcel_id = (
            from_public(PARCEL_PREFIX, item.parcel)
            if item.parcel is not None
            else _only_parcel(fulfilment_id, f"parcels[{index}].parcel")
        )
        if parcel_id in numbers:
            raise _wrong(f"parcels[{index}].parcel", "repeated", "is named twice")
        numbers[parcel_id] = item.tracking_number
    return numbers


def _only_parcel(fulfilment_id: UUID, field: str) -> UUID:
    parcels = fulfilment_queries.parcels_of([fulfilment_id])[fulfilment_id]
    if len(parcels) != 1:
        raise _wrong(field, "missing", f"is needed: there are {len(parcels)} parcels")
    return parcels[0].id


def _wrong(field: str, code: str, message: str) -> InvalidInputError:
    fix = "name each parcel of the fulfilment order once"
    return InvalidInputError([FieldProblem(field, code, message, fix)])


@router.post(
    "/fulfilment-orders/{fulfilment_id}/deliver",
    response=FulfilmentOrderDetail,
    summary="Report the delivery",
)
@requires("fulfilment:write")
@idempotent
def deliver_fulfilment_order(
    request: HttpRequest, fulfilment_id: str, body: DeliverBody, response: HttpResponse
) -> FulfilmentOrderDetail:
    """Note that parcels reached the customer; with the last one the work is done."""
    found = _seen(request, fulfilment_id)
    moment = now()
    if body.delivered_at is not None and body.delivered_at > moment:
        raise InvalidInputError(
            [
                FieldProblem(
                    "delivered_at",
                    "in_the_future",
                    "has not come yet",
                    "send the moment of the delivery, or leave it out",
                )
            ]
        )
    named = body.parcels
    work = DeliverRequest(
        fulfilment_id=found,
        at=body.delivered_at or moment,
        parcels=None if named is None else tuple(from_public(PARCEL_PREFIX, i) for i in named),
    )
    site_work.deliver(request=work, now=moment, actor=actor_of(request))
    return _shown(request, found, response)


@router.post(
    "/fulfilment-orders/{fulfilment_id}/ready",
    response=FulfilmentOrderDetail,
    summary="Put on the pickup shelf",
)
@requires("fulfilment:write")
@idempotent
def make_fulfilment_order_ready(
    request: HttpRequest, fulfilment_id: str, response: HttpResponse
) -> FulfilmentOrderDetail:
    """Put the goods on the pickup shelf; the customer is told a code (`fulfilment_order.ready`)."""
    found = _seen(request, fulfilment_id)
    site_work.make_ready(fulfilment_id=found, now=now(), actor=actor_of(request))
    return _shown(request, found, response)


@router.post(
    "/fulfilment-orders/{fulfilment_id}/collect",
    response=FulfilmentOrderDetail,
    summary="Hand over to the customer",
)
@requires("fulfilment:write")
@idempotent
def collect_fulfilment_order(
    request: HttpRequest, fulfilment_id: str, body: CollectBody, response: HttpResponse
) -> FulfilmentOrderDetail:
    """Hand the goods to the customer who says the code: they leave the stock."""
    found = _seen(request, fulfilment_id)
    work = CollectRequest(
        fulfilment_id=found, code=body.pickup_code, scanned=_scanned(body.scanned)
    )
    site_work.collect(request=work, now=now(), actor=actor_of(request))
    return _shown(request, found, response)


@router.post(
    "/fulfilment-orders/{fulfilment_id}/refuse",
    response=FulfilmentOrderDetail,
    summary="Give units back",
)
@requires("fulfilment:write")
@idempotent
def refuse_fulfilment_order(
    request: HttpRequest, fulfilment_id: str, body: RefuseBody, response: HttpResponse
) -> FulfilmentOrderDetail:
    """Give back what the site cannot give; it is sourced elsewhere, or the order is blocked."""
    found = _seen(request, fulfilment_id)
    work = RefuseRequest(
        fulfilment_id=found,
        reason=body.reason,
        note=body.note,
        lines=None if body.lines is None else _units(body.lines),
    )
    refusing.refuse_fulfilment(request=work, now=now(), actor=actor_of(request))
    return _shown(request, found, response)


@router.post(
    "/fulfilment-orders/{fulfilment_id}/cancel",
    response=FulfilmentOrderDetail,
    summary="Take the work away",
)
@requires("fulfilment:write")
@idempotent
def cancel_fulfilment_order(
    request: HttpRequest, fulfilment_id: str, body: CancelBody, response: HttpResponse
) -> FulfilmentOrderDetail:
    """Take the work from the site; the customer still gets the goods, from elsewhere."""
    found = _seen(request, fulfilment_id)
    cancelling.cancel_fulfilment(
        fulfilment_id=found, reason=body.reason, now=now(), actor=actor_of(request)
    )
    return _shown(request, found, response)
