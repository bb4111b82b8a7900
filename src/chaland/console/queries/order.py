"""One order as its page shows it: lines, sites' parts, timeline, decisions, what may be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chaland.access.queries import labels_of
from chaland.access.types import Scope
from chaland.catalog.queries import sku_facts_by_id
from chaland.console import decisions, timeline, wording
from chaland.customers.types import Contact
from chaland.fulfilment.types import FULFILMENT_PREFIX, FulfilmentState
from chaland.journeys.order_page import OrderPage, PageLine, Part, order_page
from chaland.journeys.order_timeline import order_decisions, order_timeline
from chaland.kernel.actor import Actor
from chaland.kernel.ids import to_public
from chaland.network.queries import snapshot
from chaland.orders.tracking import make_token
from chaland.orders.types import LINE_PREFIX, ORDER_PREFIX, OrderLineView, OrderView
from chaland.promise.queries import services

PAST = frozenset(
    {
        FulfilmentState.DELIVERED,
        FulfilmentState.COLLECTED,
        FulfilmentState.REFUSED,
        FulfilmentState.CANCELLED,
    }
)

AWAY = PAST | {FulfilmentState.SHIPPED, FulfilmentState.READY}
"""States in which nothing has to leave the site any more, so that no deadline is shown."""

MOVE_REASONS: list[tuple[str, str | Promise]] = [
    ("no_capacity", _("no time or no people")),
    ("closed", _("the site is closed")),
    ("not_found", _("not found on the shelf")),
    ("other", _("another reason")),
]


@dataclass(frozen=True, slots=True)
class Line:
    """A line with what may still be cancelled of it."""

    id: str
    view: OrderLineView
    quantity: int
    cancellable: int

    @property
    def name(self) -> str:
        """What was ordered, in words."""
        return self.view.description or self.view.sku_code


@dataclass(frozen=True, slots=True)
class PartLine:
    """Units of an article at a site."""

    name: str
    quantity: int
    picked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartCard:
    """A site's part of the order."""

    key: UUID
    id: str
    site: str
    state: str
    method: str
    service: str
    dispatch_by: datetime | None
    past: bool
    lines: list[PartLine]
    parcels: list[str]
    pickup_code: str
    reason: str
    may_release: bool
    may_move: bool
    may_refuse: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCard:
    """Everything on the page of an order."""

    id: str
    order: OrderView
    channel: str
    customer: Contact | None
    destination: list[str]
    basis: str
    total: Decimal | None
    lines: list[Line]
    parts: list[PartCard]
    timeline: list[timeline.Fact]
    decisions: list[decisions.DecisionCard]
    restricted: bool
    may_cancel: bool
    may_source: bool
    tracking_url: str
    move_reasons: list[tuple[str, str | Promise]]


def order_card(order_id: UUID, actor: Actor) -> OrderCard:
    """Read an order as *actor* may see it; the number of queries is fixed. Raises NotFoundError."""
    page = order_page(order_id=order_id, actor=actor)
    network = snapshot()
    sites = {item.code: item.name for item in network.locations}
    carriers = {item.code: item.name for item in services()}
    decided = order_decisions(order_id=order_id, actor=actor)
    wanted = decisions.sku_ids(decided) | {
        line.sku_id for part in page.parts for line in part.lines
    }
    articles = {sku_id: item.name for sku_id, item in sku_facts_by_id(wanted).items()}
    events = order_timeline(order_id=order_id, actor=actor)
    actors = labels_of({event.actor_id for event in events})
    names = decisions.Names(sites, carriers, articles, page.order.currency)
    may_write = actor.may(Scope.ORDERS_WRITE)
    return OrderCard(
        id=to_public(ORDER_PREFIX, order_id),
        order=page.order,
        channel=network.channels[page.channel].name,
        customer=page.customer,
        destination=_destination(page),
        basis=_basis(page.order.promise_basis),
        total=None if page.restricted else page.order.total_amount,
        lines=[_line(item) for item in page.lines],
        parts=[_part(part, names, actor) for part in reversed(page.parts)],
        timeline=timeline.facts(events[::-1], sites=sites, actors=actors),
        decisions=decisions.cards(decided, names),
        restricted=page.restricted,
        may_cancel=may_write and not page.restricted and "cancel" in page.actions,
        may_source=may_write and not page.restricted and "source" in page.actions,
        tracking_url=f"/t/{make_token(order_id)}/" if actor.may(Scope.CUSTOMERS_READ) else "",
        move_reasons=MOVE_REASONS,
    )


def _destination(page: OrderPage) -> list[str]:
    if page.pickup_location is not None:
        place = page.pickup_location
        return [place.name, f"{place.postal_code} {place.city}"]
    order = page.order
    address = page.customer.address(order.customer_address) if page.customer else None
    if address is None:
        return [f"{order.destination_postal_code} {order.destination_country}"]
    town = f"{address.postal_code} {address.city}"
    return [
        part
        for part in (address.street, address.complement, town, wording.country(address.country))
        if part
    ]


def _basis(basis: str) -> str:
    return {"stated": gettext("as stated"), "learned": gettext("as learned")}.get(basis, basis)


def _line(item: PageLine) -> Line:
    return Line(to_public(LINE_PREFIX, item.line.id), item.line, item.quantity, item.cancellable)


def _part(part: Part, names: decisions.Names, actor: Actor) -> PartCard:
    view = part.fulfilment
    may_write = actor.may(Scope.FULFILMENT_WRITE)
    service = view.service_code or ""
    return PartCard(
        key=view.id,
        id=to_public(FULFILMENT_PREFIX, view.id),
        site=part.location.name,
        state=view.state.value,
        method=view.method.value,
        service=names.services.get(service, service),
        dispatch_by=None if view.state in AWAY else view.dispatch_by,
        past=view.state in PAST,
        lines=_part_lines(part, names.articles),
        parcels=[item.tracking_number for item in part.parcels if item.tracking_number],
        # Those who may know the customer may also read the code out to them.
        pickup_code=view.pickup_code if actor.may(Scope.CUSTOMERS_READ) else "",
        reason=str(timeline.REASONS.get(view.refusal_reason, view.refusal_reason)),
        may_release=may_write and "release" in part.actions,
        may_move=may_write and "cancel" in part.actions,
        may_refuse="refuse" in part.actions,
    )


def _part_lines(part: Part, articles: Mapping[int, str]) -> list[PartLine]:
    dropped = part.fulfilment.state in {FulfilmentState.REFUSED, FulfilmentState.CANCELLED}
    return [
        PartLine(
            articles.get(line.sku_id, line.sku_code),
            line.quantity if dropped else line.to_give,
            line.picked,
        )
        for line in part.lines
    ]
