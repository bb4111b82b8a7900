"""Learning from parcels and foretelling others: the model of each stage of the way.

Two speeds. ``learn`` works everything out anew, which a worker does once a day; ``follow`` keeps
the structure (what is slower than what) and works out anew how fast everything is these days and
how true the forecasts were, which is cheap enough for every hour. Both are functions of the
observations and a moment, and see nothing of what happened after it: the same observations give
the same model, in whatever order they came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chaland.promise.learning import effects as structure
from chaland.promise.learning import tables
from chaland.promise.learning.clocks import Pace, clocks_of, countries, on_holiday, weekdays
from chaland.promise.learning.corrections import Correction, Said, judge
from chaland.promise.learning.effects import Effects
from chaland.promise.learning.forecasts import Forecasts
from chaland.promise.learning.model import Model, StageModel, grouped, speed_of
from chaland.promise.learning.parcels import (
    SECONDS_A_DAY,
    SHARES,
    Floats,
    History,
    Mask,
    Observation,
    Stage,
    Trip,
)
from chaland.promise.learning.risk import NO_PRICES, Prices
from chaland.promise.learning.tables import Lives, Table

GROUP_SHARES = (1 / 3, 2 / 3)
"""Parcels expected to be quick, usual and slow have a table each: their spread differs."""

_STRUCTURE_HALF_LIFE_DAYS = 400.0
_LONGEST_DAYS = 90.0
"""A parcel that is on its way for longer is lost, not late: it is no longer waited for."""
_SETTLED_DAYS = 25.0
_SETTLED_SHARE = 0.95
_SHORTEST = 0.02
_LATELY_DAYS, _SAMPLE = 28.0, 300
_SPEEDS: Mapping[Stage, tuple[str, ...]] = {
    Stage.HANDLING: ("site",),
    Stage.TRANSIT: ("carrier", "destination"),
    Stage.TOTAL: ("carrier", "destination", "site"),
}
"""What may be faster or slower than usual these days: a strike, a flood, a new team."""
SPEED_PRIOR_EVENTS = 60.0
"""Deliveries' worth of doubt that a carrier, region or site is as fast as ever."""


def learn(history: History, *, as_of: int, stages: Sequence[Stage] = tuple(Stage)) -> Model:
    """Learn *stages* from what had happened by *as_of*."""
    found = {}
    for stage in stages:
        seen = _seen(history, stage, as_of)
        model = None if seen is None else _learned(seen, stage, as_of)
        if model is not None:
            found[stage] = model
    return Model(as_of, found)


def follow(model: Model, history: History, *, as_of: int) -> Model:
    """Bring *model* up to what had happened by *as_of*; what is slower than what stays."""
    found = {}
    for stage, known in model.stages.items():
        seen = _seen(history, stage, as_of)
        if seen is not None:
            scale = known.effects.log_scale(seen.measured, seen.named)
            found[stage] = _timed(
                seen, stage, known.pace, known.effects, scale, known.bounds, as_of
            )
    return Model(as_of, {**model.stages, **found})


@dataclass(frozen=True, slots=True)
class _Seen:
    """One stage of the parcels that had begun it by a moment; ``ended`` infinite: not yet."""

    rows: Sequence[Observation]
    trips: Sequence[Trip]
    begun: Floats
    ended: Floats
    measured: Floats
    named: Mapping[str, Sequence[str]]


def _seen(history: History, stage: Stage, as_of: int) -> _Seen | None:
    begun, ended = history.span(stage)
    # The hand-over of a parcel that has arrived is known or will never be.
    lost = np.isinf(ended) & (history.delivered <= as_of)
    chosen = (begun <= as_of) & (ended >= begun) & ~lost
    if stage is not Stage.TOTAL:
        contradicted = (history.handed > history.delivered) & (history.delivered <= as_of)
        chosen &= ~contradicted
    if not (chosen & (ended <= as_of)).any():
        return None
    rows = [history.observations[place] for place in np.flatnonzero(chosen).tolist()]
    trips = [row.trip for row in rows]
    start, end = begun[chosen], ended[chosen]
    return _Seen(
        rows,
        trips,
        start,
        np.where(end <= as_of, end, np.inf),
        structure.measures(trips, stage),
        structure.labels(trips, weekdays(start)),
    )


def _learned(seen: _Seen, stage: Stage, as_of: int) -> StageModel | None:
    over = np.isfinite(seen.ended)
    age = (as_of - seen.begun) / SECONDS_A_DAY
    pace = _pace(seen, over, as_of)
    took = (seen.ended[over] - seen.begun[over]) / SECONDS_A_DAY
    # Of the youngest parcels only the quick ones are over: they would flatter.
    settled = over & (age >= min(_SETTLED_DAYS, float(np.quantile(took, _SETTLED_SHARE))))
    if not settled.any():
        return None
    durations = _durations(seen, pace, seen.ended, settled)
    weights = 0.5 ** (age[settled] / _STRUCTURE_HALF_LIFE_DAYS)
    places = np.flatnonzero(settled).tolist()
    named = {name: [column[at] for at in places] for name, column in seen.named.items()}
    effects, alone = structure.fit(seen.measured[settled], named, durations, weights)
    scale = effects.log_scale(seen.measured, seen.named)
    scale[settled] = alone
    bounds = tuple(float(bound) for bound in np.quantile(scale[settled], GROUP_SHARES))
    return _timed(seen, stage, pace, effects, scale, bounds, as_of)


