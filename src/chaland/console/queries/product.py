"""One product: its stock by location with the reason for every unit that is not for sale."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext

from chaland.catalog.queries import sku, skus
from chaland.catalog.types import SkuView
from chaland.console import shares
from chaland.console.movements import Moved, moved
from chaland.console.queries.stock import product_url
from chaland.inventory import queries as inventory
from chaland.inventory.types import PositionState, UnavailableStatus
from chaland.kernel.actor import Actor
from chaland.network.queries import snapshot, visible_location_ids
from chaland.network.types import ChannelFacts, LocationFacts, LocationKind, NetworkSnapshot

LATEST = 12
MOST_PLACES = 10_000
Statuses = Mapping[UnavailableStatus, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The stock of the product at one location. ``problem`` is why somebody should look at it."""

    code: str
    name: str
    city: str
    kind: str
    url: str
    index: int
    state: PositionState
    withheld: int
    for_sale: int
    sold_here: bool
    problem: str
    parts: list[shares.Share]
    bar: list[shares.Segment]
    sentence: str

    @property
    def blocked(self) -> int:
        """Units on hand that cannot be sold."""
        return self.state.unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """The sum over all locations that the reader may see."""

    state: PositionState
    withheld: int
    for_sale: int
    bar: list[shares.Segment]
    sentence: str
    selling: int
    places: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A part of a kit."""

    name: str
    code: str
    url: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Everything on the page of a product."""

    facts: SkuView
    channel: ChannelFacts | None
    places: list[Place]
    whole: Whole
    components: list[Component]
    movements: list[Moved]


def product(
    code: str, *, channel: ChannelFacts | None, at: datetime | None, actor: Actor
) -> Product:
    """Read a product as *actor* may see it, now or as it was *at* a moment. Raises NotFoundError.

    The number of queries does not grow with the locations. A moment in the past shows the ledger's
    quantities; what a channel sells is a matter of today's rules, so it is left out.
    """
    facts = sku(code)
    network = snapshot()
    visible = visible_location_ids(actor)
    places = _places(facts, network, channel, at, visible)
    return Product(
        facts=facts,
        channel=channel,
        places=places,
        whole=_whole(places),
        components=_components(facts),
        movements=ledger(facts.id, network, visible, limit=LATEST),
    )


def ledger(
    sku_id: int,
    network: NetworkSnapshot,
    locations: Collection[int] | None,
    *,
    before: int | None = None,
    limit: int,
) -> list[Moved]:
    """Return lines of the ledger of a product, the latest first."""
    lines = inventory.movements(sku_id=sku_id, location_ids=locations, before=before, limit=limit)
    return moved(lines, sites={item.code: item.name for item in network.locations})


def _places(
    facts: SkuView,
    network: NetworkSnapshot,
    channel: ChannelFacts | None,
    at: datetime | None,
    visible: Collection[int] | None,
) -> list[Place]:
    states = _states(facts.id, at, visible)
    statuses = inventory.status_units([facts.id], location_ids=visible, moment=at)
    pool = None if channel is None else network.pool(channel)
    found = []
    for location_id, state in states.items():
        index = network.index_of[location_id]
        where = network.locations[index]
        sold_here = where.active and (pool is None or bool(pool[index]))
        kept = [] if at is not None or sold_here else [_elsewhere(state, channel)]
        reasons = statuses.get((facts.id, location_id), {})
        found.append(_place(where, state, reasons, kept, sold_here=sold_here))
    return found


def _states(
    sku_id: int, at: datetime | None, visible: Collection[int] | None
) -> dict[int, PositionState]:
    if at is not None:
        return inventory.positions_at(sku_id, at, location_ids=visible)
    rows = inventory.positions(sku_ids=[sku_id], location_ids=visible, limit=MOST_PLACES)
    return {
        row.location_id: PositionState(row.on_hand, row.reserved, row.unavailable, row.incoming)
        for row in rows
    }


def _elsewhere(state: PositionState, channel: ChannelFacts | None) -> shares.Share:
    name = channel.name if channel else ""
    why = gettext("not in the stock of %(channel)s") % {"channel": name}
    return shares.Share(shares.WITHHELD, state.available, why)


def _place(
    where: LocationFacts,
    state: PositionState,
    statuses: Statuses,
    kept: Sequence[shares.Share],
    *,
    sold_here: bool,
) -> Place:
    withheld = sum(part.units for part in kept)
    sale = max(0, state.available - withheld)
    parts = [
        shares.Share(shares.RESERVED, state.reserved),
        *shares.blocked(statuses),
        *kept,
        shares.Share(shares.SALE, sale),
    ]
    return Place(
        code=where.code,
        name=where.name,
        city=where.city,
        kind=where.kind.value,
        url=reverse("console:location", args=[where.code]),
        index=where.index,
        state=state,
        withheld=withheld,
        for_sale=sale,
        sold_here=sold_here,
        problem=_problem(where, state, statuses, sale, sold_here=sold_here),
        parts=parts,
        bar=shares.segments(parts),
        sentence=shares.sentence(state.on_hand, parts),
    )


def _problem(
    where: LocationFacts, state: PositionState, statuses: Statuses, sale: int, *, sold_here: bool
) -> str:
    """Return what is most worth a look: units that cannot be found, or nothing left to sell."""
    if statuses.get(UnavailableStatus.MISSING):
        return "missing"
    if not sale and sold_here and where.kind is not LocationKind.PICKUP_POINT:
        return "empty" if not state.on_hand else "out"
    return "blocked" if state.unavailable else ""


def _whole(places: Sequence[Place]) -> Whole:
    state = PositionState(
        on_hand=sum(place.state.on_hand for place in places),
        reserved=sum(place.state.reserved for place in places),
        unavailable=sum(place.state.unavailable for place in places),
        incoming=sum(place.state.incoming for place in places),
    )
    parts = shares.summed(place.parts for place in places)
    return Whole(
        state=state,
        withheld=sum(place.withheld for place in places),
        for_sale=sum(place.for_sale for place in places),
        bar=shares.segments(parts),
        sentence=shares.sentence(state.on_hand, parts),
        selling=sum(place.for_sale > 0 for place in places),
        places=len(places),
    )


def _components(facts: SkuView) -> list[Component]:
    names = {item.code: item.name for item in skus([part.code for part in facts.components])}
    return [
        Component(
            name=names.get(part.code, part.code),
            code=part.code,
            url=product_url(part.code),
            quantity=part.quantity,
        )
        for part in facts.components
    ]
