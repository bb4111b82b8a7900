"""What an order refers to: channel, SKUs, places, services. Found once for a whole batch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from chaland.catalog.queries import sku_facts
from chaland.catalog.types import SkuFacts
from chaland.database.revision import read_revisions
from chaland.journeys.demand_lines import demand_line
from chaland.journeys.place_orders.body import OrderBody, ShipBody
from chaland.journeys.place_orders.types import PlacementRequest
from chaland.kernel.errors import FieldProblem, InvalidInputError
from chaland.network.queries import resolve_places, snapshot
from chaland.network.types import Capability, ChannelFacts, LocationFacts, NetworkSnapshot, Place
from chaland.promise import queries as promise_queries
from chaland.promise.engine import PromiseEngine
from chaland.sourcing.types import Demand, Method

PostalKey = tuple[str, str]

CLOCK_TOLERANCE = timedelta(minutes=10)
HIGHEST_TOTAL = Decimal("9999999999.99")
"""How far a channel's clock may run ahead of ours."""


@dataclass(frozen=True, slots=True)
class References:
    """The reference data of one batch, all of one moment, and the revisions it has."""

    revisions: Mapping[str, int]
    network: NetworkSnapshot
    promise: PromiseEngine
    skus: Mapping[str, SkuFacts]
    places: Mapping[PostalKey, Place | None]


@dataclass(frozen=True, slots=True)
class DemandSource:
    """Which order line (from 0) a demand line comes from, and how many units make one of it."""

    line: int
    sku: SkuFacts
    per_unit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedOrder:
    """An order whose every reference was found; ``sources`` runs beside ``demand.lines``."""

    request: PlacementRequest
    channel: ChannelFacts
    skus: tuple[SkuFacts, ...]
    place: Place
    pickup: LocationFacts | None
    demand: Demand
    sources: tuple[DemandSource, ...]


def load_references(requests: Sequence[PlacementRequest]) -> References:
    """Read the reference data that *requests* need; mostly from the process's own memory."""
    revisions = read_revisions()
    network = snapshot(revisions.get("network", 0))
    catalog = revisions.get("catalog", 0)
    skus = sku_facts(
        {line.sku for request in requests for line in request.body.lines}, revision=catalog
    )
    parts = {part.code for sku in skus.values() for part in sku.components}
    return References(
        revisions=revisions,
        places=resolve_places(_postal_keys(requests), revision=revisions.get("places", 0)),
        network=network,
        promise=promise_queries.engine(network, revisions.get("promise", 0)),
        skus={**sku_facts(parts, revision=catalog), **skus} if parts else skus,
    )


def _postal_keys(requests: Sequence[PlacementRequest]) -> set[PostalKey]:
    addresses = (
        request.body.delivery.address
        for request in requests
        if isinstance(request.body.delivery, ShipBody)
    )
    return {
        (address.country, address.postal_code) for address in addresses if address.latitude is None
    }


def resolve(request: PlacementRequest, known: References, *, now: datetime) -> ResolvedOrder:
    """Find everything that one order refers to.

    Raises InvalidInputError naming every field that is wrong, not only the first.
    """
    body = request.body
    problems: list[FieldProblem] = []
    channel = known.network.channels.get(body.channel)
    if channel is None or not channel.active:
        problems.append(_unknown("channel", "channel", body.channel))
    else:
        problems += _currency_problems(body, channel)
    problems += _time_problems(body, now)
    skus = _skus(body, known, problems)
    place, pickup = _destination(request, channel, known, problems)
    if problems or channel is None or place is None:
        raise InvalidInputError(problems)
    sources = tuple(_sources(skus, known.skus))
    return ResolvedOrder(
        request=request,
        channel=channel,
        skus=tuple(skus),
        place=place,
        pickup=pickup,
        demand=_demand(request, channel, place, pickup, sources, known),
        sources=sources,
    )


def _unknown(field: str, what: str, code: str) -> FieldProblem:
    return FieldProblem(
        field=field,
        code=f"unknown_{what.replace(' ', '_').lower()}",
        message=f"there is no active {what} {code!r}",
        fix=f"Send the code of an active {what}.",
    )


def _currency_problems(body: OrderBody, channel: ChannelFacts) -> Iterable[FieldProblem]:
    prices = [(f"lines[{i}].unit_price", line.unit_price) for i, line in enumerate(body.lines)]
    if body.shipping is not None:
        prices.append(("shipping", body.shipping))
    if body.currency != channel.currency:
        yield FieldProblem(
            field="currency",
            code="wrong_currency",
            message=f"channel {channel.code} sells in {channel.currency}, not {body.currency}",
            fix=f"Send {channel.currency}.",
        )
    for field, price in prices:
        if price.currency != body.currency:
            yield FieldProblem(
                field=f"{field}.currency",
                code="wrong_currency",
                message=f"the order is in {body.currency}, this amount in {price.currency}",
                fix=f"Send {body.currency}.",
            )
        if price.amount.startswith("-"):
            yield FieldProblem(
                field=f"{field}.amount",
                code="negative_amount",
                message="a price cannot be negative",
                fix="Send 0.00 or more; send discounts as a lower unit price.",
            )
    shipping = Decimal(body.shipping.amount if body.shipping else 0)
    total = sum((Decimal(line.unit_price.amount) * line.quantity for line in body.lines), shipping)
    if total > HIGHEST_TOTAL:
        yield FieldProblem(
            field="lines",
            code="total_too_high",
            message=f"the order comes to {total}",
            fix=f"Send an order of {HIGHEST_TOTAL} at most.",
        )


