"""Into how many parcels a load goes, what counts as their weight, and what they cost."""

from bisect import bisect_left
from decimal import ROUND_HALF_EVEN
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chaland.promise.types import COST_UNIT, Charges

Integers = NDArray[np.int64]

OUT_OF_REACH = 2**45
"""The cost of what cannot be done: beyond any real one, yet thousands of it fit in 63 bits."""


class Cargo(NamedTuple):
    """What is sent together: ``heaviest_unit`` in grams, ``longest_mm`` the longest side."""

    grams: int
    heaviest_unit: int = 0
    volume_cm3: int = 0
    longest_mm: int = 0


class Packing(NamedTuple):
    """``shares`` equal shares, each of ``full`` parcels of the greatest weight and a last one.

    ``weight_class`` is that of the last parcel; ``extra`` is what boxes and size cost together.
    """

    shares: int
    full: int
    weight_class: int
    extra: int

    @property
    def parcels(self) -> int:
        """How many parcels there are."""
        return self.shares * (self.full + 1)


class Tariff:
    """Prices of one parcel by weight (W, upper limits ``weights`` in grams) and column (C)."""

    def __init__(self, weights: tuple[int, ...], prices: Integers, charges: Charges) -> None:
        self.weights = weights
        self.prices = prices
        self._charges = charges
        self._volumes = tuple(box.volume_cm3 for box in charges.boxes)
        # A card may stop at less than the box weighs that the service states: then it takes little.
        self._tares = tuple(min(box.tare_grams, weights[-1] - 1) for box in charges.boxes)
        self._box_costs = tuple(
            int((box.cost * COST_UNIT).to_integral_value(ROUND_HALF_EVEN)) for box in charges.boxes
        )
        self._oversize = int((charges.oversize * COST_UNIT).to_integral_value(ROUND_HALF_EVEN))

    @property
    def heaviest(self) -> int:
        """The heaviest unit that one parcel takes beside its box, in grams."""
        return self.weights[-1] - max(self._tares, default=0)

    def packing(self, grams: int, volume_cm3: int, longest_mm: int) -> Packing:
        """Return how a load is packed.

        First so many equal shares that each fits the largest box, then, by what counts as its
        weight, each share into full parcels and one with the rest, all in the share's box.
        """
        charges = self._charges
        divisor = charges.volumetric_divisor
        if divisor and volume_cm3:
            grams = max(grams, -(-volume_cm3 * 1000 // divisor))
        shares, tare, box = 1, 0, 0
        if self._volumes:
            shares = max(-(-volume_cm3 // self._volumes[-1]), 1)
            size = bisect_left(self._volumes, -(-volume_cm3 // shares))
            tare, box = self._tares[size], self._box_costs[size]
            grams = -(-grams // shares)
        heaviest = self.weights[-1] - tare
        full, rest = divmod(grams, heaviest)
        if full and not rest:
            full, rest = full - 1, heaviest
        if charges.oversize_mm is not None and longest_mm > charges.oversize_mm:
            box += self._oversize
        extra = shares * (full + 1) * box
        return Packing(shares, full, bisect_left(self.weights, rest + tare), extra)

    def row(self, packing: Packing) -> Integers:
        """Return what a load so packed costs, by column (C)."""
        last: Integers = self.prices[packing.weight_class]
        if packing.parcels == 1 and not packing.extra:
            return last
        heaviest = self.prices[-1]
        cost = packing.shares * (packing.full * heaviest + last) + packing.extra
        shut: NDArray[np.bool_] = last >= OUT_OF_REACH
        if packing.full:
            shut = shut | (heaviest >= OUT_OF_REACH)
        result: Integers = np.where(shut, OUT_OF_REACH, cost)
        return result
