"""What a customer reads about an order: where it is, when it comes, how to collect it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import segno
from django.utils.translation import gettext, pgettext

from chaland.fulfilment.types import FulfilmentState, ParcelView
from chaland.journeys.order_page import OrderPage, PageLine, Part, order_page
from chaland.kernel.actor import Actor
from chaland.kernel.ids import to_public
from chaland.network.queries import snapshot
from chaland.network.types import LocationFacts
from chaland.orders.types import ORDER_PREFIX, OrderMethod, OrderState
from chaland.promise.queries import renewed_latest
from chaland.tracking import wording

S = FulfilmentState
_DROPPED = frozenset({S.REFUSED, S.CANCELLED})
_DONE = frozenset({S.DELIVERED, S.COLLECTED})


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the order's way."""

    name: str
    icon: str
    done: bool
    now: bool
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pickup:
    """A counter where something waits, or will. ``code`` and ``qr`` are empty until it is ready."""

    name: str
    address: str
    open_now: str
    hours: list[wording.Day]
    code: str
    qr: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel on its way or there."""

    title: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An article of the order, and a note about it."""

    id: UUID
    description: str
    quantity: int
    amount: Decimal
    cancellable: int
    note: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingPage:
    """Everything on the customer's page."""

    order_id: UUID
    external_id: str
    headline: str
    subline: str
    steps: list[Step]
    pickups: list[Pickup]
    parcels: list[Parcel]
    lines: list[Line]
    shipping: Decimal
    total: Decimal
    currency: str
    may_cancel: bool
    partly_gone: bool
    brand: str


def customer_of(order_id: UUID) -> Actor:
    """Return whoever holds the link of an order, as an actor without any scope."""
    return Actor(kind="customer", id=to_public(ORDER_PREFIX, order_id), label="customer")


def tracking_page(order_id: UUID, now: datetime) -> TrackingPage:
    """Read an order for its customer. Raises NotFoundError."""
    page = order_page(order_id=order_id, actor=customer_of(order_id))
    order = page.order
    parts = [part for part in page.parts if part.fulfilment.state not in _DROPPED]
    headline = wording.headline(page, parts, now, renewed_latest(page.order.id))
    cancelled = sum((item.line.unit_price * item.line.cancelled for item in page.lines), Decimal(0))
    everything = order.state is OrderState.CANCELLED
    return TrackingPage(
        order_id=order_id,
        external_id=order.external_id,
        headline=headline.text,
        subline=headline.more,
        steps=[] if everything else _steps(page, parts),
        pickups=[] if everything else _pickups(page, parts, now),
        parcels=[_parcel(part, item) for part in parts for item in part.parcels],
        lines=[_line(item) for item in page.lines],
        shipping=Decimal(0) if everything else order.shipping_amount,
        total=Decimal(0) if everything else order.total_amount - cancelled,
        currency=order.currency,
        may_cancel="cancel" in page.actions,
        partly_gone=any(item.line.shipped for item in page.lines),
        brand=snapshot().channels[page.channel].brand,
    )


def _line(item: PageLine) -> Line:
    line = item.line
    note, tone = "", "plain"
    if line.cancelled == line.quantity:
        note, tone = pgettext("article", "cancelled"), "plain"
    elif line.cancelled:
        note, tone = gettext("%d cancelled") % line.cancelled, "warn"
    return Line(
        id=line.id,
        description=line.description or line.sku_code,
        quantity=line.quantity,
        amount=line.unit_price * (line.quantity - line.cancelled),
        cancellable=item.cancellable,
        note=note,
        tone=tone,
    )


_RANKS = {S.READY: 2, S.SHIPPED: 2, S.DELIVERED: 4, S.COLLECTED: 4}


def _steps(page: OrderPage, parts: Sequence[Part]) -> list[Step]:
    """Return the four steps; the slowest part says how far the order is."""
    views = [part.fulfilment for part in parts]
    rank = min((_RANKS.get(view.state, 1) for view in views), default=1)
    pickup = page.order.method is OrderMethod.PICKUP
    sent = _latest(view.ready_at or view.shipped_at for view in views) if rank > 1 else None
    there = _latest(view.collected_at or view.delivered_at for view in views) if rank > 2 else None  # noqa: PLR2004 - after the step before
    words = [
        (pgettext("step", "Ordered"), "orders", page.order.placed_at),
        (gettext("Prepared"), "box", None),
        (gettext("Ready"), "bag", sent) if pickup else (gettext("On its way"), "truck", sent),
        (gettext("Collected") if pickup else gettext("Delivered"), "check", there),
    ]
    return [
        Step(name, icon, done=index < rank, now=index == rank, at=at)
        for index, (name, icon, at) in enumerate(words)
    ]


def _latest(moments: Iterable[datetime | None]) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


def _parcel(part: Part, parcel: ParcelView) -> Parcel:
    if parcel.delivered_at is not None:
        title = pgettext("parcel", "Delivered")
    elif parcel.shipped_at is not None:
        title = gettext("On its way")
    else:
        title = gettext("Packed in %s") % part.location.city
    return Parcel(title, parcel.tracking_number)


def _pickups(page: OrderPage, parts: Sequence[Part], now: datetime) -> list[Pickup]:
    """Return the counters, one card for each part that waits there; one without a code before."""
    if page.order.method is not OrderMethod.PICKUP or page.pickup_location is None:
        return []
    ready = [part for part in parts if part.fulfilment.state is S.READY]
    if ready:
        return [_pickup(part.location, part.fulfilment.pickup_code, now) for part in ready]
    if all(part.fulfilment.state in _DONE for part in parts) and parts:
        return []
    return [_pickup(page.pickup_location, "", now)]


def _pickup(place: LocationFacts, code: str, now: datetime) -> Pickup:
    return Pickup(
        name=place.name,
        address=", ".join(filter(None, (place.street, f"{place.postal_code} {place.city}"))),
        open_now=wording.open_now(place.calendar, now),
        hours=wording.opening_days(place.calendar, now),
        code=code,
        qr=segno.make(code, micro=False).svg_data_uri(scale=4, border=2) if code else "",
    )
