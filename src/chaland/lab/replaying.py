"""A run is lived through way by way and draw by draw, and can be put aside at any tick.

The work is a list of replays: today's way with each draw of the shelves, then each variant with the
same draws. Of today's only what is measured of every order is kept, to compare the others with.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from chaland.lab.reading import Period
from chaland.lab.rules import Point, frontier, next_weights
from chaland.lab.simulation import (
    Comparison,
    Interval,
    Measures,
    Simulation,
    State,
    compare,
    measures_of,
)
from chaland.lab.types import MEASURES, Spec, Variant
from chaland.lab.variants import TODAY, way_of

_SITES = ("site_parcels", "site_refusals", "stock_outs")


@dataclass(slots=True, eq=False)
class Replay:
    """Where a run stands. ``results`` is what is answered so far."""

    spec: Spec
    period: Period
    now: datetime
    results: dict[str, Any] = field(default_factory=lambda: {"ways": []})
    number: int = 0
    today: list[Measures] = field(default_factory=list)
    mine: list[Measures] = field(default_factory=list)
    simulation: Simulation | None = None

    @property
    def done(self) -> bool:
        """Whether everything was lived through."""
        return self.number >= self.spec.replays

    @property
    def progress(self) -> float:
        """How much of the work is done, 0 to 1."""
        part = self.simulation.progress if self.simulation is not None else 0.0
        return min(1.0, (self.number + part) / self.spec.replays)

    def step(self) -> None:
        """Let one tick of one replay pass."""
        if self.simulation is None:
            self.simulation = self._begin(None)
        self.simulation.step()
        if self.simulation.done:
            self._end(self.simulation)

    def dump(self) -> bytes:
        """Write down where it stands."""
        arrays: dict[str, NDArray[np.generic]] = {
            "number": np.array([self.number]),
            "fingerprint": np.frombuffer(self.period.fingerprint.encode(), np.uint8),
        }
        for name, all_ in (("today", self.today), ("mine", self.mine)):
            for draw, measures in enumerate(all_):
                for measure in MEASURES:
                    arrays[f"{name}.{draw}.{measure}"] = measures.by_order[measure]
                for sites in _SITES:
                    arrays[f"{name}.{draw}.{sites}"] = getattr(measures, sites)
        if self.simulation is not None:
            arrays["state"] = np.frombuffer(self.simulation.state.dump(), np.uint8)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()

    @classmethod
    def load(
        cls,
        written: bytes,
        results: Mapping[str, Any],
        *,
        spec: Spec,
        period: Period,
        now: datetime,
    ) -> Self:
        """Go on where ``dump`` stood; from the start, if the world is not the same any more."""
        with np.load(io.BytesIO(written), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        if arrays["fingerprint"].tobytes().decode() != period.fingerprint:
            return cls(spec, period, now)
        replay = cls(spec, period, now, dict(results), int(arrays["number"][0]))
        replay.today, replay.mine = _measured(arrays, "today"), _measured(arrays, "mine")
        if "state" in arrays:
            replay.simulation = replay._begin(State.load(arrays["state"].tobytes()))
        return replay

    def _begin(self, state: State | None) -> Simulation:
        scenario = self.period.drawn(self.number % self.spec.draws, self.spec.seed)
        way = way_of(self._variant(), scenario, now=self.now)
        return Simulation(way.scenario, way.player, state)

    def _variant(self) -> Variant:
        place = self.number // self.spec.draws - 1
        if place < 0:
            return TODAY
        if not self.spec.spans:
            return self.spec.variants[place]
        weights = next_weights(
            self.spec.spans, self._points(), tries=self.spec.tries, seed=self.spec.seed
        )
        return Variant(name=str(place + 1), strategy=self.spec.strategy, weights=weights)

    def _points(self) -> list[Point]:
        return [
            Point(
                {name: Decimal(value) for name, value in way["weights"].items()},
                way["measures"]["cost"]["mean"],
                way["measures"]["kept"]["mean"],
                way["measures"]["co2"]["mean"],
            )
            for way in self.results["ways"][1:]
        ]

    def _end(self, simulation: Simulation) -> None:
        variant = self._variant()
        self.mine.append(measures_of(simulation.scenario, simulation.state))
        self.simulation = None
        self.number += 1
        if self.number % self.spec.draws:
            return
        if not self.today:
            self.today = self.mine
            self.results["orders"] = len(self.period.scenario.arrivals)
            self.results["seen"] = _seen(self.period)
        self.results["ways"].append(self._way(variant))
        self.mine = []
        if self.spec.spans:
            self.results["frontiers"] = self._frontiers()

    def _way(self, variant: Variant) -> dict[str, Any]:
        before, after = mean_of(self.today), mean_of(self.mine)
        return {
            "name": variant.name,
            "weights": {name: str(value) for name, value in variant.weights.items()},
            "measures": {name: _interval(after.interval(name)) for name in MEASURES},
            "differences": {item.name: _difference(item) for item in compare(before, after)},
            "sites": _sites(self.period, after),
        }

    def _frontiers(self) -> dict[str, list[int]]:
        """Name the ways that no other is better than: today's is number 0."""
        means = [way["measures"] for way in self.results["ways"]]
        cost = [item["cost"]["mean"] for item in means]
        return {
            "kept": frontier(
                [(one, -item["kept"]["mean"]) for one, item in zip(cost, means, strict=True)]
            ),
            "co2": frontier(
                [(one, item["co2"]["mean"]) for one, item in zip(cost, means, strict=True)]
            ),
        }


def mean_of(draws: list[Measures]) -> Measures:
    """Return the mean of the draws, order by order and site by site."""
    count = len(draws)
    return Measures(
        by_order={
            name: sum((item.by_order[name] for item in draws), np.zeros(1)) / count
            for name in MEASURES
        },
        **{
            name: sum((getattr(item, name) for item in draws), np.zeros(1, np.int64)) // count
            for name in _SITES
        },
    )


def _measured(arrays: Mapping[str, NDArray[np.generic]], which: str) -> list[Measures]:
    found: list[Measures] = []
    while f"{which}.{len(found)}.cost" in arrays:
        start = f"{which}.{len(found)}."
        found.append(
            Measures(
                by_order={name: arrays[start + name].astype(np.float64) for name in MEASURES},
                **{name: arrays[start + name].astype(np.int64) for name in _SITES},
            )
        )
    return found


def _seen(period: Period) -> dict[str, int]:
    """Return what is known of the shelves: units that pickers found and missed in fact."""
    return {"found": int(period.found.sum()), "missed": int(period.missed.sum())}


def _interval(found: Interval) -> dict[str, float]:
    return {"mean": _short(found.mean), "low": _short(found.low), "high": _short(found.high)}


def _difference(item: Comparison) -> dict[str, Any]:
    return {**_interval(item.difference), "before": _short(item.before), "sure": item.certain}


def _short(value: float) -> float:
    return round(value, 6)


def _sites(period: Period, measures: Measures) -> list[dict[str, Any]]:
    """Return the sites that had anything to do, the busiest first."""
    locations = period.scenario.network.locations
    busy = measures.site_parcels + measures.site_refusals + measures.stock_outs
    order = np.argsort(-measures.site_parcels, kind="stable")
    return [
        {
            "code": locations[at].code,
            "parcels": int(measures.site_parcels[at]),
            "refusals": int(measures.site_refusals[at]),
            "stock_outs": int(measures.stock_outs[at]),
        }
        for at in order.tolist()
        if busy[at]
    ]
