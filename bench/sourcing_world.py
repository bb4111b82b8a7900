"""The instances of Jasin and Sinha (2015) and Ma (2023), and the product's own world of each.

Ten cities, five fulfilment centres and a last-resort supplier on the other side of the Earth, which
never runs out. A unit weighs a kilogram and the carrier's rate card has a band for every distance
between a city and a site, so that a parcel costs exactly what the instance says: a box, and so much
for each unit by its miles.
"""

import csv
import os
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chaland.kernel.geo import EARTH_RADIUS_KM
from chaland.network.types import unit_vectors
from chaland.promise.types import PriceBand, PriceRow
from chaland.sourcing.types import Demand, StrategyWeights, World
from tests.sourcing.worlds import Scene, Site, service, ship

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SHARED = Path(os.environ.get("CHALAND_SHARED", Path(__file__).resolve().parents[2] / "shared"))
DATA = SHARED / "data" / "routing_js_ma"

ITEMS, ARRIVALS = 20, 10_000
SIZES, TYPES_A_SIZE = 5, 5
CARRIED = 0.75
BOX = 8.759
PER_UNIT, PER_UNIT_MILE = 0.423, 0.000541
KM_A_MILE = 1.61
LAST_RESORT_AT = (-38.0, 80.0)
"""Near the other end of the Earth from the middle of the United States."""

_KG = 1000
_OTHER_TERMS = {
    name: Decimal(0) for name in ("handling", "delay_per_line_day", "late_per_line_day")
} | {"extra_parcel": Decimal(0)}


@dataclass(frozen=True)
class Instance:
    """What is known before the first order; arrays are cities × centres or items × centres.

    ``types`` are sets of items, ``type_shares`` how likely each is (the empty order is the rest).
    """

    seed: int
    cities: Floats
    centres: Floats
    city_shares: Floats
    types: tuple[tuple[int, ...], ...]
    type_shares: Floats
    carried: NDArray[np.bool_]

    @cached_property
    def km(self) -> Floats:
        """How far each city is from each centre."""
        return _km(self.cities, self.centres)

    @cached_property
    def unit_costs(self) -> Floats:
        """What carrying one unit costs, the box aside."""
        costs: Floats = PER_UNIT + PER_UNIT_MILE * self.km / KM_A_MILE
        return costs

    @cached_property
    def last_resort_costs(self) -> Floats:
        """What a unit of the last-resort supplier costs by city, its dearer box aside."""
        costs: Floats = 2 * self.unit_costs.max(axis=1)
        return costs

    @cached_property
    def shares(self) -> Floats:
        """How likely an arrival is to be each type from each city (types × cities)."""
        return np.outer(self.type_shares, self.city_shares)

    @cached_property
    def nearest(self) -> Integers:
        """The centres of each city, the nearest first."""
        return np.argsort(self.km, axis=1)

    @cached_property
    def stock(self) -> Integers:
        """The starting stock: expected demand of the cities that it is nearest to, and a margin."""
        wanted = np.zeros(ITEMS)
        for items, share in zip(self.types, self.type_shares, strict=True):
            wanted[list(items)] += share
        attributed = np.zeros(self.carried.shape)
        for city, near in enumerate(self.nearest):
            for item in range(ITEMS):
                carriers = [centre for centre in near if self.carried[item, centre]]
                if carriers:
                    attributed[item, carriers[0]] += wanted[item] * self.city_shares[city]
        spread = np.sqrt(ARRIVALS * attributed * (1 - attributed))
        return np.rint(ARRIVALS * attributed + 0.5 * spread).astype(np.int64)

    def arrivals(self, number: int) -> tuple[Integers, Integers]:
        """Draw sequence *number*: the type (-1: empty) and city of each arrival."""
        draw = np.random.default_rng([self.seed, 1 + number])
        empty = max(0.0, 1 - float(self.type_shares.sum()))
        shares = np.array([empty, *self.type_shares])
        types = draw.choice(len(shares), ARRIVALS, p=shares / shares.sum()) - 1
        return types, draw.choice(len(self.cities), ARRIVALS, p=self.city_shares)


