"""What a customer may be promised now: by each service, and at the nearest shops.

A quote is a decision that is not carried out: every option is decided by the same function as an
order that would choose it, on the same stock, calendars, queues and tariffs. So the window shown
is the window got, as long as the stock lasts and until ``order_before``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import numpy as np

from chaland.availability.queries import sellable
from chaland.availability.sellable import SellableStock
from chaland.journeys.decision_world import world_of
from chaland.journeys.quote_promise.baskets import Basket, resolve_all
from chaland.journeys.quote_promise.types import Missing, Option, Quote, QuoteRequest, Source
from chaland.kernel.actor import Actor
from chaland.kernel.errors import InvalidInputError
from chaland.network.types import Capability, LocationFacts, LocationKind
from chaland.promise import queries as promise_queries
from chaland.promise.engine import PromiseEngine
from chaland.promise.types import COST_UNIT, PromiseWindow, ServiceKind
from chaland.sourcing import queries as sourcing_queries
from chaland.sourcing.types import Assignment, Decision, Demand, Method

NEAREST_SHOPS = 5
"""How many shops a quote offers for collection: the nearest that have everything."""

NEAREST_POINTS = 3
"""How many of a carrier's pickup points are offered: the nearest."""


def quote_promise(request: QuoteRequest, *, now: datetime, actor: Actor) -> Quote:
    """Return every way in which the basket can reach the customer, and when.

    Only stock that *actor* may sell counts. Nothing is written or kept. Raises InvalidInputError
    naming each channel, SKU or postal code that is unknown.
    """
    (quote,) = quote_promises([request], now=now, actor=actor)
    if isinstance(quote, InvalidInputError):
        raise quote
    return quote


def quote_promises(
    requests: Sequence[QuoteRequest], *, now: datetime, actor: Actor
) -> list[Quote | InvalidInputError]:
    """Return for each of *requests* what ``quote_promise`` would; all are decided together.

    A bad one is refused alone.
    """
    resolved = resolve_all(requests, actor)
    baskets = [item for item in resolved if isinstance(item, Basket)]
    if not baskets:
        return [item for item in resolved if isinstance(item, InvalidInputError)]
    network, revisions = baskets[0].network, baskets[0].revisions
    wanted = {line.sku_id for basket in baskets for line in basket.demand.lines}
    stock = sellable(sorted(wanted), network, revisions, now=now)
    asked = [list(_demands(basket, stock, now)) for basket in baskets]
    world = world_of(stock, network, revisions, now=now)
    decisions = iter(
        sourcing_queries.decide_each([demand for each in asked for demand in each], world)
    )
    quotes = iter(
        [
            _quote(basket, [(demand, next(decisions)) for demand in each], now)
            for basket, each in zip(baskets, asked, strict=True)
        ]
    )
    return [item if isinstance(item, InvalidInputError) else next(quotes) for item in resolved]


def _demands(basket: Basket, stock: SellableStock, now: datetime) -> Iterator[Demand]:
    methods = basket.request.methods
    if Method.SHIP in methods:
        yield from _shipments(basket)
    if Method.PICKUP in methods:
        yield from _pickups(basket, stock, now)


def _quote(basket: Basket, decided: Sequence[tuple[Demand, Decision]], now: datetime) -> Quote:
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


def _shipments(basket: Basket) -> Iterator[Demand]:
    """Yield the order that names no service, then one for each service to the country."""
    yield basket.demand
    restrictions = basket.demand.restrictions
    for service in basket.engine.services:
        if service.countries and basket.demand.country not in service.countries:
            continue
        if not restrictions.isdisjoint(service.refused_restrictions):
            continue
        named = replace(basket.demand, service_codes=(service.code,))
        points = _points(basket) if service.kind is ServiceKind.PICKUP_POINT else ()
        for point in points:
            yield replace(
                named,
                latitude=point.latitude,
                longitude=point.longitude,
                postal_code=point.postal_code,
            )
        if not points:
            yield named


