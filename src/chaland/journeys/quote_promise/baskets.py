"""What a quote's request names, found once for all that are asked together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chaland.catalog.queries import sku_facts
from chaland.catalog.types import SkuFacts
from chaland.database.revision import read_revisions
from chaland.journeys.demand_lines import demand_line
from chaland.journeys.quote_promise.types import QuotedLine, QuoteRequest
from chaland.kernel.actor import Actor
from chaland.kernel.errors import FieldProblem, InvalidInputError
from chaland.network.queries import resolve_places, snapshot
from chaland.network.types import ChannelFacts, NetworkSnapshot, Place
from chaland.promise import queries as promise_queries
from chaland.promise.engine import PromiseEngine
from chaland.sourcing.types import Demand, Method

PostalKey = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """A request and all that it names; ``parts`` are (line, SKU, units of it for each unit)."""

    request: QuoteRequest
    revisions: Mapping[str, int]
    channel: ChannelFacts
    place: Place
    network: NetworkSnapshot
    engine: PromiseEngine
    lines: tuple[QuotedLine, ...]
    parts: tuple[tuple[int, SkuFacts, int], ...]
    demand: Demand


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Everything that some requests name, and may."""

    revisions: Mapping[str, int]
    network: NetworkSnapshot
    engine: PromiseEngine
    skus: Mapping[str, SkuFacts]
    parts: Mapping[str, SkuFacts]
    places: Mapping[PostalKey, Place | None]


def resolve_all(requests: Sequence[QuoteRequest], actor: Actor) -> list[Basket | InvalidInputError]:
    """Find what *requests* name, once for all of them; a bad one is refused alone."""
    revisions = read_revisions()
    network = snapshot(revisions.get("network", 0))
    catalog = revisions.get("catalog", 0)
    skus = sku_facts({line.sku for item in requests for line in item.lines}, revision=catalog)
    components = {part.code for sku in skus.values() for part in sku.components}
    places = resolve_places(
        {(item.country, item.postal_code) for item in requests if item.latitude is None},
        revision=revisions.get("places", 0),
    )
    found = Names(
        revisions=revisions,
        network=network,
        engine=promise_queries.engine(network, revisions.get("promise", 0)),
        skus=skus,
        parts={**sku_facts(components, revision=catalog), **skus} if components else skus,
        places=places,
    )
    return [_resolve(request, found, actor) for request in requests]


def _resolve(request: QuoteRequest, found: Names, actor: Actor) -> Basket | InvalidInputError:
    network, skus = found.network, found.skus
    problems: list[FieldProblem] = []
    channel = network.channels.get(request.channel)
    if channel is None or not channel.active:
        problems.append(_unknown("channel", "channel", request.channel))
    elif request.country not in channel.countries:
        problems.append(_not_served(request.country, channel))
    for number, line in enumerate(request.lines):
        if line.sku not in skus or not skus[line.sku].active:
            problems.append(_unknown(f"lines[{number}].sku", "SKU", line.sku))
    place = _place(request, found.places, problems)
    if problems or channel is None or place is None:
        return InvalidInputError(problems)
    parts = tuple(_parts(request.lines, found.parts))
    return Basket(
        request=request,
        revisions=found.revisions,
        channel=channel,
        place=place,
        network=network,
        engine=found.engine,
        lines=request.lines,
        parts=parts,
        demand=Demand(
            lines=tuple(
                demand_line(
                    sku,
                    request.lines[line].quantity * per_unit,
                    "" if sku.code == request.lines[line].sku else f"line {line}",
                )
                for line, sku, per_unit in parts
            ),
            method=Method.SHIP,
            channel_code=channel.code,
            country=request.country,
            latitude=place.latitude,
            longitude=place.longitude,
            organisation_ids=_organisation_ids(network, actor),
            postal_code=request.postal_code,
            value=request.value,
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


def _place(
    request: QuoteRequest, places: Mapping[PostalKey, Place | None], problems: list[FieldProblem]
) -> Place | None:
    if request.latitude is not None and request.longitude is not None:
        return Place(request.latitude, request.longitude, "given")
    place = places[request.country, request.postal_code]
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
