"""What is foretold of some parcels: quantiles, chances, and what that rests on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from chaland.promise.learning.clocks import Clock
from chaland.promise.learning.corrections import Correction
from chaland.promise.learning.parcels import (
    SECONDS_A_DAY,
    SHARES,
    Floats,
    Mask,
    Note,
    Stage,
    day_of,
)
from chaland.promise.learning.risk import MOST_DAYS, Prices, best_days
from chaland.promise.learning.tables import Table
from chaland.promise.types import Basis

_UNTOLD = 0.05
_STATED_SHAPE = 3.0
"""Stated times are spread by Weibull's law of this shape through the stated confidence."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a forecast rests on: the narrowest ``level`` that has its own history, and how much."""

    basis: Basis
    level: str
    parcels: int


@dataclass(frozen=True, slots=True)
class Forecasts:
    """One stage of some parcels, which began (or would begin) at ``begun``.

    ``scale`` is each parcel's usual duration in days of its clock; ``speed`` how much more often
    parcels of its carrier, region and site end these days than the table says; ``stated_days``
    with ``stated_confidence`` stand in where ``learned`` is false.
    """

    stage: Stage
    begun: Floats
    scale: Floats
    speed: Floats
    learned: Mask
    stated_days: Floats
    stated_confidence: Floats
    clocks: Sequence[tuple[Clock, Mask]]
    tables: Sequence[tuple[Table, Mask]]
    correction: Correction
    prices: Prices
    grounds: Sequence[Ground]

    def __len__(self) -> int:
        return len(self.begun)

    def moments(self, share: float | Floats) -> Floats:
        """Return by when each parcel's stage is over with the chance *share* (0 < share < 1)."""
        shares = np.broadcast_to(np.asarray(share, np.float64), self.begun.shape)
        levels = self.correction.asked(shares)
        ages = np.zeros(len(self))
        for table, chosen in self.tables:
            ages[chosen] = table.age(levels[chosen], self.speed[chosen])
        found = self.begun + self._stated_seconds(shares)
        for clock, chosen in self.clocks:
            mine = chosen & self.learned
            readings = clock.at(self.begun[mine]) + ages[mine] * self.scale[mine]
            found[mine] = clock.moments(readings)
        return found

    def chances(self, by: Floats, *, known_open_at: Floats | None = None) -> Floats:
        """Return the chance that each stage is over at *by*.

        With *known_open_at*: given that it was not over then, as for parcels on their way.
        """
        chance = self._over_by(by)
        if known_open_at is None:
            return chance
        before = np.minimum(self._over_by(known_open_at), 1 - 1e-9)
        rest: Floats = np.clip((chance - before) / (1 - before), 0.0, 1.0)
        return rest

    def days(self, share: float) -> list[date]:
        """Return the calendar days on which at least *share* of such parcels are over."""
        return [day_of(moment) for moment in self.moments(share)]

    def points(self) -> Floats:
        """Return the moment to expect: as many parcels come before it as after."""
        return self.moments(0.5)

    def promises(self, late: float) -> Floats:
        """Return the end of the day to promise for each, if the share *late* of all may be late.

        The risk is spread: a parcel's own chance to be late (``chances`` at that moment) is more
        than *late* where certainty is dear and less where it is cheap. See ``risk``.
        """
        price = self.prices.of(self.correction.allowed(late))
        return self._ends()[np.arange(len(self)), best_days(self.lateness(), price)]

    def lateness(self) -> Floats:
        """Return the chance to come after the end of each day (a column) from the beginning on.

        As the table has it: what was kept and missed enters a promise by the share that is aimed at
        (``Correction.allowed``), once. Shifts of single levels on top would bend the curve that
        days are bought on, and cost more than they mend.
        """
        ends = self._ends()
        each = replace(self._repeated(ends.shape[1]), correction=Correction())
        late: Floats = 1.0 - each.chances(ends.ravel()).reshape(ends.shape)
        return late

    def notes(self, late: float | None = None) -> list[Note]:
        """Return what to keep with each parcel, so that the forecast can be judged.

        With *late*: the day of ``promises`` was told to the customer.
        """
        promised = [None] * len(self) if late is None else self.promises(late).tolist()
        deadlines = np.column_stack([self.moments(share) for share in SHARES])
        return [
            Note(
                expected=float(scale) if learned else None,
                deadlines=tuple(int(moment) for moment in row),
                promised=None if day is None else int(day),
                late=_UNTOLD if late is None else late,
            )
            for scale, learned, row, day in zip(
                self.scale, self.learned, deadlines, promised, strict=True
            )
        ]

    def _ends(self) -> Floats:
        """Return the last moment of each day (a column) from the day of the beginning on."""
        first = self.begun // SECONDS_A_DAY + 1
        return (first[:, None] + np.arange(MOST_DAYS)) * SECONDS_A_DAY - 1

    def _repeated(self, times: int) -> "Forecasts":
        """Return each forecast *times* times."""
        return replace(
            self,
            begun=self.begun.repeat(times),
            scale=self.scale.repeat(times),
            speed=self.speed.repeat(times),
            learned=self.learned.repeat(times),
            stated_days=self.stated_days.repeat(times),
            stated_confidence=self.stated_confidence.repeat(times),
            clocks=[(clock, chosen.repeat(times)) for clock, chosen in self.clocks],
            tables=[(table, chosen.repeat(times)) for table, chosen in self.tables],
        )

    def _over_by(self, moments: Floats) -> Floats:
        levels = np.zeros(len(self))
        ages = np.zeros(len(self))
        for clock, chosen in self.clocks:
            passed = clock.at(moments[chosen]) - clock.at(self.begun[chosen])
            ages[chosen] = np.maximum(passed, 0.0) / self.scale[chosen]
        for table, chosen in self.tables:
            levels[chosen] = table.share(ages[chosen], self.speed[chosen])
        learned = np.where(levels > 0, self.correction.stated(levels), 0.0)
        return np.where(self.learned, learned, self._stated_share(moments))

    def _stated_seconds(self, shares: Floats) -> Floats:
        with np.errstate(invalid="ignore"):
            part = np.log1p(-shares) / np.log1p(-self.stated_confidence)
            days = self.stated_days * part ** (1 / _STATED_SHAPE)
        return np.where(self.learned, 0.0, days * SECONDS_A_DAY)

    def _stated_share(self, moments: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            passed = np.maximum(moments - self.begun, 0.0) / SECONDS_A_DAY / self.stated_days
            share = -np.expm1(np.log1p(-self.stated_confidence) * passed**_STATED_SHAPE)
        return np.where(self.learned, 0.0, share)
