"""What was known of a position just before each line of its ledger, which tells no future."""

import numpy as np

from chaland.accuracy.types.chances import Evidence, Floats, Ints, Lines, Mask, Outcomes, Role

MEMORY_DAYS = 40.0
"""Sales fade from the rate by a factor of e in so many days (a half in 28)."""


def outcomes_of(
    lines: Lines, *, location: Ints, category: Ints, prior: Floats, since: float = -np.inf
) -> Outcomes:
    """Return what came of each look at a shelf, and what was known just before it.

    A look is a pick (found or missed) or a count, of a position that should hold a unit at least.
    ``location``, ``category`` and ``prior`` are of each position. *since* is in days.
    """
    looked = np.isin(lines.role, (Role.PICKED, Role.MISSED, Role.COUNT)) & (lines.at >= since)
    known = evidence_before(lines, location=location, category=category, prior=prior)
    chosen = np.flatnonzero(looked & (known.quantity >= 1))
    role, counted = lines.role[chosen], lines.counted[chosen]
    is_count = role == Role.COUNT
    there = np.where(is_count, counted >= 1, role == Role.PICKED).astype(np.float64)
    return Outcomes(
        evidence=known.where(chosen),
        there=there,
        at=lines.at[chosen],
        picked=~is_count,
        seen=np.where(is_count, counted, np.nan),
        said=np.where(is_count, known.quantity[chosen], np.nan),
    )


def evidence_before(lines: Lines, *, location: Ints, category: Ints, prior: Floats) -> Evidence:
    """Return what was known of its position just before each line."""
    history = _History(lines)
    anchor = history.last(lines.role == Role.COUNT)
    counted = anchor >= 0
    anchor = np.where(counted, anchor, history.first)
    miss = history.last(lines.role == Role.MISSED)
    missed = miss > anchor
    latest = np.where(missed, miss, anchor)
    out = np.isin(lines.role, (Role.OUT, Role.PICKED))
    last_out = history.last(out)
    units_out = np.where(out, lines.units, 0.0)
    units_in = np.where(lines.role == Role.IN, lines.units, 0.0)
    picked = (lines.role == Role.PICKED).astype(np.float64)
    place = lines.position
    return Evidence(
        location=location[place],
        category=category[place],
        prior=prior[place],
        quantity=history.before(lines.change),
        counted=counted,
        age=lines.at - lines.at[anchor],
        sold=history.since(units_out, anchor),
        received=history.since(units_in, anchor),
        missed=history.since((lines.role == Role.MISSED).astype(np.float64), anchor),
        missed_age=np.where(missed, lines.at - lines.at[np.maximum(miss, 0)], 0.0),
        found=history.since(picked, anchor),
        found_after=np.where(missed, history.since(picked, latest), 0.0),
        received_after=np.where(missed, history.since(units_in, latest), 0.0),
        rate=sales_rate(history.faded(units_out), lines.at - lines.at[history.first]),
        quiet=lines.at - np.where(last_out >= 0, lines.at[last_out], lines.at[history.first]),
    )


def sales_rate(mass: Floats, known_days: Floats) -> Floats:
    """Return units a day of faded sales *mass*, for positions known for *known_days*.

    A position known for a week has not had the time to gather the mass of a year.
    """
    span = MEMORY_DAYS * -np.expm1(-np.maximum(known_days, 7.0) / MEMORY_DAYS)
    return np.asarray(mass / span, np.float64)


class _History:
    """Running numbers of each position's lines, all positions at once."""

    def __init__(self, lines: Lines) -> None:
        count = len(lines.position)
        self._at = lines.at
        self._index = np.arange(count)
        starts = np.ones(count, np.bool_)
        starts[1:] = lines.position[1:] != lines.position[:-1]
        self.first: Ints = np.maximum.accumulate(np.where(starts, self._index, 0))

    def last(self, marked: Mask) -> Ints:
        """Return the last marked line before each line of its position, -1 where there is none."""
        found = np.maximum.accumulate(np.where(marked, self._index, -1))
        earlier = np.concatenate([[-1], found[:-1]])
        return np.where(earlier >= self.first, earlier, -1)

    def before(self, values: Floats) -> Floats:
        """Return the sum of *values* over the lines of the position before each line."""
        total = np.concatenate([[0.0], np.cumsum(values)])
        return np.asarray(total[self._index] - total[self.first], np.float64)

    def since(self, values: Floats, start: Ints) -> Floats:
        """Return the sum of *values* from the line *start* on (a count: behind it)."""
        total = np.concatenate([[0.0], np.cumsum(values)])
        return np.asarray(total[self._index] - total[start], np.float64)

    def faded(self, values: Floats) -> Floats:
        """Return the sum of *values* before each line, each faded by its age."""
        if not len(values):
            return values
        grown = (self._at - self._at.min()) / MEMORY_DAYS
        return np.asarray(self.before(values * np.exp(grown)) * np.exp(-grown), np.float64)
