"""The shipped orders of a batch, priced a few at a time to stay in the processor's cache.

Orders that share destination country, services and release delay form one lane group: one set of
tables serves them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chaland.promise.engine import OUT_OF_REACH, rounded_km
from chaland.sourcing.rules.bounds import SplitBound
from chaland.sourcing.rules.eligibility import Eligibility
from chaland.sourcing.rules.items import Item, Load, load_of
from chaland.sourcing.rules.pricing import UNREACHABLE, Integers, Rates
from chaland.sourcing.types import Demand, Policy

Stock = NDArray[np.int32]

CHUNK = 32
NEAREST = 8


@dataclass(slots=True, eq=False)
class Entry:
    """One shipped order: its row in the group's tables, its items, who may serve it.

    ``refused`` holds the dense indexes of locations that might serve but refused this order before.
    ``apart`` is what each parcel carries from a single location, where one is not enough because
    of lines that ship alone.
    """

    row: int
    demand: Demand
    items: list[Item]
    load: Load
    eligibility: Eligibility
    refused: frozenset[int]
    policy: Policy
    apart: Sequence[tuple[Item, ...]] = ()


class Chunk:
    """Some orders of a group, priced: a list or array per fact, in rows from *first* on."""

    def __init__(self, rates: Rates, first: int, entries: Sequence[Entry]) -> None:
        self.first, self.end = first, first + len(entries)
        self._rates, self._entries = rates, entries
        rows = slice(self.first, self.end)
        loads = [entry.load for entry in entries]
        self.costs, self.choices = rates.price_rows(rows, loads)
        for place, entry in enumerate(entries):
            if entry.apart:
                self.costs[place] = self._apart(entry)
        self._units: Integers | None = None
        if rates.units is not None:
            self._units = rates.units.of_orders([entry.items for entry in entries])
            self.costs += self._units
        self._shut_out()
        zones = [item.zones[rows].min(axis=1).tolist() for item in rates.services]
        self.zones = list(zip(*zones, strict=True)) if zones else [()] * len(entries)
        self._near = nearest_of(rates.cosines[rows])
        self.near: list[list[int]] = self._near.tolist()
        near_cosines = np.take_along_axis(rates.cosines[rows], self._near, axis=1)
        self.near_km: list[list[float]] = rounded_km(near_cosines).tolist()
        self._summarise()

    def refresh(self, location: int, *, after: int) -> None:
        """Price one location again for the orders after row *after*."""
        first = max(after + 1, self.first)
        if first >= self.end:
            return
        part = slice(first - self.first, self.end - self.first)
        loads = [entry.load for entry in self._entries[part]]
        column = np.array([location], np.intp)
        costs, choices = self._rates.price_rows(slice(first, self.end), loads, column)
        for place, entry in enumerate(self._entries[part]):
            if entry.apart:
                costs[place] = self._apart(entry, column)
        if self._units is not None:
            costs[:, 0] += self._units[part, location]
        shut = self.costs[part, location] >= UNREACHABLE
        self.costs[part, location] = np.where(shut, OUT_OF_REACH, costs[:, 0])
        self.choices[part, location] = choices[:, 0]
        self._summarise()

    def _apart(self, entry: Entry, columns: NDArray[np.intp] | None = None) -> Integers:
        """Return what the parcels of an order cost together from each location (C)."""
        loads = [load_of(items, entry.load.promised) for items in entry.apart]
        costs, _ = self._rates.price_loads(entry.row, loads, columns)
        extra = self._rates.handling.extra_parcel * (len(loads) - 1)
        total: Integers = np.minimum(costs.sum(axis=0) + extra, OUT_OF_REACH)
        return total

    def _shut_out(self) -> None:
        """Put locations that may not serve an order out of its reach."""
        entries = self._entries
        if len({id(entry.eligibility) for entry in entries}) == 1:
            self.costs += entries[0].eligibility.penalty
        else:
            self.costs += np.stack([entry.eligibility.penalty for entry in entries])
        for place, entry in enumerate(entries):
            for location in entry.refused:
                self.costs[place, location] += OUT_OF_REACH

    def _summarise(self) -> None:
        self.eligible: NDArray[np.bool_] = self.costs < UNREACHABLE
        self.eligible_counts: list[int] = np.count_nonzero(self.eligible, axis=1).tolist()
        self.ideals: list[int] = self.costs.argmin(axis=1).tolist()
        self.near_costs: list[list[int]] = np.take_along_axis(
            self.costs, self._near, axis=1
        ).tolist()


class Priced(NamedTuple):
    """One order with what each location (L) would cost it.

    ``costs`` are UNREACHABLE or more where a location may not or cannot serve, ``eligible`` where
    it may and can; ``ideal`` is the cheapest of all, whatever it holds. ``near`` lists the nearest
    locations with cost and distance in kilometres; ``zones`` is the nearest zone by service.
    """

    entry: Entry
    rates: Rates
    costs: Integers
    eligible: NDArray[np.bool_]
    eligible_count: int
    choices: NDArray[np.int8]
    ideal: int
    near: list[tuple[int, int, float]]
    zones: tuple[int, ...]


class LaneGroup:
    """Orders that share their tables. They are asked for in rising order of row."""

    def __init__(self, policy: Policy, rates: Rates, entries: Sequence[Entry]) -> None:
        self.policy = policy
        self.rates = rates
        self._entries = entries
        self._chunk = Chunk(rates, 0, entries[:CHUNK])
        self._bounds: dict[int, SplitBound] = {}

    def priced(self, entry: Entry) -> Priced:
        """Return what each location would cost the order."""
        chunk = self._chunk
        if entry.row >= chunk.end:
            entries = self._entries[entry.row : entry.row + CHUNK]
            chunk = self._chunk = Chunk(self.rates, entry.row, entries)
        place = entry.row - chunk.first
        near = zip(chunk.near[place], chunk.near_costs[place], chunk.near_km[place], strict=True)
        return Priced(
            entry,
            self.rates,
            chunk.costs[place],
            chunk.eligible[place],
            chunk.eligible_counts[place],
            chunk.choices[place],
            chunk.ideals[place],
            list(near),
            chunk.zones[place],
        )

    def may_split_below(self, priced: Priced, stock: Stock, cost: int) -> bool:
        """Tell whether a split of the order could cost less than *cost*."""
        bound, items = self._bound(priced.entry), priced.entry.items
        if bound.has_unit_prices:
            cost -= bound.units(items, stock)
        return bound.rough(items, priced.zones) < cost and bound.of(items, priced.zones) < cost

    def split_bound(self, priced: Priced, items: Sequence[Item], stock: Stock) -> int:
        """Return what any split of *items* costs at least, as things stand now."""
        bound = SplitBound(self.rates, priced.entry.eligibility.allowed)
        return bound.of(items, priced.zones) + bound.units(items, stock)

    def refresh(self, location: int, queue_days: int | None, *, after: int) -> None:
        """Price one location again for the orders after row *after*, whose load has grown.

        *queue_days* is its queue where that has grown by a day, else None.
        """
        if queue_days is not None:
            self.rates.refresh(location, queue_days)
        self._chunk.refresh(location, after=after)

    def _bound(self, entry: Entry) -> SplitBound:
        key = id(entry.eligibility)
        bound = self._bounds.get(key)
        if bound is None:
            bound = self._bounds[key] = SplitBound(self.rates, entry.eligibility.allowed)
        return bound


def nearest_of(cosines: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return for each row the places of its largest cosines, largest first; ties by place."""
    rows = np.arange(len(cosines))
    left = cosines.copy()
    near = np.empty((len(cosines), min(NEAREST, cosines.shape[1])), np.intp)
    for rank in range(near.shape[1]):
        # A few passes for the largest cost less than sorting, or than a partial sort.
        near[:, rank] = left.argmax(axis=1)
        left[rows, near[:, rank]] = -2
    return near
