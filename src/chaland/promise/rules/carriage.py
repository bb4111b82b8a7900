"""One carrier's service as tables: zones of distance, the price and the days of each.

Distances are compared by the cosine of the angle between two places, which a matrix product gives
for all locations and destinations at once; a zone is the number of distance limits that a place
lies beyond.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from math import acos, copysign, cos, inf

import numpy as np
from numpy.typing import NDArray

from chaland.kernel.geo import EARTH_RADIUS_KM
from chaland.promise.rules.deliveries import DeliveryPattern
from chaland.promise.rules.departures import Collection
from chaland.promise.types import COST_UNIT, CarrierServiceDraft, PriceBand, TransitBand

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

OUT_OF_REACH = 2**45
"""The cost of what cannot be done: beyond any real one, yet thousands of it fit in 63 bits."""

_NO_TRANSIT = TransitBand(up_to_km=None, earliest_days=0, latest_days=0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Carriage:
    """Arrays of one service. ``limits`` (Z-1, falling cosines) part Z zones of distance.

    ``prices[w, z]`` is what a parcel of weight class *w* costs to zone *z*, in 1/10 000 of the
    currency unit, OUT_OF_REACH where the service does not go. ``weights`` are the upper limits of
    the classes, in grams.
    """

    limits: Floats
    weights: tuple[int, ...]
    prices: Integers
    earliest_days: Integers
    latest_days: Integers
    collection: Collection
    delivery: DeliveryPattern

    @property
    def zones(self) -> int:
        """How many zones of distance there are."""
        return int(self.prices.shape[1])

    @property
    def heaviest(self) -> int:
        """The heaviest parcel that goes, in grams."""
        return self.weights[-1]

    def parcels(self, grams: int) -> tuple[int, int]:
        """Return how many full parcels *grams* fill, and the weight class of the last one."""
        full, rest = divmod(grams, self.heaviest)
        if full and not rest:
            full, rest = full - 1, self.heaviest
        return full, bisect_left(self.weights, rest)

    def zones_of(self, cosines: Floats) -> NDArray[np.intp]:
        """Return the zone of each cosine, in the same shape."""
        zones = np.zeros(cosines.shape, np.int8)
        for limit in self.limits:
            zones += cosines < limit
        return zones.astype(np.intp)


def carriage_of(service: CarrierServiceDraft) -> Carriage:
    """Lay out *service* as tables."""
    limits = _limits(service)
    middles = [_beyond(limit) for limit in limits]
    transit = [_transit(service.transit_bands, km) for km in middles]
    reached = np.array([item is not _NO_TRANSIT for item in transit])
    prices = np.array(
        [[_price(row.bands, km) for km in middles] for row in service.tariff], np.int64
    )
    return Carriage(
        limits=np.array([cosine_at(km) for km in limits if km], np.float64),
        weights=tuple(row.max_weight_grams for row in service.tariff),
        prices=np.where(reached[None, :], prices, OUT_OF_REACH),
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


def _limits(service: CarrierServiceDraft) -> list[int]:
    """Return where a zone begins: at 0 km and beyond every limit that any table names."""
    named = {band.up_to_km for band in service.transit_bands}
    named |= {band.up_to_km for row in service.tariff for band in row.bands}
    return [0, *sorted(km for km in named if km is not None)]


def _beyond(limit: int) -> float:
    """Return a distance inside the zone that begins at *limit*: limits are whole kilometres."""
    return limit + 0.5


def _transit(bands: Sequence[TransitBand], km: float) -> TransitBand:
    return next((band for band in bands if km <= _end(band)), _NO_TRANSIT)


def _price(bands: Sequence[PriceBand], km: float) -> int:
    band = next((band for band in bands if km <= _end(band)), None)
    return OUT_OF_REACH if band is None else as_cost(band.price)


def _end(band: TransitBand | PriceBand) -> float:
    return inf if band.up_to_km is None else band.up_to_km
