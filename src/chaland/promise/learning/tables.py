"""How durations are spread around the usual one, from what happened lately: a period life table.

Demographers do not wait for people to die to know today's mortality: they divide today's deaths
by those alive today, age by age. Here an age is the time a parcel has been on its way, in units of
its own usual duration, and a death is a delivery. Parcels that still are on their way count as long
as they are, so nothing has to be waited for, and slow parcels are not missed because they arrive
late (Kaplan & Meier 1958 under censoring; period tables: Preston, Heuveline & Guillot 2001,
*Demography*, ch. 3). What happened counts half after ``HALF_LIFE_DAYS``.
"""

from dataclasses import dataclass

import numpy as np

from chaland.promise.learning.parcels import Floats, Ints, Mask

HALF_LIFE_DAYS = 20.0
LONG_HALF_LIFE_DAYS = 400.0
PRIOR_EVENTS = 30.0
"""What lately happened is joined by so many deliveries of the long run."""

_BINS = 48
EDGES = np.concatenate([[0.0], np.geomspace(0.08, 12.0, _BINS - 1)])
"""Ages at which the hazard may change, in usual durations; the last interval has no end."""
_WIDTHS = np.diff(EDGES)
_SMOOTHING = 0.5


@dataclass(frozen=True, slots=True)
class Lives:
    """Parcels as a life table sees them.

    ``ages`` are in usual durations, at the end or now; ``seen`` tells which have ended.
    ``happened`` holds when (days before now) each passed the middle of what it lived in each
    interval; ``ended`` when it ended.
    """

    ages: Floats
    seen: Mask
    happened: Floats
    ended: Floats


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

    def age(self, shares: Floats) -> Floats:
        """Return the age by which each of *shares* (below 1) has ended."""
        wanted, cumulative = -np.log1p(-shares), self.cumulative
        inside = np.interp(wanted, cumulative, EDGES)
        beyond = EDGES[-1] + (wanted - cumulative[-1]) / self.hazards[-1]
        found: Floats = np.where(wanted <= cumulative[-1], inside, beyond)
        return found

    def share(self, ages: Floats) -> Floats:
        """Return the share that has ended by each of *ages*."""
        cumulative = self.cumulative
        inside = np.interp(ages, EDGES, cumulative)
        beyond = cumulative[-1] + (ages - EDGES[-1]) * self.hazards[-1]
        return -np.expm1(-np.where(ages <= EDGES[-1], inside, beyond))

    def form(self) -> list[float]:
        """Return the table as JSON."""
        return [float(hazard) for hazard in self.hazards]

    @classmethod
    def of(cls, form: object) -> "Table":
        """Read a table back."""
        return cls(np.array(form, np.float64))


def learn(lives: Lives) -> Table:
    """Return the table of what happened lately, leaning on the long run where that was little."""
    lived = exposure(lives.ages)
    long_run = _hazards(*_sums(lives, lived, LONG_HALF_LIFE_DAYS))
    ended, at_risk = _sums(lives, lived, HALF_LIFE_DAYS)
    ended_long, _ = _sums(lives, lived, LONG_HALF_LIFE_DAYS)
    prior = PRIOR_EVENTS * (ended_long + 1e-3) / (ended_long + 1e-3).sum()
    return Table((ended + prior) / (at_risk + prior / long_run))


def _sums(lives: Lives, lived: Floats, half_life: float) -> tuple[Floats, Floats]:
    """Return weighted ends and time at risk in each interval."""
    at_risk = (lived * 0.5 ** (lives.happened / half_life)).sum(axis=0)
    interval: Ints = np.searchsorted(EDGES, lives.ages[lives.seen], side="right") - 1
    weights = 0.5 ** (lives.ended[lives.seen] / half_life)
    return np.bincount(interval, weights, minlength=_BINS).astype(np.float64), at_risk


def _hazards(ended: Floats, at_risk: Floats) -> Floats:
    """Return ends over time at risk, a little towards the overall rate; never nothing."""
    overall = (ended.sum() + _SMOOTHING) / (at_risk.sum() + _SMOOTHING)
    found: Floats = np.maximum((ended + _SMOOTHING * overall) / (at_risk + _SMOOTHING), 1e-4)
    return found
