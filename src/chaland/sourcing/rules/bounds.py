"""What any split must cost at least: where one location costs less, none is looked for."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chaland.promise.engine import OUT_OF_REACH
from chaland.sourcing.rules.items import Item, Load, load_of
from chaland.sourcing.rules.pricing import Rates

Stock = NDArray[np.int32]

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
    the nearest zone; each line at least the cheapest handling and the shortest waiting; each unit
    at least its lowest price where there is any. Distance and CO₂ cost nothing at least. While a
    batch is decided stock only falls and load only grows, so what was least once stays so.
    """

    def __init__(self, rates: Rates, allowed: NDArray[np.bool_]) -> None:
        handling = rates.handling
        self._extra = handling.extra_parcel
        per_order, per_line = handling.per_order, handling.per_line[allowed]
        if rates.sites is not None:
            per_order = per_order + rates.sites.total
        self._order = int(per_order[allowed].min(initial=OUT_OF_REACH))
        self._allowed, self._units = allowed, rates.units
        self._least: dict[int, int] = {}
        waiting = [int(item.waiting.min(initial=OUT_OF_REACH)) for item in rates.services]
        line = int(per_line.min(initial=OUT_OF_REACH))
        self._line = line + min(waiting, default=OUT_OF_REACH)
        self._services = rates.services
        self._parcels: dict[tuple[Load | None, tuple[int, ...]], int] = {}

    @property
    def has_unit_prices(self) -> bool:
        """Whether units cost anything by themselves."""
        return self._units is not None

    def units(self, items: Sequence[Item], stock: Stock) -> int:
        """Return what the units of *items* cost at least by themselves."""
        return sum([item.quantity * self._least_unit(item, stock) for item in items])

    def rough(self, items: Sequence[Item], nearest_zones: tuple[int, ...]) -> int:
        """Return a lower, quicker bound that looks at no weight; units' own prices aside."""
        count, parcel = len(items), self._parcel(None, nearest_zones)
        further = min(parcel + self._extra, 0)
        if further:  # a credit for each parcel: there may be as many as there are units
            further *= sum([item.quantity for item in items]) - 2
        return count * self._line + 2 * parcel + self._extra + further

    def of(self, items: Sequence[Item], nearest_zones: tuple[int, ...]) -> int:
        """Return what any split of *items* costs at least, units' own prices aside.

        *nearest_zones* has one per service.
        """
        count = len(items)
        if count > _FEW_ITEMS or any(item.quantity > 1 for item in items):
            return self.rough(items, nearest_zones)
        best = 2 * OUT_OF_REACH
        for division in _DIVISIONS[count]:
            total = self._extra * (len(division) - 1)
            for block in division:
                load = load_of([items[number] for number in block], None)
                total += self._parcel(load, nearest_zones)
            best = min(best, total)
        return count * self._line + best

    def _least_unit(self, item: Item, stock: Stock) -> int:
        if self._units is None or item.row is None:
            return 0
        least = self._least.get(item.row)
        if least is None:
            places = self._allowed & (stock[item.row] > 0)
            least = self._least[item.row] = self._units.least(item, places)
        return least

    def _parcel(self, load: Load | None, nearest_zones: tuple[int, ...]) -> int:
        """Return what a parcel costs at least, its lines aside; None: whatever it carries."""
        key = (load, nearest_zones)
        least = self._parcels.get(key)
        if least is None:
            floors = [
                self._services[place].freight.floor(load, zone)
                for place, zone in enumerate(nearest_zones)
            ]
            least = self._parcels[key] = self._order + min(floors, default=OUT_OF_REACH)
        return least
