"""One carrier's service as tables: zones of distance, areas, the price and the days of each.

Distances are compared by the cosine of the angle between two places, which a matrix product gives
for all locations and destinations at once; a zone is the number of distance limits that a place
lies beyond. Rate cards hold for some sites and from some day on: each (card, season) is a tariff,
and which one a site's parcels are charged by is looked up by the day on which they leave.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from math import acos, copysign, cos, inf

import numpy as np
from numpy.typing import NDArray

from chaland.kernel.geo import EARTH_RADIUS_KM
from chaland.network.types import NetworkSnapshot
from chaland.promise.rules.areas import EVERYWHERE, AreaMap, covering
from chaland.promise.rules.deliveries import DeliveryPattern
from chaland.promise.rules.departures import Collection
from chaland.promise.rules.packing import OUT_OF_REACH, Cargo, Integers, Packing, Tariff
from chaland.promise.types import (
    COST_UNIT,
    Area,
    CarrierServiceDraft,
    Charges,
    OriginKind,
    RateCardFacts,
    RateRow,
    TransitBand,
)

Floats = NDArray[np.float64]

_NO_TRANSIT = TransitBand(up_to_km=None, earliest_days=0, latest_days=0)
_SPECIFIC = (OriginKind.LOCATION, OriginKind.GROUP, OriginKind.ALL)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Carriage:
    """Arrays of one service. ``limits`` (Z-1, falling cosines) part Z zones of distance.

    A price is looked up in the tariff of the site on the day of departure, by the weight, the
    area of the destination and the zone: column ``area * zones + zone``. ``by_scope`` (S × K) is
    the tariff of each scope of sites in each period, ``scopes`` (L) the scope of each site and
    ``period_starts`` (K-1) the days on which the later periods begin. ``by_volume`` says whether
    anything depends on a load's size.
    """

    limits: Floats
    areas: AreaMap
    tariffs: tuple[Tariff, ...]
    by_scope: Integers
    scopes: Integers
    period_starts: Integers
    saturday: int
    by_volume: bool
    co2_grams_per_parcel: int
    earliest_days: Integers
    latest_days: Integers
    collection: Collection
    delivery: DeliveryPattern

    @property
    def zones(self) -> int:
        """How many zones of distance there are."""
        return len(self.limits) + 1

    @property
    def width(self) -> int:
        """How many prices a parcel has in one tariff: areas times zones."""
        return len(self.areas) * self.zones

    @property
    def heaviest(self) -> int:
        """The heaviest unit that goes by any tariff, in grams."""
        return max(tariff.heaviest for tariff in self.tariffs)

    def zones_of(self, cosines: Floats) -> NDArray[np.intp]:
        """Return the zone of each cosine, in the same shape."""
        zones = np.zeros(cosines.shape, np.int8)
        for limit in self.limits:
            zones += cosines < limit
        return zones.astype(np.intp)

    def tariffs_of(self, days: Integers) -> Integers:
        """Return by which tariff each site (L) is charged for what leaves on its day of *days*."""
        return self.by_scope[self.scopes, self.period_starts.searchsorted(days, side="right")]

    def tariff_at(self, location: int, day: int) -> int:
        """Return by which tariff one site is charged for what leaves on *day*."""
        period = int(self.period_starts.searchsorted(day, side="right"))
        return int(self.by_scope[self.scopes[location], period])

    def freight(self, cargo: Cargo, *, location: int, day: int, area: int, cosine: float) -> int:
        """Return what carrying *cargo* costs that leaves a site on *day*, Saturdays aside."""
        tariff = self.tariffs[self.tariff_at(location, day)]
        if cargo.heaviest_unit > tariff.heaviest:
            return OUT_OF_REACH
        zone = int(np.count_nonzero(self.limits > cosine))
        packing = tariff.packing(cargo.grams, cargo.volume_cm3, cargo.longest_mm)
        return int(tariff.row(packing)[area * self.zones + zone])


def carriage_of(
    service: CarrierServiceDraft,
    cards: Sequence[RateCardFacts] = (),
    network: NetworkSnapshot | None = None,
) -> Carriage:
    """Lay out *service* as tables, with its rate *cards* for the sites of *network*."""
    tables = [own_rows(service), *(card.rows for card in cards)]
    limits = _limits(service, tables)
    middles = [_beyond(limit) for limit in limits]
    transit = [_transit(service.transit_bands, km) for km in middles]
    reached = np.array([item is not _NO_TRANSIT for item in transit])
    areas = AreaMap(_areas(service.charges, tables))
    starts = _period_starts(service.charges, cards)
    scopes, in_force = _scopes(cards, network)
    tariffs: dict[tuple[int, int], Tariff] = {}
    by_scope = []
    for known in in_force:
        row = []
        for start in (0, *starts):
            card = _card_at(known, cards, start)
            key = (card, _season(service.charges, start))
            if key not in tariffs:
                rows = tables[card]
                prices = _prices(rows, areas, middles, service.charges, key[1])
                weights = sorted({item.max_weight_grams for item in rows})
                shut = np.where(np.tile(reached, len(areas)), prices, OUT_OF_REACH)
                tariffs[key] = Tariff(tuple(weights), shut, service.charges)
            row.append(list(tariffs).index(key))
        by_scope.append(row)
    return Carriage(
        limits=np.array([cosine_at(km) for km in limits if km], np.float64),
        areas=areas,
        tariffs=tuple(tariffs.values()),
        by_scope=np.array(by_scope, np.int64),
        scopes=scopes,
        period_starts=np.array(starts, np.int64),
        saturday=as_cost(service.charges.saturday),
        by_volume=_looks_at_size(service.charges),
        co2_grams_per_parcel=service.charges.co2_grams_per_parcel,
        earliest_days=np.array([item.earliest_days for item in transit], np.int64),
        latest_days=np.array([item.latest_days for item in transit], np.int64),
        collection=Collection(
            frozenset(service.collection_weekdays),
            service.last_collection,
            service.delivers_on_holidays,
        ),
        delivery=DeliveryPattern(
            frozenset(service.delivery_weekdays),
            service.delivers_on_holidays,
            service.delivery_from,
            service.delivery_until,
        ),
    )


def as_cost(amount: Decimal) -> int:
    """Return *amount* in whole 1/10 000 of the currency unit."""
    return int((amount * COST_UNIT).to_integral_value(ROUND_HALF_EVEN))


def cosine_at(km: float) -> float:
    """Return the cosine of the angle between two places *km* apart."""
    return cos(km / EARTH_RADIUS_KM)


def km_at(cosine: float) -> float:
    """Return how far apart two places are, to 100 m, from the cosine of the angle between them."""
    if cosine > 1.0 or cosine < -1.0:  # by a rounding error, where two places are one
        cosine = copysign(1.0, cosine)
    return int(EARTH_RADIUS_KM * acos(cosine) * 10 + 0.5) / 10


def rounded_km(cosines: Floats) -> Floats:
    """Return ``km_at`` of many cosines."""
    angles = np.arccos(np.clip(cosines, -1.0, 1.0))
    tenths: Floats = np.floor(EARTH_RADIUS_KM * angles * 10 + 0.5)
    return tenths / 10


def _looks_at_size(charges: Charges) -> bool:
    """Tell whether anything depends on how large a load is."""
    sized = charges.volumetric_divisor is not None or charges.oversize_mm is not None
    return sized or bool(charges.boxes)


def own_rows(service: CarrierServiceDraft) -> tuple[RateRow, ...]:
    """Return the service's own tariff as the rows of a card that holds everywhere."""
    return tuple(
        RateRow(
            areas=(EVERYWHERE,),
            max_weight_grams=row.max_weight_grams,
            up_to_km=band.up_to_km,
            price=band.price,
        )
        for row in service.tariff
        for band in row.bands
    )


