"""What giving units away means beside carriage and work: scarce, doubtful and ageing stock.

A price a unit of each SKU at each location, as whole costs under one strategy's weights. Prices
may be negative: what ages is sold with a gain.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chaland.promise.engine import as_cost
from chaland.sourcing.rules.items import Item
from chaland.sourcing.types import StrategyWeights, UnitOutlook

Integers = NDArray[np.int64]

HIGHEST = 10**8
"""The most that a unit or a site may cost or gain: beyond any sense, and far from OUT_OF_REACH."""


class UnitTerms(NamedTuple):
    """What some units cost beside carriage and work; a gain is negative."""

    scarcity: int = 0
    unpickable: int = 0
    ageing: int = 0


_NO_TERMS = UnitTerms()


class UnitPrices:
    """Prices a unit by row of the stock and location; the last row is for SKUs without one."""

    def __init__(
        self, scarcity: Integers | None, unpickable: Integers | None, ageing: Integers | None
    ) -> None:
        self._parts = (scarcity, unpickable, ageing)
        known = [part for part in self._parts if part is not None]
        rows, locations = known[0].shape
        self.total = np.zeros((rows + 1, locations), np.int64)
        for part in known:
            self.total[:-1] += part

    def of_orders(self, orders: Sequence[Sequence[Item]]) -> Integers:
        """Return what the units of N orders cost at each location (N × L)."""
        return np.add.reduceat(
            self._priced([item for items in orders for item in items]),
            np.cumsum([0, *(len(items) for items in orders[:-1])]),
        )

    def of_items(self, items: Sequence[Item], places: NDArray[np.intp]) -> Integers:
        """Return what the units of each of *items* cost at *places* (N × P)."""
        return self._priced(items)[:, places]

    def per_unit(self, item: Item, places: NDArray[np.intp]) -> Integers:
        """Return what one unit of *item* costs at *places* (P)."""
        prices: Integers = self.total[_row(item)][places]
        return prices

    def terms(self, items: Sequence[Item], location: int) -> UnitTerms:
        """Return what *items* cost at one location, term by term."""
        return UnitTerms(
            *(
                0
                if part is None
                else sum(
                    item.quantity * part.item(item.row, location)
                    for item in items
                    if item.row is not None
                )
                for part in self._parts
            )
        )

    def least(self, item: Item, places: NDArray[np.bool_]) -> int:
        """Return what one unit of *item* costs at least at the marked *places*."""
        return int(self.total[_row(item)].min(where=places, initial=HIGHEST))

    def _priced(self, items: Sequence[Item]) -> Integers:
        quantities = np.array([item.quantity for item in items], np.int64)
        priced: Integers = self.total[[_row(item) for item in items]]
        priced *= quantities[:, None]
        return priced


def unit_terms(prices: UnitPrices | None, items: Sequence[Item], location: int) -> UnitTerms:
    """Return what *items* cost at one location; nothing where units have no price."""
    return _NO_TERMS if prices is None else prices.terms(items, location)


def unit_prices_of(outlook: UnitOutlook | None, weights: StrategyWeights) -> UnitPrices | None:
    """Return what a unit costs under *weights*; None where nothing is known or nothing counts."""
    if outlook is None:
        return None
    scarcity = _weighted(outlook.scarcity, weights.scarcity)
    ageing = _weighted(outlook.ageing, -weights.ageing)
    unpickable = None
    if outlook.unpickable is not None and weights.unpickable_unit:
        loss = as_cost(weights.unpickable_unit)
        unpickable = _whole(outlook.unpickable.astype(np.float64) * loss)
    if scarcity is None and ageing is None and unpickable is None:
        return None
    return UnitPrices(scarcity, unpickable, ageing)


def _weighted(prices: Integers | None, weight: Decimal) -> Integers | None:
    return None if prices is None or not weight else _whole(prices * np.float64(weight))


def _whole(prices: NDArray[np.float64]) -> Integers:
    return np.rint(prices).clip(-HIGHEST, HIGHEST).astype(np.int64)


def _row(item: Item) -> int:
    return -1 if item.row is None else item.row
