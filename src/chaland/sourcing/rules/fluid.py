"""What the last units are worth: the linear program that spreads expected demand over stock.

Each kind of demand (a basket to a place) is served so many times by each of its *ways* (a whole
plan: parcels and the units that they take), or lost. The program chooses the shares that cost the
least within the stock; the dual price of a unit of stock is what one more of it would save. Ways
are offered as they turn out to be worth something (column generation), so that parcels shared by
several lines are priced as what they are, and nothing has to be known about how costs come about.

Gallego and van Ryzin (1997) call the program *fluid*; Jasin and Sinha (2015) use it for orders of
several items that share boxes. Averaging the prices over drawn demands instead of solving for the
expected one alone is the idea of Talluri and van Ryzin (1999): near balance, where one unit more
or less decides, the price of the mean jumps between nothing and everything.
"""

from collections.abc import Sequence
from typing import NamedTuple

import highspy
import numpy as np
from numpy.typing import NDArray

from chaland.promise.types import COST_UNIT

Floats = NDArray[np.float64]

Use = tuple[int, int, int]
"""So many units (third) of the stock in a row (first) at a location (second)."""


class Prices(NamedTuple):
    """``units`` is the worth of one more unit by row and location, ``demands`` of each demand.

    The latter is what serving one more of a demand costs, units included: a way that costs less at
    these prices would make the whole cheaper. ``cost`` is what everything costs. All in 1/10 000
    of the currency unit.
    """

    units: Floats
    demands: Floats
    cost: float


class FluidPlan:
    """The program for *lost*, what it costs to serve one of each demand not at all.

    It is solved again and again while stock and expectations change: each time from the basis of
    the time before. The same calls in the same order give the same answers.
    """

    def __init__(self, lost: Sequence[int], *, rows: int, locations: int) -> None:
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call] # its stubs say nothing
        for name, value in (("output_flag", False), ("threads", 1), ("presolve", "off")):
            self._solver.setOptionValue(name, value)
        self._demands = len(lost)
        self._shape = rows, locations
        self._stock_rows: dict[tuple[int, int], int] = {}
        self._ways: set[tuple[int, tuple[Use, ...]]] = set()
        for _ in lost:
            self._row(0.0, 0.0)
        for number, cost in enumerate(lost):
            self._column(cost, {number: 1})

    def offer(self, demand: int, cost: int, uses: Sequence[Use]) -> bool:
        """Let *demand* be served at *cost* with *uses*; tell whether that way is new."""
        way = (demand, tuple(sorted(uses)))
        if way in self._ways:
            return False
        self._ways.add(way)
        entries: dict[int, int] = {demand: 1}
        for row, location, units in uses:
            place = self._stock_row(row, location)
            entries[place] = entries.get(place, 0) + units
        self._column(cost, entries)
        return True

    def solve(self, expected: Floats, stock: NDArray[np.integer]) -> Prices:
        """Return the prices when each demand comes *expected* times, within *stock* (rows × L).

        Raises ArithmeticError when the solver finds no optimum, which only numbers that are none
        can bring about: every demand may be lost.
        """
        for number, times in enumerate(expected.tolist()):
            self._solver.changeRowBounds(number, times, times)
        for (row, location), place in self._stock_rows.items():
            held = max(int(stock[row, location]), 0)
            self._solver.changeRowBounds(place, -highspy.kHighsInf, held)
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            message = f"the solver stopped with {self._solver.getModelStatus()}"
            raise ArithmeticError(message)
        duals = np.array(self._solver.getSolution().row_dual) * COST_UNIT
        units = np.zeros(self._shape)
        if self._stock_rows:
            rows, locations = np.array(list(self._stock_rows)).T
            units[rows, locations] = np.maximum(-duals[self._demands :], 0.0)
        cost = self._solver.getInfo().objective_function_value * COST_UNIT
        return Prices(units, duals[: self._demands], cost)

    def _stock_row(self, row: int, location: int) -> int:
        key = row, location
        place = self._stock_rows.get(key)
        if place is None:
            place = self._stock_rows[key] = self._demands + len(self._stock_rows)
            self._row(-highspy.kHighsInf, 0.0)
        return place

    def _row(self, lower: float, upper: float) -> None:
        self._solver.addRow(lower, upper, 0, np.empty(0, np.int32), np.empty(0))

    def _column(self, cost: int, entries: dict[int, int]) -> None:
        self._solver.addCol(
            cost / COST_UNIT,
            0.0,
            highspy.kHighsInf,
            len(entries),
            np.array(list(entries), np.int32),
            np.array(list(entries.values()), np.float64),
        )
