"""The shipped orders of a batch, priced a few at a time, so that what is worked on stays in the processor's cache.

Orders that share destination country, services and release delay form one lane group: one set of
tables serves them all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chaland.promise.engine import OUT_OF_REACH, km_at
from chaland.sourcing.rules.bounds import SplitBound
from chaland.sourcing.rules.eligibility import Eligibility
from chaland.sourcing.rules.items import Item
from chaland.sourcing.rules.pricing import Integers, Load, Rates
from chaland.sourcing.types import Demand

CHUNK = 32
NEAREST = 12


@dataclass(slots=True, eq=False)
class Entry:
    """One shipped order: its row in the group's tables, its items, who may serve it.

    ``refused`` holds the dense indexes of locations that might serve but refused this order before.
    """

    row: int
    demand: Demand
    items: list[Item]
    load: Load
    eligibility: Eligibility
    refused: frozenset[int]


class LaneGroup:
    """Costs of the group's orders from every location. Orders are asked for in rising order of row."""

    def __init__(self, rates: Rates, entries: Sequence[Entry]) -> None:
        self.rates = rates
        self._entries = entries
        self._first = self._end = 0
        self._cost: Integers = np.empty((0, 0), np.int64)
        self._choice: NDArray[np.int8] = np.empty((0, 0), np.int8)
        self._near: list[list[int]] = []
        self._near_costs: list[list[int]] = []
        self._zones: list[tuple[int, ...]] = []
        self._bounds: dict[int, SplitBound] = {}

    def costs(self, entry: Entry) -> Integers:
        """Return what each location would cost (L); OUT_OF_REACH where it may not or cannot serve."""
        if entry.row >= self._end:
            self._price(entry.row)
        row: Integers = self._cost[entry.row - self._first]
        return row

    def choice(self, entry: Entry, location: int) -> int:
        """Return the place of the cheapest service from a location."""
        return self._choice.item(entry.row - self._first, location)

    def nearest(self, entry: Entry) -> Iterator[tuple[int, int]]:
        """Return the nearest locations of all with their costs, nearest first."""
        place = entry.row - self._first
        return zip(self._near[place], self._near_costs[place], strict=True)

    def distance_km(self, entry: Entry, location: int) -> float:
        """Return how far a location is from the destination, to 100 m."""
        return round(km_at(self.rates.cosines.item(entry.row, location)), 1)

    def may_split_below(self, entry: Entry, cost: int) -> bool:
        """Tell whether a split of the order could cost less than *cost*."""
        bound, zones = self._bound(entry)
        return bound.rough(len(entry.items), zones) < cost and bound.of(entry.items, zones) < cost

    def split_bound(self, entry: Entry) -> int:
        """Return what any split of the order costs at least."""
        bound, zones = self._bound(entry)
        return bound.of(entry.items, zones)

    def _bound(self, entry: Entry) -> tuple[SplitBound, tuple[int, ...]]:
        key = id(entry.eligibility)
        bound = self._bounds.get(key)
        if bound is None:
            bound = self._bounds[key] = SplitBound(self.rates, entry.eligibility.allowed)
        return bound, self._zones[entry.row - self._first]

    def refresh(self, location: int, queue_days: int, *, after: int) -> None:
        """Price one location again for the orders after row *after*: its queue has grown by a day."""
        self.rates.refresh(location, queue_days)
        first = max(after + 1, self._first)
        if first >= self._end:
            return
        rows = slice(first, self._end)
        loads = [entry.load for entry in self._entries[rows]]
        cost, choice = self.rates.price_rows(rows, loads, np.array([location], np.intp))
        place = slice(first - self._first, self._end - self._first)
        shut = self._cost[place, location] >= OUT_OF_REACH
        self._cost[place, location] = np.where(shut, OUT_OF_REACH, cost[:, 0])
        self._choice[place, location] = choice[:, 0]

    def _price(self, first: int) -> None:
        rows = slice(first, min(first + CHUNK, len(self._entries)))
        entries = self._entries[rows]
        self._first, self._end = rows.start, rows.stop
        self._cost, self._choice = self.rates.price_rows(rows, [entry.load for entry in entries])
        if len({id(entry.eligibility) for entry in entries}) == 1:
            self._cost += entries[0].eligibility.penalty
        else:
            self._cost += np.stack([entry.eligibility.penalty for entry in entries])
        for place, entry in enumerate(entries):
            for location in entry.refused:
                self._cost[place, location] += OUT_OF_REACH
        cosines = self.rates.cosines[rows]
        near = nearest_of(cosines)
        self._near = near.tolist()
        self._near_costs = np.take_along_axis(self._cost, near, axis=1).tolist()
        zones = [rates.zones[rows].min(axis=1).tolist() for rates in self.rates.services]
        self._zones = list(zip(*zones, strict=True)) if zones else [()] * len(entries)


def nearest_of(cosines: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return for each row the NEAREST largest cosines' places, largest first; ties by place."""
    count = cosines.shape[1]
    if count > NEAREST:
        near = np.argpartition(cosines, count - NEAREST, axis=1)[:, count - NEAREST :]
        near.sort(axis=1)
    else:
        near = np.broadcast_to(np.arange(count), cosines.shape)
    order = np.argsort(-np.take_along_axis(cosines, near, axis=1), axis=1, kind="stable")
    return np.take_along_axis(near, order, axis=1)
