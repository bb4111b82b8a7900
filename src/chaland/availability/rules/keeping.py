"""The arithmetic of keeping back: how much of what is there a channel may not sell."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chaland.inventory.types import MAX_ON_HAND

Units = NDArray[np.int32]

EVERYTHING = MAX_ON_HAND
"""As many units as never stay behind when one is taken."""


class Keeping(NamedTuple):
    """What the rules of a channel keep back of SKUs of one kind at each location (L).

    ``units`` stay in any case; nothing is sold below ``threshold``; ``percent`` of what is there
    stays, rounded up. The largest of the three counts, not their sum. ``closed`` locations sell
    nothing.
    """

    units: Units
    threshold: Units
    percent: Units
    closed: NDArray[np.bool_]

    @classmethod
    def nothing(cls, width: int) -> "Keeping":
        """Return what keeps nothing back at *width* locations."""
        none = np.zeros(width, np.int32)
        return cls(none, none, none, np.zeros(width, np.bool_))

    @classmethod
    def stacked(cls, keepings: "Sequence[Keeping]") -> "Keeping":
        """Return one with a row for each of *keepings*."""
        return cls(
            np.stack([item.units for item in keepings]),
            np.stack([item.threshold for item in keepings]),
            np.stack([item.percent for item in keepings]),
            np.stack([item.closed for item in keepings]),
        )

    def rows(self, places: NDArray[np.intp]) -> "Keeping":
        """Return the rows at *places*."""
        return Keeping(
            self.units[places], self.threshold[places], self.percent[places], self.closed[places]
        )

    @property
    def is_nothing(self) -> bool:
        """Tell whether nothing is kept back anywhere."""
        return not (
            self.closed.any() or self.units.any() or self.threshold.any() or self.percent.any()
        )


def kept_back(available: Units, keeping: Keeping) -> Units:
    """Return the units of *available* (any shape ending in L, none negative) that stay.

    Never more than is there.
    """
    kept = np.maximum(keeping.units, percentage_of(available, keeping.percent))
    nothing_sold = keeping.closed | (available < keeping.threshold)
    return np.where(nothing_sold, available, np.minimum(kept, available))


def percentage_of(available: Units, percent: Units) -> Units:
    """Return *percent* of *available*, rounded up to whole units."""
    product = available.astype(np.int64) * percent
    return (-(-product // 100)).astype(np.int32)


def kept_after(quantity: int, keeping: Keeping, location: int) -> int:
    """Return how many units must be left at a location after *quantity* (≥ 1) are taken.

    ``kept_back`` lets *quantity* go exactly when as many units or more are left, whatever is there:
    what is sold grows with what is there, so there is a least stock from which *quantity* may go.
    """
    if keeping.closed.item(location):
        return EVERYTHING
    percent = keeping.percent.item(location)
    if percent >= 100:  # noqa: PLR2004 - all of it
        return EVERYTHING
    least = max(
        quantity + keeping.units.item(location),
        keeping.threshold.item(location),
        -(-100 * quantity // (100 - percent)),
    )
    return least - quantity


def kept_at(available: int, keeping: Keeping, location: int) -> int:
    """Return what ``kept_back`` does for one location; for changing one number without arrays."""
    if keeping.closed.item(location) or available < keeping.threshold.item(location):
        return available
    share = -(-available * keeping.percent.item(location) // 100)
    return min(available, max(share, keeping.units.item(location)))