def _limits(service: CarrierServiceDraft, tables: Iterable[Sequence[RateRow]]) -> list[int]:
    """Return where a zone begins: at 0 km and beyond every limit that any table names."""
    named = {band.up_to_km for band in service.transit_bands}
    named |= {row.up_to_km for rows in tables for row in rows}
    return [0, *sorted(km for km in named if km is not None)]


def _beyond(limit: int) -> float:
    """Return a distance inside the zone that begins at *limit*: limits are whole kilometres."""
    return limit + 0.5


def _transit(bands: Sequence[TransitBand], km: float) -> TransitBand:
    return next((band for band in bands if km <= _end(band.up_to_km)), _NO_TRANSIT)


def _end(up_to_km: int | None) -> float:
    return inf if up_to_km is None else up_to_km


def _areas(charges: Charges, tables: Iterable[Sequence[RateRow]]) -> set[Area]:
    remote = {area for item in charges.remote for area in item.areas}
    return remote.union(*(row.areas for rows in tables for row in rows))


def _period_starts(charges: Charges, cards: Iterable[RateCardFacts]) -> list[int]:
    days = {card.valid_from.toordinal() for card in cards}
    for season in charges.seasons:
        days |= {season.first.toordinal(), season.last.toordinal() + 1}
    return sorted(days)


