"""What any split must cost at least: where one location is cheaper than that, no split is looked for."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chaland.promise.engine import OUT_OF_REACH
from chaland.sourcing.rules.items import Item, load_of
from chaland.sourcing.rules.pricing import Rates

_FEW_ITEMS = 4

_DIVISIONS: dict[int, tuple[tuple[tuple[int, ...], ...], ...]] = {
    2: (((0,), (1,)),),
    3: (((0,), (1, 2)), ((1,), (0, 2)), ((2,), (0, 1)), ((0,), (1,), (2,))),
    4: (
        ((0,), (1, 2, 3)),
        ((1,), (0, 2, 3)),
        ((2,), (0, 1, 3)),
        ((3,), (0, 1, 2)),
        ((0, 1), (2, 3)),
        ((0, 2), (1, 3)),
        ((0, 3), (1, 2)),
        ((0,), (1,), (2, 3)),
        ((0,), (2,), (1, 3)),
        ((0,), (3,), (1, 2)),
        ((1,), (2,), (0, 3)),
        ((1,), (3,), (0, 2)),
        ((2,), (3,), (0, 1)),
        ((0,), (1,), (2,), (3,)),
    ),
}


class SplitBound:
    """The least that a split of an order can cost, from the best of everything at once.

    Each parcel costs at least the cheapest preparation and the cheapest carriage of its weight to
    the nearest zone; each line at least the cheapest handling and the shortest waiting.
    """

    def __init__(self, rates: Rates, allowed: NDArray[np.bool_]) -> None:
        handling = rates.handling
        self._extra = handling.extra_parcel
        per_order, per_line = handling.per_order[allowed], handling.per_line[allowed]
        self._order = int(per_order.min(initial=OUT_OF_REACH))
        waiting = [int(item.waiting.min(initial=OUT_OF_REACH)) for item in rates.services]
        line = int(per_line.min(initial=OUT_OF_REACH))
        self._line = line + min(waiting, default=OUT_OF_REACH)
        self._services = rates.services
        self._floors: dict[tuple[int, int, int], int] = {}

    def of(self, items: Sequence[Item], nearest_zones: Sequence[int]) -> int:
        """Return what any split of *items* costs at least; *nearest_zones* is one zone per service."""
        count = len(items)
        fixed = count * self._line
        if count > _FEW_ITEMS:
            least = self._freight(0, 0, nearest_zones)
            return fixed + 2 * (self._order + least) + self._extra
        return fixed + min(
            sum(
                self._parcel([items[number] for number in block], nearest_zones)
                for block in division
            )
            + self._extra * (len(division) - 1)
            for division in _DIVISIONS[count]
        )

    def _parcel(self, items: Sequence[Item], nearest_zones: Sequence[int]) -> int:
        load = load_of(items, None)
        return self._order + self._freight(load.grams, load.heaviest_unit, nearest_zones)

    def _freight(self, grams: int, heaviest_unit: int, nearest_zones: Sequence[int]) -> int:
        return min(
            self._floor(place, grams, heaviest_unit, zone)
            for place, zone in enumerate(nearest_zones)
        )

    def _floor(self, place: int, grams: int, heaviest_unit: int, zone: int) -> int:
        """Return the cheapest price of a weight from *zone* on, where prices need not rise with distance."""
        rates = self._services[place]
        if heaviest_unit > rates.carriage.heaviest:
            return OUT_OF_REACH
        if grams == 0:
            return self._lightest(place, zone)
        full, weight_class = rates.carriage.parcels(grams)
        if full:
            return self._lightest(place, zone)
        key = (place, weight_class, zone)
        if key not in self._floors:
            self._floors[key] = int(rates.weighted_prices[weight_class, zone:].min())
        return self._floors[key]

    def _lightest(self, place: int, zone: int) -> int:
        key = (place, -1, zone)
        if key not in self._floors:
            self._floors[key] = int(self._services[place].weighted_prices[:, zone:].min())
        return self._floors[key]
