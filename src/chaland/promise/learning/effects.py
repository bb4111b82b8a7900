"""How long a parcel of this kind takes beside others: numbers and shrunken effects.

The logarithm of a duration is a sum: an intercept, slopes of what can be measured (distance,
weight, items, price, stated time) and one effect for each site, carrier, area, lane and weekday.
Each effect is drawn towards none as if ``STRENGTH`` parcels of an average kind had been seen too,
so a site with three parcels hardly has one and a site with three hundred has its own: partial
pooling (Gelman & Hill 2007, *Data Analysis Using Regression and Multilevel/Hierarchical Models*,
ch. 12), found by backfitting (Hastie & Tibshirani 1990).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chaland.promise.learning.parcels import Floats, Ints, Mask, Stage, Trip

STRENGTH: Mapping[str, float] = {
    "site": 8.0,
    "carrier": 20.0,
    "origin": 10.0,
    "destination": 10.0,
    "area": 30.0,
    "district": 30.0,
    "lane": 30.0,
    "weekday": 60.0,
}
"""The factors, and how many parcels' worth of doubt each effect starts with."""

_MEASURED = 5
_RIDGE = 4.0
_ROUNDS = 8
_FEWEST_KM = 50.0
_MOST_LEVERAGE = 0.6
_FLAT = 1e-6
_BETWEEN = "→"


def measures(trips: Sequence[Trip], stage: Stage) -> Floats:
    """Return a row for each trip of what can be measured; NaN is unknown."""
    rows = np.array(
        [
            (
                np.nan if trip.distance_km is None else trip.distance_km,
                trip.weight_grams,
                trip.items,
                trip.stated_days(stage) or np.nan,
                trip.carriage_price or np.nan,
            )
            for trip in trips
        ],
        np.float64,
    ).reshape(-1, _MEASURED)
    far = np.log1p(np.maximum(rows[:, 0], 0) / _FEWEST_KM)
    heavy = np.log(np.maximum(rows[:, 1], 50.0) / 1000.0)
    stated = np.log(np.clip(rows[:, 3], 0.5, 60.0))
    paid = np.log(np.maximum(rows[:, 4], 1.0))
    many = np.log(np.maximum(rows[:, 2], 1))
    return np.column_stack([far, far**2, heavy, heavy**2, many, stated, paid])


def labels(trips: Sequence[Trip], weekdays: Ints) -> dict[str, list[str]]:
    """Return the label of each trip in every factor; an empty label has no effect."""
    found: dict[str, list[str]] = {
        "site": [trip.site for trip in trips],
        "carrier": [trip.carrier for trip in trips],
        "origin": [_area(trip.origin, 0) for trip in trips],
        "destination": [_area(trip.destination, 0) for trip in trips],
        "area": [_area(trip.destination, 1) for trip in trips],
        "district": [_area(trip.destination, 2) for trip in trips],
        "weekday": [str(day) for day in weekdays],
    }
    found["lane"] = [
        f"{start}{_BETWEEN}{end}" if start and end else ""
        for start, end in zip(found["origin"], found["destination"], strict=True)
    ]
    return found


@dataclass(frozen=True, slots=True)
class Factor:
    """The effects of one factor: what each label adds, and how many parcels say so."""

    effects: Mapping[str, float]
    parcels: Mapping[str, float]

    def of(self, names: Sequence[str]) -> Floats:
        """Return the effect of each label; none for one that was never seen."""
        return np.array([self.effects.get(name, 0.0) for name in names], np.float64)


@dataclass(frozen=True, slots=True)
class Effects:
    """A fitted structure; ``centre`` and ``spread`` standardise the measures."""

    intercept: float
    centre: Floats
    spread: Floats
    slopes: Floats
    factors: Mapping[str, Factor]

    def log_scale(self, measured: Floats, named: Mapping[str, Sequence[str]]) -> Floats:
        """Return the logarithm of the usual duration, in days of working time."""
        found = self.intercept + _standard(measured, self.centre, self.spread) @ self.slopes
        for name, factor in self.factors.items():
            found = found + factor.of(named[name])
        return np.asarray(found, np.float64)

    def form(self) -> dict[str, Any]:
        """Return the structure as JSON."""
        return {
            "intercept": self.intercept,
            "centre": self.centre.tolist(),
            "spread": self.spread.tolist(),
            "slopes": self.slopes.tolist(),
            "factors": {
                name: [dict(factor.effects), dict(factor.parcels)]
                for name, factor in self.factors.items()
            },
        }

    @classmethod
    def of(cls, form: Mapping[str, Any]) -> "Effects":
        """Read a structure back."""
        return cls(
            form["intercept"],
            np.array(form["centre"], np.float64),
            np.array(form["spread"], np.float64),
            np.array(form["slopes"], np.float64),
            {name: Factor(*pair) for name, pair in form["factors"].items()},
        )