def _points(basket: Basket) -> list[LocationFacts]:
    """Return the carriers' pickup points near the destination that the network knows."""
    network, demand = basket.network, basket.demand
    among = network.active & np.array(
        [
            item.kind is LocationKind.PICKUP_POINT and item.country == demand.country
            for item in network.locations
        ]
    )
    found = network.nearest(demand.latitude, demand.longitude, among=among, limit=NEAREST_POINTS)
    return [location for location, _ in found]


def _pickups(basket: Basket, stock: SellableStock, now: datetime) -> Iterator[Demand]:
    """Yield an order for each of the nearest shops that have everything."""
    network, demand = basket.network, basket.demand
    has_all = network.can[Capability.PICKUP] & network.working(now)
    for word in demand.restrictions.intersection(network.refuses):
        has_all &= ~network.refuses[word]
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
        shops += option.method is Method.PICKUP
        if option.method is Method.SHIP or shops <= NEAREST_SHOPS:
            yield option


def _option(basket: Basket, demand: Demand, decision: Decision, window: PromiseWindow) -> Option:
    engine = basket.engine
    codes = demand.service_codes
    service = engine.facts.by_code[codes[0]] if codes else None
    shop, shop_km = _collected_at(basket, demand)
    price = promise_queries.delivery_price(
        engine.facts,
        method=demand.method.value,
        channel=demand.channel_code,
        service=decision.assignments[0].service_code or "",
        country=demand.country,
        postal_code=demand.postal_code,
        value=demand.value,
        weight_grams=sum(line.quantity * line.weight_grams for line in demand.lines),
    )
    return Option(
        method=demand.method,
        service=None if service is None else service.code,
        kind=None if service is None else service.kind,
        shop=shop,
        shop_km=shop_km,
        window=window,
        freight=Decimal(decision.cost.freight) / COST_UNIT,
        handling=Decimal(decision.cost.handling) / COST_UNIT,
        price=price,
        pay_in_shop=demand.method is Method.PICKUP
        and shop is not None
        and shop.kind is LocationKind.STORE,
        co2_grams=sum(_co2_grams(engine, demand, item) for item in decision.assignments),
        sources=tuple(_source(basket, item) for item in decision.assignments),
    )


def _collected_at(basket: Basket, demand: Demand) -> tuple[LocationFacts | None, float]:
    """Return where the customer collects, and how far that is from the destination."""
    network, place = basket.network, basket.place
    if demand.pickup_location_id is not None:
        shop = network.locations[network.index_of[demand.pickup_location_id]]
    elif (demand.latitude, demand.longitude) != (place.latitude, place.longitude):
        shop = next(
            item
            for item in _points(basket)
            if (item.latitude, item.longitude) == (demand.latitude, demand.longitude)
        )
    else:
        return None, 0.0
    distances = network.distances_km(place.latitude, place.longitude)
    return shop, round(float(distances[shop.index]), 1)


def _co2_grams(engine: PromiseEngine, demand: Demand, item: Assignment) -> int:
    """Return what carrying one part causes: its weight over its way, and parcels' last mile."""
    index = None if item.service_code is None else engine.service_index(item.service_code)
    if index is None:
        return 0
    carriage, rate = engine.carriages[index], engine.services[index].co2_grams_per_kg_km
    volume = sum(demand.lines[part.line].volume_cm3 * part.quantity for part in item.portions)
    tariff = carriage.tariff_at(item.location_index, item.window.dispatch_by.toordinal())
    packing = carriage.tariffs[tariff].packing(item.weight_grams, volume, 0)
    way = float(rate) * item.weight_grams / 1000 * item.distance_km
    return round(way) + packing.parcels * carriage.co2_grams_per_parcel


def _source(basket: Basket, item: Assignment) -> Source:
    units: dict[int, int] = {}
    for portion in item.portions:
        line = basket.parts[portion.line][0]
        units[line] = units.get(line, 0) + portion.quantity
    return Source(
        location=basket.network.locations[item.location_index],
        distance_km=item.distance_km,
        units=units,
    )


def _missing(basket: Basket, decided: Sequence[tuple[Demand, Decision]]) -> tuple[Missing, ...]:
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
