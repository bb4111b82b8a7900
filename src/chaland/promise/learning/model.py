"""What was learned by a moment: the model of each stage, which foretells parcels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chaland.promise.learning import effects as structure
from chaland.promise.learning.clocks import Clock, Pace, clocks_of, weekdays
from chaland.promise.learning.corrections import Correction
from chaland.promise.learning.effects import Effects
from chaland.promise.learning.forecasts import Forecasts, Ground
from chaland.promise.learning.parcels import Floats, Mask, Stage, Trip
from chaland.promise.learning.risk import NO_PRICES, Prices
from chaland.promise.learning.tables import Table

FEWEST_PARCELS = 30
"""Below so many finished parcels, in all and of the carrier, the retailer's stated times hold."""
FEWEST_OF_LEVEL = 10
"""From so many parcels on a level is named as what a forecast rests on."""

_LEVELS: Mapping[Stage, tuple[str, ...]] = {
    Stage.HANDLING: ("site",),
    Stage.TRANSIT: ("district", "area", "lane", "destination", "carrier"),
    Stage.TOTAL: ("district", "area", "lane", "destination", "carrier"),
}


@dataclass(frozen=True, slots=True)
class StageModel:
    """What was learned of one stage; ``parcels`` finished ones were learned from."""

    stage: Stage
    pace: Pace
    effects: Effects
    bounds: tuple[float, ...]
    tables: Sequence[Table]
    speeds: Mapping[str, Mapping[str, float]]
    correction: Correction
    prices: Prices
    parcels: int

    def form(self) -> dict[str, Any]:
        """Return the model as JSON."""
        return {
            "pace": self.pace.form(),
            "effects": self.effects.form(),
            "bounds": list(self.bounds),
            "tables": [table.form() for table in self.tables],
            "speeds": {name: dict(speeds) for name, speeds in self.speeds.items()},
            "correction": [list(self.correction.shifts), self.correction.risk],
            "prices": list(self.prices.late),
            "parcels": self.parcels,
        }

    @classmethod
    def of(cls, stage: Stage, form: Mapping[str, Any]) -> "StageModel":
        """Read a model back."""
        return cls(
            stage,
            Pace.of(form["pace"]),
            Effects.of(form["effects"]),
            tuple(form["bounds"]),
            [Table.of(table) for table in form["tables"]],
            form["speeds"],
            Correction(tuple(form["correction"][0]), form["correction"][1]),
            Prices(tuple(form["prices"])),
            form["parcels"],
        )


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned by ``as_of``; a stage that nothing is known of is not in ``stages``."""

    as_of: int
    stages: Mapping[Stage, StageModel]

    def forecasts(self, stage: Stage, trips: Sequence[Trip], begun: Sequence[float]) -> Forecasts:
        """Foretell *stage* of *trips* that begin it at *begun*.

        Raises ``LookupError`` for a trip of which nothing is stated while nothing was learned.
        """
        start = np.array(begun, np.float64)
        stated = np.array([trip.stated_days(stage) or np.nan for trip in trips], np.float64)
        confidence = np.array([trip.stated_confidence for trip in trips], np.float64)
        model = self.stages.get(stage)
        if model is None:
            learned = np.zeros(len(trips), np.bool_)
            scale, correction, prices = np.ones(len(trips)), Correction(), NO_PRICES
            speed = np.ones(len(trips))
            clocks: list[tuple[Clock, Mask]] = []
            chosen: list[tuple[Table, Mask]] = []
        else:
            named = structure.labels(trips, weekdays(start))
            learned = _trusted(model, trips) | np.isnan(stated)
            log_scale = model.effects.log_scale(structure.measures(trips, stage), named)
            scale, correction, prices = np.exp(log_scale), model.correction, model.prices
            clocks = clocks_of(model.pace, trips, start)
            chosen = grouped(model.tables, model.bounds, scale)
            speed = speed_of(model.speeds, named, len(trips))
        if bool((np.isnan(stated) & ~learned).any()):
            raise LookupError(f"Nothing is stated of {stage.value}, and nothing was learned yet.")
        return Forecasts(
            stage,
            start,
            scale,
            speed,
            learned,
            stated,
            confidence,
            clocks,
            chosen,
            correction,
            prices,
            [
                _ground(model, trip, learned=bool(known))
                for trip, known in zip(trips, learned, strict=True)
            ],
        )

    def form(self) -> dict[str, Any]:
        """Return the model as JSON, for a row of a table."""
        return {
            "as_of": self.as_of,
            "stages": {stage.value: model.form() for stage, model in self.stages.items()},
        }

    @classmethod
    def of(cls, form: Mapping[str, Any]) -> "Model":
        """Read a model back: it foretells exactly the same."""
        return cls(
            form["as_of"],
            {
                Stage(name): StageModel.of(Stage(name), stage)
                for name, stage in form["stages"].items()
            },
        )


def grouped(
    learned: Sequence[Table], bounds: tuple[float, ...], scale: Floats
) -> list[tuple[Table, Mask]]:
    """Return each table with the parcels it holds for."""
    group = np.searchsorted(bounds, np.log(scale))
    return [(table, group == number) for number, table in enumerate(learned)]


def speed_of(
    speeds: Mapping[str, Mapping[str, float]], named: Mapping[str, Sequence[str]], count: int
) -> Floats:
    """Return how much faster each of *count* parcels is, given its labels."""
    speed = np.ones(count)
    for factor, known in speeds.items():
        speed *= [known.get(name, 1.0) for name in named[factor]]
    return speed


def _trusted(model: StageModel, trips: Sequence[Trip]) -> Mask:
    """Tell for which trips enough was seen: of the stage and, on the way, of the carrier."""
    if model.parcels < FEWEST_PARCELS:
        return np.zeros(len(trips), np.bool_)
    if model.stage is Stage.HANDLING:
        return np.ones(len(trips), np.bool_)
    seen = model.effects.factors["carrier"].parcels
    known = [not trip.carrier or seen.get(trip.carrier, 0.0) >= FEWEST_PARCELS for trip in trips]
    return np.array(known, np.bool_)


def _ground(model: StageModel | None, trip: Trip, *, learned: bool) -> Ground:
    if model is None or not learned:
        return Ground("stated", "", 0 if model is None else model.parcels)
    named = structure.labels([trip], np.zeros(1, np.int64))
    for level in _LEVELS[model.stage]:
        parcels = model.effects.factors[level].parcels.get(named[level][0], 0.0)
        if parcels >= FEWEST_OF_LEVEL:
            return Ground("learned", level, int(parcels))
    return Ground("learned", "all", model.parcels)