def fit(
    measured: Floats, named: Mapping[str, Sequence[str]], durations: Floats, weights: Floats
) -> tuple[Effects, Floats]:
    """Fit the structure to *durations* (days of working time, above nothing).

    The second value is the log scale each parcel would be given had it not been seen itself
    (leave one out, by leverage): what a parcel says of itself must not flatter the calibration.
    """
    target = np.log(durations)
    centre, spread = _moments(measured)
    design = np.column_stack([np.ones(len(target)), _standard(measured, centre, spread)])
    gram = (design * weights[:, None]).T @ design
    gram += np.diag([1e-6] + [_RIDGE] * measured.shape[1])
    inverse = np.linalg.inv(gram)
    groups = {name: _grouped(named[name], weights) for name in STRENGTH}
    effects = {name: np.zeros(len(group.names)) for name, group in groups.items()}
    slopes = np.zeros(design.shape[1])
    rest = target.copy()
    for _ in range(_ROUNDS):
        rest += design @ slopes
        slopes = inverse @ ((design * weights[:, None]).T @ rest)
        rest -= design @ slopes
        for name, group in groups.items():
            rest += effects[name][group.index]
            effects[name] = group.shrunken(rest, weights, STRENGTH[name])
            rest -= effects[name][group.index]
    leverage = weights * np.einsum("ij,jk,ik->i", design, inverse, design)
    for name, group in groups.items():
        leverage += group.leverage(weights, STRENGTH[name])
    alone = target - rest / (1 - np.minimum(leverage, _MOST_LEVERAGE))
    factors = {
        name: Factor(
            _rounded(group.names, effects[name]), _rounded(group.names, group.total, digits=1)
        )
        for name, group in groups.items()
    }
    return Effects(float(slopes[0]), centre, spread, slopes[1:], factors), alone


@dataclass(frozen=True, slots=True)
class _Group:
    """The labels of one factor as numbers; the label without a name is never counted."""

    names: list[str]
    index: Ints
    total: Floats
    counted: Mask

    def shrunken(self, rest: Floats, weights: Floats, strength: float) -> Floats:
        sums = np.bincount(self.index, weights * rest, minlength=len(self.names))
        return np.where(self.counted, sums / (self.total + strength), 0.0)

    def leverage(self, weights: Floats, strength: float) -> Floats:
        each = np.where(self.counted, 1.0 / (self.total + strength), 0.0)
        return np.asarray(weights * each[self.index], np.float64)


def _grouped(names: Sequence[str], weights: Floats) -> _Group:
    known, index = np.unique(np.array(names, dtype=np.str_), return_inverse=True)
    total = np.bincount(index, weights, minlength=len(known)).astype(np.float64)
    return _Group(known.tolist(), index, total, known != "")


def _moments(measured: Floats) -> tuple[Floats, Floats]:
    """Return mean and spread of each column; one that says nothing has the spread 1."""
    known = ~np.isnan(measured)
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, measured, 0.0)
    centre = filled.sum(axis=0) / count
    spread = np.sqrt((np.where(known, measured - centre, 0.0) ** 2).sum(axis=0) / count)
    return centre, np.where(spread > _FLAT, spread, 1.0)


def _standard(measured: Floats, centre: Floats, spread: Floats) -> Floats:
    """Standardise; what is unknown counts as the mean."""
    return np.nan_to_num((measured - centre) / spread, nan=0.0)


def _rounded(names: Sequence[str], values: Floats, *, digits: int = 6) -> dict[str, float]:
    return {
        name: round(float(value), digits) for name, value in zip(names, values, strict=True) if name
    }


def _area(areas: tuple[str, ...], depth: int) -> str:
    return "/".join(areas[: depth + 1]) if len(areas) > depth else ""
