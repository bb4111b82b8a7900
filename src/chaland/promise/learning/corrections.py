"""What is stated is held against what happens: the levels that make it true are tracked.

For each of ``SHARES`` a shift (in log odds) is added to the level that is asked of the table: after
a miss it rises, after a hit it falls, by amounts that balance exactly when the stated share is
kept, whatever the season does (adaptive conformal inference, Gibbs & Candès 2021, *Adaptive
Conformal Inference Under Distribution Shift*; its integral form with delayed feedback:
Angelopoulos, Candès & Tibshirani 2023, *Conformal PID Control*). A deadline is judged when it has
passed, kept or not: judging early arrivals early would flatter. What was judged long ago fades.
"""

from dataclasses import dataclass

import numpy as np

from chaland.promise.learning.parcels import SECONDS_A_DAY, SHARES, Floats

FADING_DAYS = 180.0
SLOWEST_PARCELS = 200.0
"""The correction follows no faster than a steady error over so many parcels would be mended …"""
SLOWEST_DAYS = 30.0
"""… or over so many days: feedback is some weeks late, and a hasty correction would swing."""
_RATE_DAYS = 60.0
MOST_SHIFT = 0.5
"""In log odds, which bounds what a shock can do to the promises after it: 95 % to 92 … 97 %. A
longer promise is judged later, so an unbounded correction would wind itself up."""
_GAP = 0.05


@dataclass(frozen=True, slots=True)
class Correction:
    """Shifts, in log odds, of the levels in ``SHARES``; between them straight lines.

    ``risk`` shifts the share of parcels that may be late when days are promised; it is all of the
    correction that days of a spread risk get.
    """

    shifts: tuple[float, ...] = (0.0,) * len(SHARES)
    risk: float = 0.0

    def asked(self, shares: Floats) -> Floats:
        """Return the level of the table that is needed for each of *shares* to come true."""
        stated, needed = self._knots()
        return _share(_bent(_odds(shares), stated, needed))

    def stated(self, levels: Floats) -> Floats:
        """Return the share that comes true at each level of the table: the way back."""
        stated, needed = self._knots()
        return _share(_bent(_odds(levels), needed, stated))

    def allowed(self, late: float) -> float:
        """Return the chance to aim at, so that the share *late* is late in the end."""
        return float(_share(_odds(np.array(late)) + self.risk))

    def _knots(self) -> tuple[Floats, Floats]:
        stated = _odds(np.array(SHARES))
        needed = stated + np.array(self.shifts)
        for place in range(1, len(needed)):  # quantiles never cross
            needed[place] = max(needed[place], needed[place - 1] + _GAP)
        return stated, needed


@dataclass(frozen=True, slots=True)
class Said:
    """What was noted of parcels, and when each ended; infinite: nothing noted, or not yet.

    ``deadlines`` has a column a share, ``promised`` is the end of the promised day and ``late`` the
    share of parcels that might miss it.
    """

    deadlines: Floats
    promised: Floats
    late: Floats
    ended: Floats


def judge(said: Said, *, as_of: float) -> Correction:
    """Return the correction that follows from what was said and what had happened by *as_of*."""
    shares = np.broadcast_to(np.array(SHARES), said.deadlines.shape)
    shifts = _needed(said.deadlines, shares, said.ended, as_of)
    promised, kept = said.promised[:, None], 1 - said.late[:, None]
    risk = -_needed(promised, kept, said.ended, as_of)[0]
    return Correction(tuple(float(shift) for shift in shifts), float(risk))


def _needed(deadlines: Floats, shares: Floats, ended: Floats, as_of: float) -> Floats:
    """Return, a column each, by how much levels must rise: the sum of their errors, faded."""
    passed = deadlines <= as_of
    kept = (ended[:, None] <= deadlines) & (ended[:, None] <= as_of)
    age = np.where(passed, as_of - deadlines, 0.0) / SECONDS_A_DAY
    steepness = shares * (1 - shares)
    error = np.where(passed, (shares - kept) / steepness * 0.5 ** (age / FADING_DAYS), 0.0)
    a_day = (passed & (age < _RATE_DAYS)).sum(axis=0) / _RATE_DAYS
    gain = 1.0 / np.maximum(SLOWEST_PARCELS, SLOWEST_DAYS * a_day)
    found: Floats = np.clip(gain * error.sum(axis=0), -MOST_SHIFT, MOST_SHIFT).round(6)
    return found


def _bent(odds: Floats, start: Floats, end: Floats) -> Floats:
    """Map *odds* by straight lines from knots to knots, beyond them by the last knot's shift."""
    inside = np.interp(odds, start, end)
    below, above = end[0] - start[0], end[-1] - start[-1]
    return np.where(odds < start[0], odds + below, np.where(odds > start[-1], odds + above, inside))


def _odds(shares: Floats) -> Floats:
    inside = np.clip(shares, 1e-9, 1 - 1e-9)
    return np.log(inside) - np.log1p(-inside)


def _share(odds: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-odds))
