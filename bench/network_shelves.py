"""What is on a shop's shelves, what its records say, and how sure Chaland is of it.

Shelves are lived through in ``bench/pickable_world.py`` (thefts, misplaced goods, wrong deliveries,
sales, counts), and the chances are those that the product's own model learns from that life.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.pickable_trial import ALL_DAYS, looks_of, taught
from bench.pickable_world import Ints, Size, World
from chaland.accuracy.rules.chances import chances

COUNTED_EVERY = 40
"""Each shelf is counted about once in so many days: then one record in five is wrong."""

_BINS = 20


@dataclass(frozen=True, slots=True, eq=False)
class Shelves:
    """Shelves to draw from: what is written, what is there, the learned chance of one unit."""

    record: npt.NDArray[np.int32]
    shelf: npt.NDArray[np.int32]
    chance: npt.NDArray[np.float32]

    @property
    def wrong(self) -> float:
        """The share of records that are not what is there."""
        return float((self.record != self.shelf).mean())


def shelves(seed: int) -> Shelves:
    """Let 200 shops live half a year, learn from it, and return how each shelf then is."""
    world = World(Size(shops=200), seed)
    world.run(0, ALL_DAYS, _by_chance)
    sure = chances(taught(world, looks_of(world)), world.evidence(ALL_DAYS))
    held = world.record >= 1
    return Shelves(
        world.record[held].astype(np.int32),
        world.shelf[held].astype(np.int32),
        sure[held].astype(np.float32),
    )


def emptied(known: Shelves) -> Shelves:
    """Return the same shelves with nothing on each one whose record is wrong: a harder world.

    The chance is then that of a right record, for shelves about which the model is as sure.
    """
    right = known.record == known.shelf
    ranks = known.chance.argsort(kind="stable").argsort(kind="stable")
    bins = ranks * _BINS // len(ranks)
    share = np.bincount(bins, right, _BINS) / np.bincount(bins, minlength=_BINS)
    shelf = np.where(right, known.record, 0).astype(np.int32)
    return Shelves(known.record, shelf, share[bins].astype(np.float32))


def _by_chance(world: World, _at: float) -> Ints:
    return np.flatnonzero(world.random.random(len(world)) < 1 / COUNTED_EVERY)
