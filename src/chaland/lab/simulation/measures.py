"""What a period came to, and how sure the difference of two ways is.

Two ways live through the same orders with the same luck, so they are compared order by order:
orders are taken in blocks of their sequence, each block gives one difference of means, and
Student's t over the blocks gives the interval (batch means; Law, *Simulation Modeling and
Analysis*, ch. 9). Blocks rather than orders, because stock and queues tie neighbours together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from chaland.lab.simulation.scenario import Scenario
from chaland.lab.simulation.state import State
from chaland.promise.types import COST_UNIT

Floats = NDArray[np.float64]

BLOCKS = 20

_T_95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093,
)  # fmt: skip
"""Student's t for 95 %, by degrees of freedom from 1."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with the 95 % interval around it."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Measures:
    """What one way came to. ``by_order`` has a value for each order, by the measure's name.

    ``cost`` is freight, handling and packaging in the currency unit, ``parcels`` how many came,
    ``split`` whether more than one, ``refusals`` lines that pickers missed, ``late`` whether the
    last parcel came after the promise, ``kept`` whether everything came by then, ``co2`` kilograms,
    ``unfilled`` units that nobody had. Sites: ``site_parcels``, ``site_refusals``, ``stock_outs``.
    """

    by_order: Mapping[str, Floats]
    site_parcels: NDArray[np.int64]
    site_refusals: NDArray[np.int64]
    stock_outs: NDArray[np.int64]

    def mean(self, name: str) -> float:
        """Return the mean over the orders."""
        values = self.by_order[name]
        return float(values.mean()) if len(values) else 0.0

    def interval(self, name: str) -> Interval:
        """Return the mean over the orders, and how sure it is."""
        return interval_of(self.by_order[name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One measure of two ways: both means, the second less the first, and its interval."""

    name: str
    before: float
    after: float
    difference: Interval

    @property
    def certain(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.difference.low > 0 or self.difference.high < 0


def measures_of(scenario: Scenario, state: State) -> Measures:
    """Measure what a finished simulation came to."""
    facts = state.orders
    promised = np.array(
        [_promised(arrival.demand.promised_latest) for arrival in scenario.arrivals], np.float64
    )
    money = facts["freight"] + facts["handling"] + facts["packaging"]
    unfilled = facts["units_unfilled"]
    late = facts["arrived_at"] > promised
    by_order = {
        "cost": money / COST_UNIT,
        "freight": facts["freight"] / COST_UNIT,
        "handling": (facts["handling"] + facts["packaging"]) / COST_UNIT,
        "parcels": facts["parcels"].astype(np.float64),
        "split": (facts["parcels"] > 1).astype(np.float64),
        "refusals": facts["refusals"].astype(np.float64),
        "late": late.astype(np.float64),
        "kept": (~late & (unfilled == 0)).astype(np.float64),
        "co2": facts["co2"] / 1000,
        "unfilled": unfilled.astype(np.float64),
    }
    return Measures(
        by_order=by_order,
        site_parcels=state.site_parcels,
        site_refusals=state.site_refusals,
        stock_outs=state.stock_outs,
    )


def compare(before: Measures, after: Measures) -> list[Comparison]:
    """Compare every measure of two ways through the same orders."""
    return [
        Comparison(
            name=name,
            before=before.mean(name),
            after=after.mean(name),
            difference=interval_of(after.by_order[name] - values),
        )
        for name, values in before.by_order.items()
    ]


def interval_of(values: Floats) -> Interval:
    """Return the mean of a sequence of values, with 95 % around it; itself if there are few."""
    if not len(values):
        return Interval(0.0, 0.0, 0.0)
    mean = float(values.mean())
    blocks = min(BLOCKS, len(values))
    if blocks <= 1:
        return Interval(mean, mean, mean)
    size = len(values) // blocks
    means = values[: blocks * size].reshape(blocks, size).mean(axis=1)
    reach = _T_95[blocks - 2] * float(means.std(ddof=1)) / sqrt(blocks)
    return Interval(mean, mean - reach, mean + reach)


def _promised(latest: datetime | None) -> float:
    return np.inf if latest is None else latest.timestamp()
