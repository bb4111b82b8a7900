"""What a parcel costs at each site beside work and carriage: by its owner, and by how full it is.

Under one policy, as whole costs. A site's day fills while a batch is decided.
"""

import numpy as np
from numpy.typing import NDArray

from chaland.promise.engine import as_cost
from chaland.sourcing.rules.units import HIGHEST
from chaland.sourcing.types import Policy

Integers = NDArray[np.int64]


class SitePrices:
    """``total`` by location (L); it follows the load (``refresh``)."""

    def __init__(self, owner: Integers, full_day: int, capacity: Integers, load: Integers) -> None:
        self._owner, self._full_day, self._daily = owner, full_day, capacity
        used = np.minimum(np.maximum(load, 0), capacity)
        self._capacity: Integers = np.where(
            capacity > 0, full_day * used // np.maximum(capacity, 1), 0
        )
        self.total: Integers = owner + self._capacity

    def refresh(self, location: int, waiting: int) -> bool:
        """Note that *waiting* fulfilment orders are at a location; tell whether its price moved."""
        daily = self._daily.item(location)
        if not self._full_day or daily <= 0:
            return False
        price = self._full_day * min(max(waiting, 0), daily) // daily
        moved = price != self._capacity.item(location)
        self._capacity[location] = price
        self.total[location] = price + self._owner.item(location)
        return moved

    def terms(self, location: int) -> tuple[int, int]:
        """Return what the day's load and what the owner adds at one location."""
        return self._capacity.item(location), self._owner.item(location)


def site_prices_of(
    policy: Policy, capacity: NDArray[np.int32], load: NDArray[np.int32]
) -> SitePrices | None:
    """Return what *policy* adds by site; None where it adds nothing.

    *capacity* is how many fulfilment orders leave each location in a day (0: any number), *load*
    how many wait there.
    """
    weights = policy.weights
    by_owner = policy.site_prices is not None and bool(weights.owner)
    if not by_owner and not weights.capacity:
        return None
    owner = np.zeros(len(capacity), np.int64)
    if policy.site_prices is not None:
        prices = policy.site_prices * float(weights.owner)
        owner = np.rint(prices).clip(-HIGHEST, HIGHEST).astype(np.int64)
    full_day = as_cost(weights.capacity)
    return SitePrices(owner, full_day, capacity.astype(np.int64), load.astype(np.int64))