def instance(seed: int) -> Instance:
    """Draw instance *seed*. Raises FileNotFoundError without the shared data."""
    draw = np.random.default_rng([seed, 0])
    cities = _table("cities_warmup.csv")
    population = cities[:, 2]
    types = tuple(
        tuple(sorted(draw.choice(ITEMS, size, replace=False).tolist()))
        for size in range(1, SIZES + 1)
        for _ in range(TYPES_A_SIZE)
    )
    sizes = draw.random(SIZES + 1)  # the empty order is one more size
    sizes /= sizes.sum()
    within = draw.random((SIZES, TYPES_A_SIZE))
    within /= within.sum(axis=1, keepdims=True)
    centres = _table("fulfillment_centers_warmup.csv")
    return Instance(
        seed=seed,
        cities=cities[:, :2],
        centres=centres[:, :2],
        city_shares=population / population.sum(),
        types=types,
        type_shares=(sizes[1:, None] * within).ravel(),
        carried=draw.random((ITEMS, len(centres))) < CARRIED,
    )


class Shop:
    """The product's world of an instance, and the demand of each type and city."""

    def __init__(self, known: Instance) -> None:
        self._known = known
        last = len(known.centres)
        places = [*map(tuple, known.centres.tolist()), LAST_RESORT_AT]
        self._sites = [
            Site(code=f"centre-{number}" if number < last else "last-resort", at=place,
                 per_order="0", per_line="0")
            for number, place in enumerate(places)
        ]  # fmt: skip
        self._service = service(
            bands=[(None, 1, 9)],
            prices=_rate_card(known),
            collection_weekdays=tuple(range(7)),
            delivery_weekdays=tuple(range(7)),
        )
        self.demands: tuple[tuple[Demand, ...], ...] = tuple(
            tuple(
                ship(dict.fromkeys(items, 1), at=(at[0], at[1]), grams=_KG)
                for at in known.cities.tolist()
            )
            for items in known.types
        )

    def world(self) -> World:
        """Return the world before the first order."""
        stock: Mapping[int, Mapping[str, int]] = {
            item: {
                f"centre-{centre}": int(units)
                for centre, units in enumerate(self._known.stock[item])
            }
            | {"last-resort": SIZES * ARRIVALS}
            for item in range(ITEMS)
        }
        return Scene(
            sites=self._sites,
            stock=stock,
            services=[self._service],
            weights=StrategyWeights(**_OTHER_TERMS),
        ).world()


def _rate_card(known: Instance) -> tuple[PriceRow, ...]:
    """Return prices for one to five units, by whole kilometres between cities and sites.

    Raises ValueError where two pairs are too close in distance to be told apart.
    """
    far = _km(known.cities, np.array([LAST_RESORT_AT]))[:, 0]
    pairs = [
        (km, BOX, unit) for km, unit in zip(known.km.ravel(), known.unit_costs.ravel(), strict=True)
    ] + [(km, 2 * BOX, unit) for km, unit in zip(far, known.last_resort_costs, strict=True)]
    pairs.sort()
    limits = [int(np.ceil(km)) for km, _, _ in pairs]
    if len(set(limits)) < len(limits):
        message = "two distances lie within the same kilometre"
        raise ValueError(message)
    return tuple(
        PriceRow(
            max_weight_grams=_KG * units,
            bands=tuple(
                PriceBand(up_to_km=limit, price=Decimal(f"{box + units * unit:.4f}"))
                for limit, (_, box, unit) in zip(limits, pairs, strict=True)
            ),
        )
        for units in range(1, SIZES + 1)
    )


def _km(starts: Floats, ends: Floats) -> Floats:
    cosines = unit_vectors(starts[:, 0], starts[:, 1]) @ unit_vectors(ends[:, 0], ends[:, 1]).T
    return np.asarray(EARTH_RADIUS_KM * np.arccos(np.clip(cosines, -1, 1)), np.float64)


def _table(name: str) -> Floats:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return np.array([[float(cell) for cell in row[2:]] for row in csv.reader(file)])
