"""One order with everything about it that the actor may see."""

from dataclasses import dataclass
from uuid import UUID

from chaland.customers import queries as customer_queries
from chaland.customers.types import Contact
from chaland.fulfilment import queries as fulfilment_queries
from chaland.fulfilment.types import (
    FULFILMENT_PREFIX,
    Coverage,
    FulfilmentLineView,
    FulfilmentView,
    ParcelView,
)
from chaland.journeys.visibility import is_restricted, location_of, may_see
from chaland.kernel.actor import Actor
from chaland.kernel.errors import NotFoundError
from chaland.kernel.ids import to_public
from chaland.network.queries import snapshot
from chaland.network.types import LocationFacts
from chaland.orders import queries as order_queries
from chaland.orders.types import ORDER_PREFIX, OrderLineView, OrderState, OrderView


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One site's part of an order; ``actions`` are possible now.

    ``channel`` is a code; ``order`` is the order without its lines.
    """

    order: OrderView
    channel: str
    fulfilment: FulfilmentView
    location: LocationFacts
    lines: tuple[FulfilmentLineView, ...]
    parcels: tuple[ParcelView, ...]
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLine:
    """A line of the order; ``waiting`` units are at a site, ``unplaced`` have none.

    For an actor who may see a part of the order only, ``quantity`` counts what its sites give.
    """

    line: OrderLineView
    quantity: int
    waiting: int
    unplaced: int
    cancellable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    """An order, its lines, its sites' parts.

    ``restricted``: the actor sees its own sites' part only, and no amounts. ``customer`` is None
    for those who may not read customers. ``version`` rises with every change of the order or of a
    part.
    """

    order: OrderView
    channel: str
    pickup_location: LocationFacts | None
    customer: Contact | None
    lines: tuple[PageLine, ...]
    parts: tuple[Part, ...]
    actions: tuple[str, ...]
    restricted: bool
    version: int


def order_page(*, order_id: UUID, actor: Actor) -> OrderPage:
    """Return one order as *actor* may see it. Raises NotFoundError."""
    order = order_queries.order_view(order_id)
    if order is None:
        raise NotFoundError("order", to_public(ORDER_PREFIX, order_id))
    network = snapshot()
    restricted = is_restricted(actor)
    parts = _parts(fulfilment_queries.of_order(order_id), actor)
    if restricted and not parts:
        raise NotFoundError("order", to_public(ORDER_PREFIX, order_id))
    lines = order_queries.lines_of([order_id])[order_id]
    coverage = fulfilment_queries.coverage_of(order_id)
    page_lines = [_page_line(line, coverage.get(line.id)) for line in lines]
    if restricted:
        page_lines = _own_lines(page_lines, parts)
    return OrderPage(
        order=order,
        channel=network.channels_by_id[order.channel_id].code,
        pickup_location=(
            None
            if order.pickup_location_id is None
            else location_of(network, order.pickup_location_id)
        ),
        customer=customer_of(order, actor),
        lines=tuple(page_lines),
        parts=tuple(parts),
        actions=_actions(order, page_lines),
        restricted=restricted,
        version=version_of(order_id),
    )


def customer_of(order: OrderView, actor: Actor) -> Contact | None:
    """Return who ordered, for those who may read customers."""
    if not actor.may("customers:read"):
        return None
    return customer_queries.contacts([order.customer_id]).get(order.customer_id)


def version_of(order_id: UUID) -> int:
    """Return a number that rises with every change of an order or of any of its parts.

    Raises NotFoundError.
    """
    order = order_queries.order_view(order_id)
    if order is None:
        raise NotFoundError("order", to_public(ORDER_PREFIX, order_id))
    return order.version + sum(part.version for part in fulfilment_queries.of_order(order_id))


def part_page(*, fulfilment_id: UUID, actor: Actor) -> Part:
    """Return one site's part as *actor* may see it. Raises NotFoundError."""
    found = _parts(list(fulfilment_queries.by_id([fulfilment_id]).values()), actor)
    if not found:
        raise NotFoundError("fulfilment order", to_public(FULFILMENT_PREFIX, fulfilment_id))
    return found[0]


def part_pages(views: list[FulfilmentView], *, actor: Actor) -> list[Part]:
    """Return those of several parts that *actor* may see, in the order given; a few queries."""
    return _parts(views, actor)


def _parts(views: list[FulfilmentView], actor: Actor) -> list[Part]:
    network = snapshot()
    seen = [view for view in views if may_see(actor, location_of(network, view.location_id))]
    ids = [view.id for view in seen]
    lines = fulfilment_queries.lines_of(ids)
    parcels = fulfilment_queries.parcels_of(ids)
    orders = order_queries.orders_by_id({view.order_id for view in seen})
    return [
        Part(
            order=orders[view.order_id],
            channel=network.channels_by_id[orders[view.order_id].channel_id].code,
            fulfilment=view,
            location=location_of(network, view.location_id),
            lines=tuple(lines[view.id]),
            parcels=tuple(parcels[view.id]),
            actions=tuple(fulfilment_queries.actions_of(view)),
        )
        for view in seen
    ]


def _page_line(line: OrderLineView, coverage: Coverage | None) -> PageLine:
    waiting = coverage.planned if coverage else 0
    touched = coverage.touched if coverage else 0
    return PageLine(
        line=line,
        quantity=line.quantity,
        waiting=waiting,
        unplaced=max(0, line.remaining - waiting),
        cancellable=max(0, line.quantity - line.cancelled - touched),
    )


def _own_lines(lines: list[PageLine], parts: list[Part]) -> list[PageLine]:
    """Keep the lines that the actor's own sites have something of."""
    own: dict[UUID, int] = {}
    for part in parts:
        for line in part.lines:
            units = line.to_give // line.per_kit
            own[line.order_line_id] = own.get(line.order_line_id, 0) + units
    return [
        PageLine(
            line=item.line,
            quantity=own[item.line.id],
            waiting=min(item.waiting, own[item.line.id]),
            unplaced=0,
            cancellable=0,
        )
        for item in lines
        if item.line.id in own
    ]


def _actions(order: OrderView, lines: list[PageLine]) -> tuple[str, ...]:
    actions = []
    if any(line.cancellable for line in lines):
        actions.append("cancel")
    if order.state is OrderState.BLOCKED:
        actions.append("source")
    return tuple(actions)
