"""What a basket refers to: channel, SKUs, places. Found once for a whole batch."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chaland.catalog.queries import sku_facts
from chaland.catalog.types import SkuFacts
from chaland.database.revision import read_revisions
from chaland.journeys.demand_lines import demand_line
from chaland.journeys.hold_baskets.body import (
    BasketDelivery,
    CollectBasketBody,
    HoldLineBody,
    ShipBasketBody,
)
from chaland.journeys.hold_baskets.types import Part, Wish
from chaland.kernel.actor import Actor
from chaland.kernel.errors import FieldProblem, InvalidInputError
from chaland.network.queries import resolve_places, snapshot, visible_location_ids
from chaland.network.types import ChannelFacts, LocationFacts, NetworkSnapshot, Place
from chaland.sourcing.types import Demand, Method


@dataclass(frozen=True, slots=True)
class References:
    """The reference data of one batch, all of one moment."""

    revisions: Mapping[str, int]
    network: NetworkSnapshot
    skus: Mapping[str, SkuFacts]


def load_references(lines: Sequence[HoldLineBody]) -> References:
    """Read the reference data that *lines* need; mostly from the process's own memory."""
    revisions = read_revisions()
    catalog = revisions.get("catalog", 0)
    skus = sku_facts({line.sku for line in lines}, revision=catalog)
    parts = {part.code for sku in skus.values() for part in sku.components}
    return References(
        revisions=revisions,
        network=snapshot(revisions.get("network", 0)),
        skus={**sku_facts(parts, revision=catalog), **skus} if parts else skus,
    )


def resolve(
    *,
    channel: str,
    lines: Sequence[HoldLineBody],
    delivery: BasketDelivery | None,
    actor: Actor,
    known: References,
) -> Wish:
    """Find everything that one basket refers to.

    Raises InvalidInputError naming every field that is wrong.
    """
    problems: list[FieldProblem] = []
    facts = known.network.channels.get(channel)
    if facts is None or not facts.active:
        problems.append(_unknown("channel", "channel", channel))
    ids = visible_location_ids(actor)
    visible = None if ids is None else frozenset(ids)
    parts = tuple(_parts(lines, visible, known, problems))
    place = _place(delivery, facts, visible, known, problems) if delivery else None
    if problems or facts is None:
        raise InvalidInputError(problems)
    return Wish(
        channel=facts,
        parts=parts,
        demand=None
        if delivery is None or place is None
        else (_demand(delivery, place, parts, facts, visible, known.network)),
        visible=visible,
    )


def _parts(
    lines: Sequence[HoldLineBody],
    visible: frozenset[int] | None,
    known: References,
    problems: list[FieldProblem],
) -> Iterator[Part]:
    """Yield what has to be kept for each line: a kit is kept as its components."""
    for number, line in enumerate(lines):
        sku = known.skus.get(line.sku)
        if sku is None or not sku.active:
            problems.append(_unknown(f"lines[{number}].sku", "SKU", line.sku))
            continue
        index = None
        if line.location is not None:
            index = known.network.by_code.get(line.location)
            if index is None or not _may_use(known.network.locations[index], visible):
                problems.append(_unknown(f"lines[{number}].location", "location", line.location))
                continue
        if not sku.components:
            yield Part(number, sku, line.quantity, index)
        for item in sku.components:
            yield Part(number, known.skus[item.code], line.quantity * item.quantity, index)


def _may_use(location: LocationFacts, visible: frozenset[int] | None) -> bool:
    return location.active and (visible is None or location.id in visible)


def _place(
    delivery: BasketDelivery,
    channel: ChannelFacts | None,
    visible: frozenset[int] | None,
    known: References,
    problems: list[FieldProblem],
) -> Place | None:
    if isinstance(delivery, CollectBasketBody):
        shop = known.network.location(delivery.location)
        if shop is None or not _may_use(shop, visible):
            problems.append(_unknown("delivery.location", "location", delivery.location))
            return None
        return Place(shop.latitude, shop.longitude, "given")
    if channel is not None and delivery.country not in channel.countries:
        problems.append(
            FieldProblem(
                "delivery.country",
                "country_not_served",
                f"channel {channel.code} does not deliver to {delivery.country}",
                f"Send one of {', '.join(sorted(channel.countries))}.",
            )
        )
    if delivery.latitude is not None and delivery.longitude is not None:
        return Place(delivery.latitude, delivery.longitude, "given")
    key = delivery.country, delivery.postal_code
    place = resolve_places([key], revision=known.revisions.get("places", 0))[key]
    if place is None:
        problems.append(
            FieldProblem(
                "delivery.postal_code",
                "unknown_postal_code",
                f"{delivery.postal_code!r} is no known postal code of {delivery.country}",
                "Correct the postal code, or send latitude and longitude too.",
            )
        )
    return place


def _demand(
    delivery: ShipBasketBody | CollectBasketBody,
    place: Place,
    parts: Sequence[Part],
    channel: ChannelFacts,
    visible: frozenset[int] | None,
    network: NetworkSnapshot,
) -> Demand:
    shop = network.location(delivery.location) if isinstance(delivery, CollectBasketBody) else None
    service = delivery.service if isinstance(delivery, ShipBasketBody) else None
    hidden = frozenset[int]()
    if visible is not None:
        hidden = frozenset(item.id for item in network.locations if item.id not in visible)
    parts_of = Counter(part.line for part in parts)
    in_kit = {line: number > 1 for line, number in parts_of.items()}
    return Demand(
        lines=tuple(
            demand_line(part.sku, part.quantity, f"line {part.line}" if in_kit[part.line] else "")
            for part in parts
            if part.location is None
        ),
        method=Method.PICKUP if shop else Method.SHIP,
        channel_code=channel.code,
        country=shop.country if shop else getattr(delivery, "country", ""),
        latitude=place.latitude,
        longitude=place.longitude,
        service_codes=(service,) if service else None,
        pickup_location_id=shop.id if shop else None,
        exclusions=hidden,
        postal_code=shop.postal_code if shop else getattr(delivery, "postal_code", ""),
    )


def _unknown(field: str, what: str, code: str) -> FieldProblem:
    return FieldProblem(
        field=field,
        code=f"unknown_{what.lower()}",
        message=f"there is no active {what} {code!r} that you may use",
        fix=f"Send the code of an active {what}.",
    )
