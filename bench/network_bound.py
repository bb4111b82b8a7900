"""What the orders would have cost at least, for one who knew every shelf and every order.

Any way to serve the orders gives each a set of parcels, every line whole from one site, and takes
no more of a position than was ever there. Let go of the latter at a price *m* ≥ 0 a unit
(Lagrange): then each order takes its cheapest parcels at cost plus prices, found exactly by dynamic
programming over the subsets of its lines, and

    sum over orders of that minimum - sum over positions of m × what was there

is at most what any way costs, whatever *m* is. The prices are improved by subgradient steps; the
best bound of all steps is kept. Capacity, promises and time are let go of altogether, so the bound
is lower than anything that could be done.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chaland.lab.simulation import Scenario
from chaland.network.types import unit_vectors
from chaland.promise.engine import OUT_OF_REACH, as_cost

_REACH = 0.06
"""By what share of it the bound may be expected to rise: how far a step goes (Polyak)."""

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    rows: Integers
    quantities: Integers
    zones: npt.NDArray[np.intp]
    tariffs: Floats  # subset by zone
    sizes: Integers


def hindsight_bound(scenario: Scenario, *, unfilled: float, rounds: int = 25) -> float:
    """Return a cost (currency units) that no way to serve the scenario can go below.

    A line that is not sent costs *unfilled* a unit.
    """
    problem = _Problem(scenario, unfilled)
    prices = np.zeros(problem.there.shape)
    best = -np.inf
    for number in range(rounds):
        value, used = problem.value(prices)
        best = max(best, value)
        excess = used - problem.there
        over = np.where((excess > 0) | (prices > 0), excess, 0)
        norm = float((over.astype(np.float64) ** 2).sum())
        if not norm:
            break
        step = _REACH * value / norm * 0.9**number
        prices = np.maximum(0.0, prices + step * over)
    return best / 10_000


class _Problem:
    def __init__(self, scenario: Scenario, unfilled: float) -> None:
        self.there = scenario.actual.astype(np.int64)
        changes = scenario.changes
        added = np.maximum(changes.actual, 0)
        np.add.at(self.there, (changes.row, changes.location), added)
        locations = scenario.network.locations
        self._order = np.array([as_cost(item.cost_per_order) for item in locations], np.float64)
        self._line = np.array([as_cost(item.cost_per_line) for item in locations], np.float64)
        self._unfilled = unfilled * 10_000
        self._orders = _orders(scenario)

    def value(self, prices: Floats) -> tuple[float, Integers]:
        """Return the bound that *prices* give, and what the orders would take at them."""
        used = np.zeros(self.there.shape, np.int64)
        total = 0.0
        for order in self._orders:
            total += self._serve(order, prices, used)
        return total - float((prices * self.there).sum()), used

    def _serve(self, order: _Order, prices: Floats, used: Integers) -> float:
        count = len(order.rows)
        extra = np.where(
            self.there[order.rows] >= order.quantities[:, None],
            self._line + prices[order.rows] * order.quantities[:, None],
            float(OUT_OF_REACH),
        )
        members = (np.arange(1, 1 << count)[:, None] >> np.arange(count)) & 1
        costs: Floats = members.astype(np.float64) @ extra
        costs = costs + order.tariffs[:, order.zones] + self._order
        sites = costs.argmin(axis=1)
        least = costs[np.arange(len(costs)), sites].tolist()
        best = [0.0] * (1 << count)
        taken = [0] * (1 << count)
        for subset in range(1, 1 << count):
            low = subset & -subset
            lone = best[subset ^ low] + self._unfilled * int(order.quantities[low.bit_length() - 1])
            part, found = subset, (lone, 0)
            while part:
                if part & low:
                    cost = least[part - 1] + best[subset ^ part]
                    if cost < found[0]:
                        found = cost, part
                part = (part - 1) & subset
            best[subset], taken[subset] = found
        left = (1 << count) - 1
        while left:
            part = taken[left]
            if not part:
                left ^= left & -left
                continue
            for line in range(count):
                if part >> line & 1:
                    used[order.rows[line], sites[part - 1]] += order.quantities[line]
            left ^= part
        return best[-1]


def _orders(scenario: Scenario) -> list[_Order]:
    carriage = scenario.promise.carriages[0]
    (tariff,) = carriage.tariffs  # one contract, one area
    demands = [arrival.demand for arrival in scenario.arrivals]
    points = unit_vectors(
        np.array([demand.latitude for demand in demands]),
        np.array([demand.longitude for demand in demands]),
    )
    zones = carriage.zones_of(points @ scenario.network.unit.T).astype(np.int8)
    found = []
    for demand, zone in zip(demands, zones, strict=True):
        quantities = np.array([line.quantity for line in demand.lines], np.int64)
        grams = np.array([line.quantity * line.weight_grams for line in demand.lines], np.int64)
        count = len(quantities)
        members = (np.arange(1, 1 << count)[:, None] >> np.arange(count)) & 1
        tariffs = [
            tariff.row(tariff.packing(weight, 0, 0)) for weight in (members @ grams).tolist()
        ]
        found.append(
            _Order(
                np.array([scenario.row_of[line.sku_id] for line in demand.lines], np.int64),
                quantities,
                zone.astype(np.intp),
                np.array(tariffs, np.float64),
                members.sum(axis=1),
            )
        )
    return found