def _timed(
    seen: _Seen,
    stage: Stage,
    pace: Pace,
    effects: Effects,
    log_scale: Floats,
    bounds: tuple[float, ...],
    as_of: int,
) -> StageModel:
    """Work out how fast things are these days, and how true what was said has been."""
    over = np.isfinite(seen.ended)
    scale, said = np.exp(log_scale), _said(seen, stage)
    for place, row in enumerate(seen.rows):
        for noted, note in row.notes:
            if noted is stage and note.expected is not None:
                scale[place] = note.expected
    until = np.minimum(
        np.where(over, seen.ended, as_of), seen.begun + _LONGEST_DAYS * SECONDS_A_DAY
    )
    everyone = np.ones(len(over), np.bool_)
    ages = _durations(seen, pace, until, everyone) / scale
    lived = tables.exposure(ages)
    middle = np.minimum(tables.EDGES, ages[:, None]) + lived / 2
    happened = np.zeros(middle.shape)
    for working, chosen in clocks_of(pace, seen.trips, seen.begun):
        readings = working.at(seen.begun[chosen])[:, None] + middle[chosen] * scale[chosen, None]
        happened[chosen] = working.moments(readings)
    lives = Lives(
        ages,
        over & (until == seen.ended),
        lived,
        np.maximum(as_of - happened, 0.0) / SECONDS_A_DAY,
        np.where(over, as_of - until, 0.0) / SECONDS_A_DAY,
        np.searchsorted(bounds, np.log(scale)),
    )
    correction = judge(said, as_of=float(as_of))
    learned = tables.learn(lives, len(bounds) + 1)
    speeds = _speeds(seen, stage, *tables.balance(lives, learned))
    speed = speed_of(speeds, seen.named, len(over))
    tabled = grouped(learned, bounds, scale)
    prices = _prices(seen, stage, pace, scale, speed, tabled, correction, as_of)
    parcels = int(over.sum())
    return StageModel(stage, pace, effects, bounds, learned, speeds, correction, prices, parcels)


def _speeds(
    seen: _Seen, stage: Stage, ended: Floats, expected: Floats
) -> dict[str, dict[str, float]]:
    """Return how much faster each carrier, region or site is these days than the effects say."""
    found: dict[str, dict[str, float]] = {}
    expected = expected * (ended.sum() / max(float(expected.sum()), _SHORTEST))
    for factor in _SPEEDS[stage]:
        names, index = np.unique(np.array(seen.named[factor], dtype=np.str_), return_inverse=True)
        count = len(names)
        speed = (np.bincount(index, ended, minlength=count) + SPEED_PRIOR_EVENTS) / (
            np.bincount(index, expected, minlength=count) + SPEED_PRIOR_EVENTS
        )
        expected = expected * speed[index]
        found[factor] = {
            str(name): round(float(each), 4)
            for name, each in zip(names, speed, strict=True)
            if name
        }
    return found


def _said(seen: _Seen, stage: Stage) -> Said:
    """Return what was noted of *stage*, where it was learned."""
    count = len(seen.rows)
    said = Said(
        np.full((count, len(SHARES)), np.inf),
        np.full(count, np.inf),
        np.full(count, 0.5),
        seen.ended,
    )
    for place, row in enumerate(seen.rows):
        for noted, note in row.notes:
            if noted is stage and note.expected is not None:
                said.deadlines[place] = note.deadlines
                if note.promised is not None:
                    said.promised[place], said.late[place] = note.promised, note.late
    return said


def _prices(
    seen: _Seen,
    stage: Stage,
    pace: Pace,
    scale: Floats,
    speed: Floats,
    tabled: Sequence[tuple[Table, Mask]],
    correction: Correction,
    as_of: int,
) -> Prices:
    """Return what lateness costs parcels like those that began lately."""
    lately = np.flatnonzero(seen.begun >= as_of - _LATELY_DAYS * SECONDS_A_DAY)
    if len(lately) < _SAMPLE:
        lately = np.arange(len(scale))[-_SAMPLE:]
    some = lately[np.linspace(0, len(lately) - 1, min(_SAMPLE, len(lately))).astype(np.int64)]
    unstated = np.full(len(some), np.nan)
    trips = [seen.trips[place] for place in some.tolist()]
    forecasts = Forecasts(
        stage,
        seen.begun[some],
        scale[some],
        speed[some],
        np.ones(len(some), np.bool_),
        unstated,
        unstated,
        clocks_of(pace, trips, seen.begun[some]),
        [(table, chosen[some]) for table, chosen in tabled],
        correction,
        NO_PRICES,
        (),
    )
    return Prices.seen(forecasts.lateness())


def _durations(seen: _Seen, pace: Pace, until: Floats, chosen: Mask) -> Floats:
    """Return the working time of the *chosen* parcels from their beginning to *until*."""
    found = np.zeros(len(chosen))
    for working, mine in clocks_of(pace, seen.trips, seen.begun):
        both = mine & chosen
        found[both] = working.at(until[both]) - working.at(seen.begun[both])
    return np.maximum(found[chosen], _SHORTEST)


def _pace(seen: _Seen, over: Mask, as_of: int) -> Pace:
    idle = np.zeros(len(over), np.bool_)
    for country, chosen in countries(seen.trips):
        mine = chosen & over
        idle[mine] = on_holiday(seen.ended[mine], country)
    age = (as_of - seen.ended[over]) / SECONDS_A_DAY
    return Pace.seen(seen.ended[over], 0.5 ** (age / _STRUCTURE_HALF_LIFE_DAYS), idle[over])