def _season(charges: Charges, day: int) -> int:
    """Return what the seasons add to each parcel on *day*."""
    return sum(
        as_cost(item.amount)
        for item in charges.seasons
        if item.first.toordinal() <= day <= item.last.toordinal()
    )


def _scopes(
    cards: Sequence[RateCardFacts], network: NetworkSnapshot | None
) -> tuple[Integers, list[tuple[tuple[int, ...], ...]]]:
    """Return the scope of each site, and what holds in each: cards' numbers, by kind of origin.

    Number 0 is the service's own tariff.
    """
    everywhere = tuple(n for n, card in enumerate(cards, 1) if card.origin_kind is OriginKind.ALL)
    if network is None:
        return np.zeros(1, np.int64), [(everywhere,)]
    groups: dict[str, set[str]] = {}
    for code, group in network.groups.items():
        for location in group.locations:
            groups.setdefault(location, set()).add(code)
    found: dict[tuple[tuple[int, ...], ...], int] = {}
    scopes = []
    for site in network.locations:
        own = {
            OriginKind.LOCATION: {site.code},
            OriginKind.GROUP: groups.get(site.code, set()),
            OriginKind.ALL: {""},
        }
        holds = tuple(
            tuple(
                number
                for number, card in enumerate(cards, 1)
                if card.origin_kind is kind and card.origin in own[kind]
            )
            for kind in _SPECIFIC
        )
        scopes.append(found.setdefault(holds, len(found)))
    return np.array(scopes, np.int64), list(found) or [(everywhere,)]


def _card_at(holds: Sequence[Sequence[int]], cards: Sequence[RateCardFacts], day: int) -> int:
    """Return the number of the card in force on *day*: the most specific, then the latest."""
    for numbers in holds:
        started = [n for n in numbers if cards[n - 1].valid_from.toordinal() <= day]
        if started:
            # Of two groups' cards of one day the group first by name counts.
            origin = min(
                (-cards[n - 1].valid_from.toordinal(), cards[n - 1].origin, n) for n in started
            )
            return origin[2]
    return 0


def _prices(
    rows: Sequence[RateRow],
    areas: AreaMap,
    middles: Sequence[float],
    charges: Charges,
    season: int,
) -> Integers:
    """Return what one parcel costs, all surcharges included that depend on no size: W × (A × Z)."""
    tables: dict[Area, dict[int, list[RateRow]]] = {}
    for row in rows:
        for area in row.areas:
            tables.setdefault(area, {}).setdefault(row.max_weight_grams, []).append(row)
    weights = sorted({row.max_weight_grams for row in rows})
    blocks = []
    for area in areas.areas:
        named = covering(area, tables)
        by_weight = {} if named is None else tables[named]
        more = season + as_cost(charges.per_parcel) + _remote(area, charges)
        prices = np.array(
            [
                [_price(by_weight.get(grams, ()), km, charges) for km in middles]
                for grams in weights
            ],
            np.int64,
        )
        blocks.append(np.where(prices < OUT_OF_REACH, prices + more, OUT_OF_REACH))
    table = np.concatenate(blocks, axis=1)
    for place in range(len(weights) - 2, -1, -1):
        # What reaches less far than something heavier is charged like the heavier.
        unreached = table[place] >= OUT_OF_REACH
        table[place] = np.where(unreached, table[place + 1], table[place])
    return table


def _remote(area: Area, charges: Charges) -> int:
    return sum(
        as_cost(item.amount) for item in charges.remote if covering(area, item.areas) is not None
    )


def _price(rows: Iterable[RateRow], km: float, charges: Charges) -> int:
    reaching = [row for row in rows if km <= _end(row.up_to_km)]
    if not reaching:
        return OUT_OF_REACH
    price = min(reaching, key=lambda row: _end(row.up_to_km)).price
    return as_cost(price) + as_cost(price * charges.fuel_percent / 100)


__all__ = [
    "OUT_OF_REACH",
    "Cargo",
    "Carriage",
    "Packing",
    "Tariff",
    "as_cost",
    "carriage_of",
    "cosine_at",
    "km_at",
    "rounded_km",
]