def _time_problems(body: OrderBody, now: datetime) -> Iterable[FieldProblem]:
    if body.placed_at > now + CLOCK_TOLERANCE:
        yield FieldProblem(
            field="placed_at",
            code="in_the_future",
            message="the order cannot have been placed in the future",
            fix="Send the moment at which the customer ordered, with its offset.",
        )


def _skus(body: OrderBody, known: References, problems: list[FieldProblem]) -> list[SkuFacts]:
    found = []
    for index, line in enumerate(body.lines):
        sku = known.skus.get(line.sku)
        if sku is None or not sku.active:
            problems.append(_unknown(f"lines[{index}].sku", "SKU", line.sku))
        else:
            found.append(sku)
    return found


def _destination(
    request: PlacementRequest,
    channel: ChannelFacts | None,
    known: References,
    problems: list[FieldProblem],
) -> tuple[Place | None, LocationFacts | None]:
    delivery = request.body.delivery
    if isinstance(delivery, ShipBody):
        problems += _service_problems(delivery, known)
        if channel is not None and delivery.address.country not in channel.countries:
            problems.append(_not_served(delivery.address.country, channel))
        return _shipping_place(delivery, known, problems), None
    pickup = known.network.location(delivery.location)
    if pickup is None or not pickup.active or Capability.PICKUP not in pickup.capabilities:
        problems.append(_unknown("delivery.location", "pickup location", delivery.location))
        return None, None
    return Place(pickup.latitude, pickup.longitude, "given"), pickup


def _service_problems(delivery: ShipBody, known: References) -> Iterable[FieldProblem]:
    if delivery.service is not None:
        service = known.promise.facts.by_code.get(delivery.service)
        if service is None or not service.active:
            yield _unknown("delivery.service", "carrier service", delivery.service)


def _not_served(country: str, channel: ChannelFacts) -> FieldProblem:
    served = ", ".join(sorted(channel.countries))
    return FieldProblem(
        field="delivery.address.country",
        code="country_not_served",
        message=f"channel {channel.code} does not deliver to {country}",
        fix=f"Send one of {served}.",
    )


def _shipping_place(
    delivery: ShipBody, known: References, problems: list[FieldProblem]
) -> Place | None:
    address = delivery.address
    if address.latitude is not None and address.longitude is not None:
        return Place(address.latitude, address.longitude, "given")
    if (address.latitude is None) != (address.longitude is None):
        missing = "latitude" if address.latitude is None else "longitude"
        problems.append(
            FieldProblem(
                field=f"delivery.address.{missing}",
                code="missing",
                message="latitude and longitude come together",
                fix="Send both, or neither.",
            )
        )
        return None
    place = known.places[address.country, address.postal_code]
    if place is None:
        problems.append(
            FieldProblem(
                field="delivery.address.postal_code",
                code="unknown_postal_code",
                message=f"{address.postal_code!r} is no known postal code of {address.country}",
                fix="Correct the postal code, or send latitude and longitude too.",
            )
        )
    return place


def _sources(skus: Sequence[SkuFacts], known: Mapping[str, SkuFacts]) -> Iterable[DemandSource]:
    """Yield what has to be found for each order line: a kit is found as its components."""
    for index, sku in enumerate(skus):
        if not sku.is_kit:
            yield DemandSource(index, sku, 1)
        for part in sku.components:
            yield DemandSource(index, known[part.code], part.quantity)


def _demand(
    request: PlacementRequest,
    channel: ChannelFacts,
    place: Place,
    pickup: LocationFacts | None,
    sources: Sequence[DemandSource],
    known: References,
) -> Demand:
    delivery = request.body.delivery
    lines = request.body.lines
    service = delivery.service if isinstance(delivery, ShipBody) else None
    return Demand(
        lines=tuple(
            demand_line(
                source.sku,
                lines[source.line].quantity * source.per_unit,
                "" if source.sku.code == lines[source.line].sku else f"line {source.line}",
            )
            for source in sources
        ),
        method=Method.PICKUP if pickup else Method.SHIP,
        channel_code=channel.code,
        country=country_of(request.body, pickup),
        latitude=place.latitude,
        longitude=place.longitude,
        service_codes=(service,) if service else None,
        pickup_location_id=pickup.id if pickup else None,
        organisation_ids=_organisation_ids(request, known),
        postal_code=postal_code_of(request.body, pickup),
        value=sum((Decimal(line.unit_price.amount) * line.quantity for line in lines), Decimal(0)),
        tags=frozenset(request.body.tags),
        pilot_key=f"{channel.code}:{request.body.external_id}",
    )


def postal_code_of(body: OrderBody, pickup: LocationFacts | None) -> str:
    """Return the postal code that the goods end up in."""
    if pickup is not None:
        return pickup.postal_code
    return body.delivery.address.postal_code if isinstance(body.delivery, ShipBody) else ""


def country_of(body: OrderBody, pickup: LocationFacts | None) -> str:
    """Return the country that the goods end up in."""
    if pickup is not None:
        return pickup.country
    return body.delivery.address.country if isinstance(body.delivery, ShipBody) else ""


def _organisation_ids(request: PlacementRequest, known: References) -> frozenset[int] | None:
    """Return whose stock the actor may sell; None for everybody's."""
    codes = request.actor.organisations
    if codes is None:
        return None
    return frozenset(item.id for item in known.network.organisations if item.code in codes)
