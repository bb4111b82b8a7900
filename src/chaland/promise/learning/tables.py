"""How durations are spread around the usual one, from what happened lately: a period life table.

Demographers do not wait for people to die to know today's mortality: they divide today's deaths
by those alive today, age by age. Here an age is the time a parcel has been on its way, in units of
its own usual duration, and a death is a delivery. Parcels that still are on their way count as long
as they are, so nothing has to be waited for, and slow parcels are not missed because they arrive
late (Kaplan & Meier 1958 under censoring; period tables: Preston, Heuveline & Guillot 2001,
*Demography*, ch. 3). What happened long ago counts less.
"""

from dataclasses import dataclass

import numpy as np

from chaland.promise.learning.parcels import Floats, Ints, Mask

LEVEL_HALF_LIFE_DAYS = 8.0
SHAPE_HALF_LIFE_DAYS = 30.0
LONG_HALF_LIFE_DAYS = 400.0
"""What happened so many days ago counts half: for how fast everything is, for the shape of the
table, and for the shape of the long run that it leans on."""
TREND_HALF_LIFE_DAYS = 24.0
TREND = 0.4
"""The part of the way from the level of these weeks to that of these days that is gone on."""
SPEED_HALF_LIFE_DAYS = 30.0

LEVEL_PRIOR_EVENTS = 20.0
PRIOR_EVENTS = 100.0
GROUP_PRIOR_EVENTS = 100.0
GROUP_LEVEL_EVENTS = 100.0
"""Deliveries' worth of doubt: of the level, that it is as before; of the shape, that it is the long
run's; of a group, that its shape and its level are everybody's."""

_BINS = 48
EDGES = np.concatenate([[0.0], np.geomspace(0.08, 12.0, _BINS - 1)])
"""Ages at which the hazard may change, in usual durations; the last interval has no end."""
_WIDTHS = np.diff(EDGES)
_SMOOTHING = 0.5
_TRACE = 1e-3


@dataclass(frozen=True, slots=True)
class Lives:
    """Parcels as a life table sees them.

    ``ages`` are in usual durations, at the end or now; ``seen`` tells which have ended.
    ``lived`` is how long each was in each interval (``exposure``), ``happened`` when (days before
    now) it was in the middle of that; ``ended`` when it ended. ``group`` numbers the group of each.
    """

    ages: Floats
    seen: Mask
    lived: Floats
    happened: Floats
    ended: Floats
    group: Ints


def exposure(ages: Floats) -> Floats:
    """Return how long each parcel lived in each interval: a row a parcel."""
    upper = np.append(EDGES[1:], np.inf)
    lived: Floats = np.maximum(np.minimum(upper, ages[:, None]) - EDGES[None, :], 0.0)
    return lived


@dataclass(frozen=True, slots=True)
class Table:
    """The hazard of ending, constant in each interval of ``EDGES``; per usual duration."""

    hazards: Floats

    @property
    def cumulative(self) -> Floats:
        """The cumulative hazard at each edge."""
        return np.concatenate([[0.0], np.cumsum(self.hazards[:-1] * _WIDTHS)])

    def age(self, shares: Floats, speed: Floats) -> Floats:
        """Return the age by which each of *shares* (below 1) has ended, at *speed* hazards."""
        wanted, cumulative = -np.log1p(-shares) / speed, self.cumulative
        inside = np.interp(wanted, cumulative, EDGES)
        beyond = EDGES[-1] + (wanted - cumulative[-1]) / self.hazards[-1]
        found: Floats = np.where(wanted <= cumulative[-1], inside, beyond)
        return found

    def share(self, ages: Floats, speed: Floats) -> Floats:
        """Return the share that has ended by each of *ages*, with hazards *speed* times as high."""
        cumulative = self.cumulative
        inside = np.interp(ages, EDGES, cumulative)
        beyond = cumulative[-1] + (ages - EDGES[-1]) * self.hazards[-1]
        return -np.expm1(-speed * np.where(ages <= EDGES[-1], inside, beyond))

    def form(self) -> list[float]:
        """Return the table as JSON."""
        return [float(hazard) for hazard in self.hazards]

    @classmethod
    def of(cls, form: object) -> "Table":
        """Read a table back."""
        return cls(np.array(form, np.float64))


