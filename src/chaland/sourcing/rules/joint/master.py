"""The master problem: one plan for each order, no resource beyond its amount; solved by HiGHS."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import highspy
import numpy as np

from chaland.sourcing.rules.joint.columns import Column, Resource

SEED = 4711
"""HiGHS breaks ties by a seed: the same problem has the same answer on every run."""

_ENOUGH = 0.5
"""A plan is taken where the solver gives it more than this; whole numbers come as 0.999…"""


class Relaxed(NamedTuple):
    """The optimum of the linear relaxation: its value, each order's price, each resource's."""

    value: float
    orders: list[float]
    prices: dict[Resource, float]


class Master:
    """Grows by columns; a resource has a row from the first column on that takes of it."""

    def __init__(self, present: Sequence[Column], amount: Callable[[Resource], int | None]) -> None:
        self._amount = amount
        self._present = list(present)
        self.columns: list[Column] = []
        self._known: set[tuple[int, object]] = set()
        self._amounts: dict[Resource, int | None] = {}
        self._rows: dict[Resource, int] = {}
        solver: Any = highspy.Highs
        self._solver = solver()
        for option, value in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", SEED),
            ("mip_rel_gap", 0.0),
            ("mip_abs_gap", 0.5),
        ):
            self._solver.setOptionValue(option, value)
        none = np.zeros(0, np.int32)
        for _ in present:
            self._solver.addRow(1.0, 1.0, 0, none, none.astype(np.float64))
        for column in present:
            self.add(column)

    def add(self, column: Column) -> bool:
        """Take a column in, unless its order has that plan already."""
        key = column.order, column.placement
        if key in self._known:
            return False
        self._known.add(key)
        self.columns.append(column)
        taken = [(self._row(item), units) for item, units in column.uses]
        entries = [(column.order, 1), *((row, units) for row, units in taken if row is not None)]
        rows = np.array([row for row, _ in entries], np.int32)
        units = np.array([count for _, count in entries], np.float64)
        self._solver.addCol(float(column.cost), 0.0, highspy.kHighsInf, len(entries), rows, units)
        return True

    def _row(self, resource: Resource) -> int | None:
        if resource not in self._amounts:
            amount = self._amounts[resource] = self._amount(resource)
            if amount is not None:
                none = np.zeros(0, np.int32)
                self._rows[resource] = self._solver.getNumRow()
                self._solver.addRow(
                    -highspy.kHighsInf, float(amount), 0, none, none.astype(np.float64)
                )
        return self._rows.get(resource)

    def amount_of(self, resource: Resource) -> int | None:
        """Return how much there is of a resource that some column takes of."""
        return self._amounts.get(resource)

    def relax(self, seconds: float) -> Relaxed | None:
        """Solve with parts of plans allowed; None where the solver came to no optimum in time."""
        self._give(seconds)
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        duals = self._solver.getSolution().row_dual
        # The price of a resource is what one more unit of it would save.
        prices = {item: max(0.0, -duals[row]) for item, row in self._rows.items()}
        orders = [duals[row] for row in range(len(self._present))]
        value = self._solver.getInfo().objective_function_value
        return Relaxed(value, orders, {item: price for item, price in prices.items() if price > 0})

    def choose(self, seconds: float) -> tuple[Sequence[Column], bool, bool]:
        """Choose whole plans, starting from the present ones.

        Return a column for each order, whether the search came to its end, and whether its answer
        holds: it is checked by whole numbers, and must not cost more than what is.
        """
        count = len(self.columns)
        places = np.arange(count, dtype=np.int32)
        kind = np.full(count, highspy.HighsVarType.kInteger.value, np.uint8)
        self._solver.changeColsIntegrality(count, places, kind)
        start = highspy.HighsSolution()
        held = {(column.order, column.placement) for column in self._present}
        start.col_value = [
            1.0 if (column.order, column.placement) in held else 0.0 for column in self.columns
        ]
        self._give(seconds)
        self._solver.setSolution(start)
        self._solver.run()
        status = self._solver.getModelStatus()
        finished = status == highspy.HighsModelStatus.kOptimal
        if not finished and status != highspy.HighsModelStatus.kTimeLimit:
            return self._present, False, False
        values = self._solver.getSolution().col_value
        taken = [
            column for column, value in zip(self.columns, values, strict=False) if value > _ENOUGH
        ]
        chosen = sorted(taken, key=lambda column: column.order)
        if not self._holds(chosen):
            return self._present, False, not finished
        before = sum(column.cost for column in self._present)
        cheaper = sum(column.cost for column in chosen) < before
        return (chosen if cheaper else self._present), finished, True

    def _holds(self, chosen: Sequence[Column]) -> bool:
        if [column.order for column in chosen] != list(range(len(self._present))):
            return False
        taken: Counter[Resource] = Counter()
        for column in chosen:
            for item, units in column.uses:
                taken[item] += units
        amounts = [(self._amounts[item], units) for item, units in taken.items()]
        return all(amount is None or units <= amount for amount, units in amounts)

    def _give(self, seconds: float) -> None:
        # HiGHS counts the time of all its runs together.
        limit = self._solver.getRunTime() + max(seconds, 0.01)
        self._solver.setOptionValue("time_limit", limit)
