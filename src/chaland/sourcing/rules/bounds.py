"""What any split must cost at least: where one location costs less, none is looked for."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chaland.promise.engine import OUT_OF_REACH
from chaland.sourcing.rules.items import Item
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
        self._parcels: dict[tuple[int, int, tuple[int, ...]], int] = {}

    def rough(self, count: int, nearest_zones: tuple[int, ...]) -> int:
        """Return a lower, quicker bound that looks at no weight."""
        return count * self._line + 2 * self._parcel(0, 0, nearest_zones) + self._extra

    def of(self, items: Sequence[Item], nearest_zones: tuple[int, ...]) -> int:
        """Return what any split of *items* costs at least; *nearest_zones* has one per service."""
        count = len(items)
        if count > _FEW_ITEMS or count == 1:
            return self.rough(count, nearest_zones)
        best = 2 * OUT_OF_REACH
        for division in _DIVISIONS[count]:
            total = self._extra * (len(division) - 1)
            for block in division:
                grams = heaviest = 0
                for number in block:
                    item = items[number]
                    grams += item.quantity * item.unit_grams
                    heaviest = max(heaviest, item.unit_grams)
                total += self._parcel(grams, heaviest, nearest_zones)
            best = min(best, total)
        return count * self._line + best

    def _parcel(self, grams: int, heaviest_unit: int, nearest_zones: tuple[int, ...]) -> int:
        """Return what a parcel costs at least, its lines aside; of any weight if it weighs 0 g."""
        key = (grams, heaviest_unit, nearest_zones)
        least = self._parcels.get(key)
        if least is None:
            floors = [
                self._floor(place, grams, heaviest_unit, zone)
                for place, zone in enumerate(nearest_zones)
            ]
            least = self._parcels[key] = self._order + min(floors, default=OUT_OF_REACH)
        return least

    def _floor(self, place: int, grams: int, heaviest_unit: int, zone: int) -> int:
        """Return one service's lowest price from *zone* on; prices need not rise with distance."""
        rates = self._services[place]
        if heaviest_unit > rates.carriage.heaviest:
            return OUT_OF_REACH
        full, weight_class = rates.carriage.parcels(grams)
        if full or not grams:
            return int(rates.weighted_prices[:, zone:].min())
        return int(rates.weighted_prices[weight_class, zone:].min())