def learn(lives: Lives, groups: int) -> list[Table]:
    """Return each group's table of what happened lately.

    A shape of the last months, leaning on the long run's and, in each group, on everybody's; and a
    level of the last days, which moves all hazards alike.
    """
    everyone = np.ones(len(lives.ages), np.bool_)
    ended, at_risk = _sums(lives, everyone, LONG_HALF_LIFE_DAYS)
    shared = _leaning(lives, everyone, _hazards(ended, at_risk), ended, PRIOR_EVENTS)
    level = _trending(lives, everyone, shared)
    found = []
    for number in range(groups):
        mine = lives.group == number
        shape = _leaning(lives, mine, shared, ended, GROUP_PRIOR_EVENTS)
        found.append(Table(shape * level * _level(lives, mine, shape * level, GROUP_LEVEL_EVENTS)))
    return found


def balance(lives: Lives, tables: list[Table]) -> tuple[Floats, Floats]:
    """Return, of each parcel, how much ended in the last weeks and how much was to be expected."""
    hazards = np.array([table.hazards for table in tables])[lives.group]
    weights = 0.5 ** (lives.happened / SPEED_HALF_LIFE_DAYS)
    expected: Floats = (lives.lived * weights * hazards).sum(axis=1)
    ended: Floats = np.where(lives.seen, 0.5 ** (lives.ended / SPEED_HALF_LIFE_DAYS), 0.0)
    return ended, expected


def _leaning(
    lives: Lives, chosen: Mask, towards: Floats, ended_long: Floats, events: float
) -> Floats:
    """Return hazards of the last months, joined by *events* that follow the hazards *towards*."""
    ended, at_risk = _sums(lives, chosen, SHAPE_HALF_LIFE_DAYS)
    prior = events * (ended_long + _TRACE) / (ended_long + _TRACE).sum()
    found: Floats = (ended + prior) / (at_risk + prior / towards)
    return found


def _trending(lives: Lives, chosen: Mask, hazards: Floats) -> float:
    """Return the level of these days, carried on a part of the way it has come.

    What ends soon began lately and will end later than what ended lately: a level alone lags
    behind a season that moves (a damped trend, Gardner & McKenzie 1985).
    """
    now = _level(lives, chosen, hazards, LEVEL_PRIOR_EVENTS)
    before = _level(lives, chosen, hazards, LEVEL_PRIOR_EVENTS, TREND_HALF_LIFE_DAYS)
    return float(now * (now / before) ** TREND)


def _level(
    lives: Lives,
    chosen: Mask,
    hazards: Floats,
    events: float,
    half_life: float = LEVEL_HALF_LIFE_DAYS,
) -> float:
    """Return how many parcels ended these days for each that was to be expected."""
    ended, at_risk = _sums(lives, chosen, half_life)
    return float((ended.sum() + events) / ((at_risk * hazards).sum() + events))


def _sums(lives: Lives, chosen: Mask, half_life: float) -> tuple[Floats, Floats]:
    """Return weighted ends and time at risk in each interval."""
    at_risk = (lives.lived[chosen] * 0.5 ** (lives.happened[chosen] / half_life)).sum(axis=0)
    over = chosen & lives.seen
    interval: Ints = np.searchsorted(EDGES, lives.ages[over], side="right") - 1
    weights = 0.5 ** (lives.ended[over] / half_life)
    return np.bincount(interval, weights, minlength=_BINS).astype(np.float64), at_risk


def _hazards(ended: Floats, at_risk: Floats) -> Floats:
    """Return ends over time at risk, a little towards the overall rate; never nothing."""
    overall = (ended.sum() + _SMOOTHING) / (at_risk.sum() + _SMOOTHING)
    found: Floats = np.maximum((ended + _SMOOTHING * overall) / (at_risk + _SMOOTHING), 1e-4)
    return found
