"""What the simulated shops teach: how good the chances are, and how few counts are enough."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.pickable_world import CATEGORIES, PRIOR, World
from chaland.accuracy.rules.chances import chances, expected_units
from chaland.accuracy.rules.evidence import outcomes_of
from chaland.accuracy.rules.learning import base_rates, calibration, learn
from chaland.accuracy.rules.priorities import values
from chaland.accuracy.types.chances import Calibration, Evidence, Model, Outcomes

Ints = npt.NDArray[np.int64]
Chooser = Callable[[World, float], Ints]

TAUGHT_DAYS, ALL_DAYS = 140, 182
COUNTED_EVERY = 90
"""In the weeks that teach, each shelf is counted about once in so many days, by chance."""

_A_SHARE, _B_SHARE = 0.2, 0.5
_A_DAYS, _B_DAYS, _C_DAYS = 30, 60, 120


def looks_of(world: World) -> Outcomes:
    """Return what came of every look at a shelf so far."""
    return outcomes_of(
        world.lines(),
        location=world.shop,
        category=world.category,
        prior=np.full(len(world), PRIOR),
    )


def taught(world: World, looks: Outcomes) -> Model:
    """Return the model of these looks."""
    return learn(looks, locations=world.size.shops, categories=CATEGORIES)


def by_chance(world: World, _at: float) -> Ints:
    """Count shelves at random, each about once in ``COUNTED_EVERY`` days."""
    return np.flatnonzero(world.random.random(len(world)) < 1 / COUNTED_EVERY)


@dataclass(frozen=True)
class Proof:
    """Predictions for picks of weeks that the model never saw, and what units counts then found."""

    model: Model
    calibration: Calibration
    units_expected: float
    units_seen: float


def proof(world: World) -> Proof:
    """Let the weeks pass, learn from the first 20, and predict every pick of the last 6."""
    world.run(0, ALL_DAYS, by_chance)
    looks = looks_of(world)
    early = looks.where(looks.at < TAUGHT_DAYS)
    late = looks.where((looks.at >= TAUGHT_DAYS) & looks.picked)
    counts = looks.where((looks.at >= TAUGHT_DAYS) & ~looks.picked)
    model = taught(world, early)
    return Proof(
        model,
        calibration(
            chances(model, late.evidence),
            late.there,
            base_rates(early, late.evidence, world.size.shops),
        ),
        float(expected_units(model, chances(model, counts.evidence), counts.said).sum()),
        float(np.minimum(counts.seen, counts.said).sum()),
    )


@dataclass(frozen=True)
class Trial:
    """How true promised sales were, week by week, under one way to choose what to count."""

    name: str
    weeks: tuple[float, ...]
    counts_a_week: int

    def counts_to_reach(self, level: float) -> float:
        """Return the counts made when *level* was reached, between weeks by line; inf if never."""
        for week, value in enumerate(self.weeks):
            if value >= level:
                before = self.weeks[week - 1] if week else value
                part = (level - before) / (value - before) if value > before else 0.0
                return (week - 1 + part) * self.counts_a_week if week else 0.0
        return float("inf")


def trials(world: World, model: Model, *, first_day: int, weeks: int, a_day: int) -> list[Trial]:
    """Let each way count *a_day* shelves a shop, from the same start on, and measure every week."""
    ways: dict[str, Chooser] = {
        "directed": lambda now, at: _best(now, _risk(now, model, at), a_day),
        "abc": lambda now, at: _best(now, _overdue(now, at), a_day),
        "random": lambda now, _: _best(now, now.random.random(len(now)), a_day),
    }
    return [_trial(name, copy.deepcopy(world), way, first_day, weeks, a_day)
            for name, way in ways.items()]  # fmt: skip


def _trial(name: str, world: World, way: Chooser, first_day: int, weeks: int, a_day: int) -> Trial:
    levels = [world.accuracy()[1]]
    for week in range(weeks):
        world.run(first_day + 7 * week, 7, way)
        levels.append(world.accuracy()[1])
    return Trial(name, tuple(levels), 7 * a_day * world.size.shops)


def _risk(world: World, model: Model, at: float) -> npt.NDArray[np.float64]:
    known: Evidence = world.evidence(at)
    return values(chances(model, known), known, world.cost)


def _overdue(world: World, at: float) -> npt.NDArray[np.float64]:
    """ABC: by what an article turns over, the first fifth monthly, three tenths every second month.

    The yardstick is told the true demand.
    """
    turnover = (world.demand * world.cost).reshape(world.size.shops, -1)
    rank = np.argsort(np.argsort(-turnover, axis=1), axis=1).ravel() / turnover.shape[1]
    days = np.where(rank < _A_SHARE, _A_DAYS, np.where(rank < _B_SHARE, _B_DAYS, _C_DAYS))
    return np.asarray((at - world.anchor) / days, np.float64)


def _best(world: World, score: npt.NDArray[np.float64], number: int) -> Ints:
    """Return the *number* shelves of each shop with the highest score."""
    table = score.reshape(world.size.shops, -1)
    chosen = np.argpartition(-table, number, axis=1)[:, :number]
    start = np.arange(world.size.shops)[:, None] * world.size.shelves_per_shop
    return np.asarray((chosen + start).ravel(), np.int64)
