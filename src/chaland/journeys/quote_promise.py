"""What a customer may be promised now: by each service, and at the nearest shops.

A quote is a decision that is not carried out: every option is decided by the same function as an
order that would choose it, on the same stock, calendars, queues and tariffs. So the window shown
is the window got, as long as the stock lasts and until ``order_before``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import numpy as np

from chaland.availability.queries import sellable
from chaland.availability.sellable import SellableStock
from chaland.catalog.queries import sku_facts
from chaland.catalog.types import SkuFacts
from chaland.database.revision import read_revisions
from chaland.journeys.decision_world import world_of
from chaland.journeys.demand_lines import demand_line
from chaland.kernel.actor import Actor
from chaland.kernel.errors import FieldProblem, InvalidInputError
from chaland.network.queries import resolve_places, snapshot
from chaland.network.types import Capability, ChannelFacts, LocationFacts, NetworkSnapshot, Place
from chaland.promise import queries as promise_queries
from chaland.promise.engine import PromiseEngine
from chaland.promise.types import PromiseWindow, ServiceKind
from chaland.sourcing import queries as sourcing_queries
from chaland.sourcing.types import Assignment, Decision, Demand, Method

NEAREST_SHOPS = 5
"""How many shops a quote offers for collection: the nearest that have everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedLine:
    """*quantity* units of the SKU called *sku*."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRequest:
    """A basket on its way somewhere; coordinates, when given, replace the postal code's."""

    channel: str
    lines: tuple[QuotedLine, ...]
    country: str
    postal_code: str
    latitude: float | None = None
    longitude: float | None = None
    methods: frozenset[Method] = frozenset(Method)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What one location would give: units by line of the basket; for a kit, of its components."""

    location: LocationFacts
    distance_km: float
    units: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way to get the basket. ``service`` None is what an order gets that names none.

    ``shop`` is where the customer collects, ``shop_km`` how far from the destination. ``cost`` is
    what the option costs the retailer (carriage and handling), in the channel's currency.
    """

    method: Method
    service: str | None
    kind: ServiceKind | None
    shop: LocationFacts | None
    shop_km: float
    window: PromiseWindow
    cost: Decimal
    co2_grams: int
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A line of the basket that cannot be shipped whole: *available* units exist."""

    line: int
    sku: str
    wanted: int
    available: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What may be promised at the moment ``as_of``; ``missing`` says why nothing can be shipped.

    ``place`` is where the destination was taken to be, and how well that is known.
    """

    as_of: datetime
    place: Place
    currency: str
    options: tuple[Option, ...]
    missing: tuple[Missing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Basket:
    """A request and all that it names; ``parts`` are (line, SKU, units of it for each unit)."""

    revisions: Mapping[str, int]
    channel: ChannelFacts
    place: Place
    network: NetworkSnapshot
    engine: PromiseEngine
    lines: tuple[QuotedLine, ...]
    parts: tuple[tuple[int, SkuFacts, int], ...]
    demand: Demand


def quote_promise(request: QuoteRequest, *, now: datetime, actor: Actor) -> Quote:
    """Return every way in which the basket can reach the customer, and when.

    Only stock that *actor* may sell counts. Nothing is written or kept. Raises InvalidInputError
    naming each channel, SKU or postal code that is unknown.
    """
    basket = _resolve(request, actor)
    stock = sellable(
        sorted({line.sku_id for line in basket.demand.lines}),
        basket.network,
        basket.revisions,
        now=now,
    )
    demands: list[Demand] = []
    if Method.SHIP in request.methods:
        demands += _shipments(basket)
    if Method.PICKUP in request.methods:
        demands += _pickups(basket, stock, now)
    world = world_of(stock, basket.network, basket.revisions, now=now)
    decided = list(zip(demands, sourcing_queries.decide_each(demands, world), strict=True))
    options = [
        _option(basket, demand, decision, decision.window)
        for demand, decision in decided
        if decision.window is not None
    ]
    return Quote(
        as_of=now,
        place=basket.place,
        currency=basket.channel.currency,
        options=tuple(_within_reach(options)),
        missing=_missing(basket, decided),
    )


def _shipments(basket: _Basket) -> Iterator[Demand]:
    """Yield the order that names no service, then one for each service to the country."""
    yield basket.demand
    for service in basket.engine.services:
        if not service.countries or basket.demand.country in service.countries:
            yield replace(basket.demand, service_codes=(service.code,))


def _pickups(basket: _Basket, stock: SellableStock, now: datetime) -> Iterator[Demand]:
    """Yield an order for each of the nearest shops that have everything."""
    network, demand = basket.network, basket.demand
    has_all = network.can[Capability.PICKUP] & network.working(now)
    held = stock.of(demand.channel_code, "pickup")
    wanted: dict[int, int] = {}
    for line in demand.lines:
        wanted[line.sku_id] = wanted.get(line.sku_id, 0) + line.quantity
    for sku_id, units in wanted.items():
        has_all &= held[stock.row_of[sku_id]] >= units
    distances = network.distances_km(demand.latitude, demand.longitude)
    shops = np.flatnonzero(has_all)
    nearest = shops[np.argsort(distances[shops], kind="stable")][: 2 * NEAREST_SHOPS]
    for index in nearest.tolist():
        location = network.locations[index]
        yield replace(demand, method=Method.PICKUP, pickup_location_id=location.id)


def _within_reach(options: Sequence[Option]) -> Iterator[Option]:
    """Yield every shipment and the nearest shops; shops that stay closed fell out before."""
    shops = 0
    for option in options:
        shops += option.shop is not None
        if option.shop is None or shops <= NEAREST_SHOPS:
            yield option


def _option(basket: _Basket, demand: Demand, decision: Decision, window: PromiseWindow) -> Option:
    network, engine = basket.network, basket.engine
    codes = demand.service_codes
    service = engine.facts.by_code[codes[0]] if codes else None
    shop, shop_km = None, 0.0
    if demand.pickup_location_id is not None:
        shop = network.locations[network.index_of[demand.pickup_location_id]]
        distances = network.distances_km(demand.latitude, demand.longitude)
        shop_km = round(float(distances[shop.index]), 1)
    terms = decision.cost
    return Option(
        method=demand.method,
        service=None if service is None else service.code,
        kind=None if service is None else service.kind,
        shop=shop,
        shop_km=shop_km,
        window=window,
        cost=terms._replace(delay=0, parcels=0).amount,
        co2_grams=sum(_co2_grams(engine, item) for item in decision.assignments),
        sources=tuple(_source(basket, item) for item in decision.assignments),
    )


def _co2_grams(engine: PromiseEngine, item: Assignment) -> int:
    if item.service_code is None:
        return 0
    rate = engine.facts.by_code[item.service_code].co2_grams_per_kg_km
    return round(float(rate) * item.weight_grams / 1000 * item.distance_km)


def _source(basket: _Basket, item: Assignment) -> Source:
    units: dict[int, int] = {}
    for portion in item.portions:
        line = basket.parts[portion.line][0]
        units[line] = units.get(line, 0) + portion.quantity
    return Source(
        location=basket.network.locations[item.location_index],
        distance_km=item.distance_km,
        units=units,
    )


def _missing(basket: _Basket, decided: Sequence[tuple[Demand, Decision]]) -> tuple[Missing, ...]:
    """Return the lines that no shipment can serve; none when any option exists."""
    if any(decision.window is not None for _, decision in decided):
        return ()
    found: dict[int, Missing] = {}
    for demand, decision in decided:
        if demand.method is Method.PICKUP:
            continue
        for shortage in decision.shortages:
            line, _, per_unit = basket.parts[shortage.line]
            available = shortage.available // per_unit
            if line not in found or available < found[line].available:
                asked = basket.lines[line]
                found[line] = Missing(
                    line=line, sku=asked.sku, wanted=asked.quantity, available=available
                )
        break
    return tuple(found[line] for line in sorted(found))


def _resolve(request: QuoteRequest, actor: Actor) -> _Basket:
    revisions = read_revisions()
    network = snapshot(revisions.get("network", 0))
    catalog = revisions.get("catalog", 0)
    skus = sku_facts({line.sku for line in request.lines}, revision=catalog)
    components = {part.code for sku in skus.values() for part in sku.components}
    known = {**sku_facts(components, revision=catalog), **skus} if components else skus
    problems: list[FieldProblem] = []
    channel = network.channels.get(request.channel)
    if channel is None or not channel.active:
        problems.append(_unknown("channel", "channel", request.channel))
    elif request.country not in channel.countries:
        problems.append(_not_served(request.country, channel))
    for number, line in enumerate(request.lines):
        if line.sku not in skus or not skus[line.sku].active:
            problems.append(_unknown(f"lines[{number}].sku", "SKU", line.sku))
    place = _place(request, revisions.get("places", 0), problems)
    if problems or channel is None or place is None:
        raise InvalidInputError(problems)
    parts = tuple(_parts(request.lines, known))
    return _Basket(
        revisions=revisions,
        channel=channel,
        place=place,
        network=network,
        engine=promise_queries.engine(network, revisions.get("promise", 0)),
        lines=request.lines,
        parts=parts,
        demand=Demand(
            lines=tuple(
                demand_line(sku, request.lines[line].quantity * per_unit)
                for line, sku, per_unit in parts
            ),
            method=Method.SHIP,
            channel_code=channel.code,
            country=request.country,
            latitude=place.latitude,
            longitude=place.longitude,
            organisation_ids=_organisation_ids(network, actor),
            postal_code=request.postal_code,
        ),
    )


def _parts(
    lines: Sequence[QuotedLine], known: Mapping[str, SkuFacts]
) -> Iterator[tuple[int, SkuFacts, int]]:
    """Yield what has to be found for each line: a kit is found as its components."""
    for number, line in enumerate(lines):
        sku = known[line.sku]
        if not sku.is_kit:
            yield number, sku, 1
        for part in sku.components:
            yield number, known[part.code], part.quantity


def _place(request: QuoteRequest, revision: int, problems: list[FieldProblem]) -> Place | None:
    if request.latitude is not None and request.longitude is not None:
        return Place(request.latitude, request.longitude, "given")
    key = request.country, request.postal_code
    place = resolve_places([key], revision=revision)[key]
    if place is None:
        problems.append(
            FieldProblem(
                field="destination.postal_code",
                code="unknown_postal_code",
                message=f"{request.postal_code!r} is no known postal code of {request.country}",
                fix="Correct the postal code, or send latitude and longitude too.",
            )
        )
    return place


def _organisation_ids(network: NetworkSnapshot, actor: Actor) -> frozenset[int] | None:
    codes = actor.organisations
    if codes is None:
        return None
    return frozenset(item.id for item in network.organisations if item.code in codes)


def _not_served(country: str, channel: ChannelFacts) -> FieldProblem:
    return FieldProblem(
        field="destination.country",
        code="country_not_served",
        message=f"channel {channel.code} does not deliver to {country}",
        fix=f"Send one of {', '.join(sorted(channel.countries))}.",
    )


def _unknown(field: str, what: str, code: str) -> FieldProblem:
    return FieldProblem(
        field=field,
        code=f"unknown_{what.lower()}",
        message=f"there is no active {what} {code!r}",
        fix=f"Send the code of an active {what}.",
    )
