"""The arithmetic of keeping back: how much of what is there a channel may not sell."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chaland.inventory.types import MAX_ON_HAND

Units = NDArray[np.int32]

EVERYTHING = MAX_ON_HAND
"""As many units as never stay behind when one is taken."""

_ALL_PERCENT = 100


class Keeping(NamedTuple):
    """What the rules of a channel keep back of SKUs of one sort at each location (L).

    ``units`` stay in any case; nothing is sold below ``threshold``; ``percent`` of what is there
    stays, rounded up. The largest of the three counts, not their sum. ``closed`` locations sell
    nothing. None stands for what no rule asks for anywhere.
    """

    units: Units | None = None
    threshold: Units | None = None
    percent: Units | None = None
    closed: NDArray[np.bool_] | None = None

    @property
    def is_nothing(self) -> bool:
        """Tell whether nothing is kept back anywhere."""
        return all(part is None for part in self)


def kept_back(available: Units, keeping: Keeping) -> Units:
    """Return the units of *available* (any shape ending in L, none negative) that stay.

    Never more than is there.
    """
    kept = np.zeros_like(available) if keeping.units is None else keeping.units
    if keeping.percent is not None:
        kept = np.maximum(kept, percentage_of(available, keeping.percent))
    kept = np.minimum(kept, available)
    if keeping.threshold is not None:
        kept = np.where(available < keeping.threshold, available, kept)
    if keeping.closed is not None:
        kept = np.where(keeping.closed, available, kept)
    return kept


def percentage_of(available: Units, percent: Units) -> Units:
    """Return *percent* of *available*, rounded up to whole units."""
    product = available.astype(np.int64) * percent
    return (-(-product // 100)).astype(np.int32)


def kept_at(available: int, keeping: Keeping, location: int) -> int:
    """Return what ``kept_back`` does for one location; for changing one number without arrays."""
    if _closed(keeping, location) or available < _at(keeping.threshold, location):
        return available
    share = -(-available * _at(keeping.percent, location) // 100)
    return min(available, max(share, _at(keeping.units, location)))


def kept_after(quantity: int, keeping: Keeping, location: int) -> int:
    """Return how many units must be left at a location after *quantity* (≥ 1) are taken.

    ``kept_back`` lets *quantity* go exactly when as many units or more are left, whatever is there:
    what is sold grows with what is there, so there is a least stock from which *quantity* may go.
    """
    percent = _at(keeping.percent, location)
    if _closed(keeping, location) or percent >= _ALL_PERCENT:
        return EVERYTHING
    least = max(
        quantity + _at(keeping.units, location),
        _at(keeping.threshold, location),
        -(-100 * quantity // (100 - percent)),
    )
    return least - quantity


def _at(part: Units | None, location: int) -> int:
    return 0 if part is None else part.item(location)


def _closed(keeping: Keeping, location: int) -> bool:
    return keeping.closed is not None and keeping.closed.item(location)
