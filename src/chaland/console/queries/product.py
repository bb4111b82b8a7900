"""One product: its stock by location with the reason for every unit that is not for sale."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from chaland.availability.queries import explain
from chaland.catalog.queries import sku, skus
from chaland.catalog.types import SkuView
from chaland.console import shares
from chaland.console.movements import Moved, moved
from chaland.console.queries.future import Future, future
from chaland.console.queries.stock import product_url
from chaland.console.withholding import withheld_shares
from chaland.inventory import queries as inventory
from chaland.inventory.types import PositionState, UnavailableStatus
from chaland.kernel.actor import Actor
from chaland.network.queries import snapshot, visible_location_ids
from chaland.network.types import ChannelFacts, LocationFacts, NetworkSnapshot

LATEST = 12
MOST_PLACES = 10_000


@dataclass(frozen=True, slots=True)
class Moment:
    """A past moment: when it was true, and what was known when (None: all that is known now)."""

    true_at: datetime
    known_at: datetime | None = None


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
    counted_at: datetime | None
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
    future: Future


def product(
    code: str, *, channel: ChannelFacts | None, at: Moment | None, actor: Actor, now: datetime
) -> Product:
    """Read a product as *actor* may see it, now or as it was *at* a moment. Raises NotFoundError.

    The number of queries does not grow with the locations. A moment in the past shows the ledger's
    quantities; what a channel sells is a matter of today's rules, so it is left out.
    """
    facts = sku(code)
    network = snapshot()
    visible = visible_location_ids(actor)
    if facts.components:
        places = []
    elif at is not None:
        places = _places_then(facts, network, at, visible)
    else:
        places = _places(facts, network, channel, visible, now)
    whole = _whole(places)
    return Product(
        facts=facts,
        channel=channel,
        places=places,
        whole=whole,
        future=future(
            facts.id,
            channel=None if facts.components else channel,
            network=network,
            visible=visible,
            now=now,
        ),
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
    visible: Collection[int] | None,
    now: datetime,
) -> list[Place]:
    stock = inventory.stock_of(facts.id, visible, now=now)
    why = {}
    if channel is not None:
        told = explain(facts.id, channel.code, now=now, location_ids=visible)
        why = {item.location: item.withheld for item in told}
    pool = _sold_at(network, channel)
    found = []
    for item in stock.places:
        where = network.locations[network.index_of[item.location_id]]
        state = PositionState(
            item.on_hand, item.reserved + item.held, sum(item.statuses.values()), item.incoming
        )
        kept = [
            shares.Share(shares.RESERVED, item.reserved),
            shares.Share(shares.HELD, item.held),
            *shares.blocked(item.statuses),
            *withheld_shares(why.get(item.location, ()), network, channel),
        ]
        found.append(
            _place(where, state, kept, sold_here=where.id in pool, counted_at=item.counted_at)
        )
    return found


def _sold_at(network: NetworkSnapshot, channel: ChannelFacts | None) -> frozenset[int]:
    """Return the ids of the locations that *channel* sells from."""
    mask = network.active if channel is None else network.active & network.pool(channel)
    return frozenset(network.location_ids[mask].tolist())


def _places_then(
    facts: SkuView, network: NetworkSnapshot, at: Moment, visible: Collection[int] | None
) -> list[Place]:
    """Return the places as they were: what is not reserved or set aside was free."""
    rows = inventory.positions_as_of(
        at.true_at,
        known_at=at.known_at,
        sku_ids=[facts.id],
        location_ids=visible,
        limit=MOST_PLACES,
    )
    return [
        _place(
            network.locations[network.index_of[row.location_id]],
            PositionState(row.on_hand, row.reserved, row.unavailable, row.incoming),
            [
                shares.Share(shares.RESERVED, row.reserved - row.held),
                shares.Share(shares.HELD, row.held),
                *shares.blocked(
                    {status: getattr(row, status.value) for status in UnavailableStatus}
                ),
            ],
            sold_here=True,
        )
        for row in rows
    ]


def _place(
    where: LocationFacts,
    state: PositionState,
    kept: Sequence[shares.Share],
    *,
    sold_here: bool,
    counted_at: datetime | None = None,
) -> Place:
    sale = max(0, state.on_hand - sum(part.units for part in kept))
    parts = [*kept, shares.Share(shares.SALE, sale)]
    return Place(
        code=where.code,
        name=where.name,
        city=where.city,
        kind=where.kind.value,
        url=reverse("console:location", args=[where.code]),
        index=where.index,
        state=state,
        withheld=sum(part.units for part in kept if part.key == shares.WITHHELD),
        for_sale=sale,
        counted_at=counted_at,
        problem=_problem(state, kept, sale, sold_here=sold_here),
        parts=parts,
        bar=shares.segments(parts),
        sentence=shares.sentence(state.on_hand, parts),
    )


def _problem(
    state: PositionState, kept: Sequence[shares.Share], sale: int, *, sold_here: bool
) -> str:
    """Return what is most worth a look: units that cannot be found, or nothing left to sell."""
    if any(part.key == UnavailableStatus.MISSING and part.units for part in kept):
        return "missing"
    if not sale and sold_here:
        return "out" if state.on_hand else "empty"
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
