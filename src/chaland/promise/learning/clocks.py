"""A clock that runs as things are delivered: by weekday, hour and public holiday.

On a Sunday hardly a parcel arrives, so hardly any of a parcel's time passes on it. Durations are
learned in this *working time* and turned back into moments by the same calendar, so that weekends
and holidays need not be learned again for every lane.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np

from chaland.network.types import public_holidays
from chaland.promise.learning.parcels import SECONDS_A_DAY, Floats, Ints, Mask, Trip

USUAL_WEEK = (1.0, 1.0, 1.0, 1.0, 1.0, 0.4, 0.05)
"""How much happens on each weekday (Monday first) before anything was seen; a working day is 1."""

_USUAL_HOURS = (0.1,) * 7 + (0.5,) + (1.0,) * 13 + (0.5, 0.1, 0.1)
_WEIGHT_OF_USUAL = 40.0
"""So many deliveries weigh as much as what is usual."""
_LEAST = 0.004
"""Time never stands still: every moment of working time is one moment of the calendar."""
_FIRST = date(1970, 1, 1)
_WEEKDAY_OF_FIRST = 3
_HOURS = 24


@dataclass(frozen=True, slots=True)
class Pace:
    """The share of a working day's events by weekday, and of a day's by hour."""

    week: tuple[float, ...]
    hours: tuple[float, ...]

    @classmethod
    def seen(cls, moments: Floats, weights: Floats, idle: Mask) -> "Pace":
        """Return the pace of what ended at *moments*; *idle* marks those on public holidays."""
        day = (moments // SECONDS_A_DAY).astype(np.int64)
        hour = (moments % SECONDS_A_DAY // 3600).astype(np.int64)
        workdays = np.where(idle, 0.0, weights)
        by_day = np.bincount((day + _WEEKDAY_OF_FIRST) % 7, workdays, minlength=7)
        usual = np.array(USUAL_WEEK) * _WEIGHT_OF_USUAL / 7
        week = by_day + usual
        by_hour = np.bincount(hour, weights, minlength=_HOURS)
        hours = by_hour + np.array(_USUAL_HOURS) * _WEIGHT_OF_USUAL / sum(_USUAL_HOURS)
        return cls(
            tuple(float(share) for share in np.maximum(week / week[:5].mean(), _LEAST)),
            tuple(float(share) for share in np.maximum(hours / hours.sum(), _LEAST / _HOURS)),
        )

    def form(self) -> dict[str, Any]:
        """Return the pace as JSON."""
        return {"week": list(self.week), "hours": list(self.hours)}

    @classmethod
    def of(cls, form: Mapping[str, Any]) -> "Pace":
        """Read a pace back."""
        return cls(tuple(form["week"]), tuple(form["hours"]))


USUAL_PACE = Pace.seen(np.zeros(0), np.zeros(0), np.zeros(0, np.bool_))


class Clock:
    """The working time of one country at one pace; days of working time, seconds of the calendar.

    Rests on public holidays as on a Sunday. Within an hour time passes evenly.
    """

    def __init__(self, pace: Pace, country: str, first_year: int, last_year: int) -> None:
        first, end = date(first_year, 1, 1), date(last_year + 1, 1, 1)
        days = (end - first).days
        weekday = (first.weekday() + np.arange(days)) % 7
        share = np.array(pace.week)[weekday]
        for ordinal in holidays_between(country, first_year, last_year):
            share[ordinal] = min(share[ordinal], pace.week[6])
        hourly = np.outer(share, np.array(pace.hours)).ravel()
        self._begin = float((first - _FIRST).days * SECONDS_A_DAY)
        self._hours = np.arange(len(hourly) + 1) * 3600.0
        self._passed = np.concatenate([[0.0], np.cumsum(hourly)])

    def at(self, moments: Floats) -> Floats:
        """Return the reading of the clock at *moments*, in days of working time."""
        found: Floats = np.interp(moments - self._begin, self._hours, self._passed)
        return found

    def moments(self, readings: Floats) -> Floats:
        """Return the moments at which the clock shows *readings*; the last it knows if beyond."""
        found: Floats = np.interp(readings, self._passed, self._hours) + self._begin
        return found


@lru_cache(maxsize=64)
def clock(pace: Pace, country: str, first_year: int, last_year: int) -> Clock:
    """Return the clock of *country*, remembered."""
    return Clock(pace, country, first_year, last_year)


@lru_cache(maxsize=64)
def holidays_between(country: str, first_year: int, last_year: int) -> tuple[int, ...]:
    """Return the public holidays of *country* as numbers of days since the first year began."""
    if not country:
        return ()
    first = date(first_year, 1, 1)
    return tuple(
        (day - first).days
        for year in range(first_year, last_year + 1)
        for day in public_holidays(country, "", year)
        if day.year == year
    )


def years_around(moments: Floats) -> tuple[int, int]:
    """Return the first and last year that a clock has to know for *moments* and what follows."""
    first = (_FIRST + timedelta(seconds=float(moments.min()))).year
    last = (_FIRST + timedelta(seconds=float(moments.max()))).year
    return first, last + 2


def on_holiday(moments: Floats, country: str) -> Mask:
    """Tell which of *moments* are on public holidays of *country*."""
    if not country or not len(moments):
        return np.zeros(len(moments), np.bool_)
    first, last = years_around(moments)
    begin = (date(first, 1, 1) - _FIRST).days
    days: Ints = (moments // SECONDS_A_DAY).astype(np.int64) - begin
    return np.isin(days, holidays_between(country, first, last))


def clocks_of(pace: Pace, trips: Sequence[Trip], begun: Floats) -> list[tuple[Clock, Mask]]:
    """Return each country's clock with the trips it holds for."""
    if not trips:
        return []
    first, last = years_around(begun)
    return [(clock(pace, country, first, last), chosen) for country, chosen in countries(trips)]


def countries(trips: Sequence[Trip]) -> list[tuple[str, Mask]]:
    """Return each country with the trips that end there."""
    countries = np.array([trip.country for trip in trips], dtype=np.str_)
    return [(str(country), countries == country) for country in np.unique(countries)]


def weekdays(moments: Floats) -> Ints:
    """Return the weekday of each moment, Monday first."""
    days: Ints = (moments // SECONDS_A_DAY).astype(np.int64)
    return (days + _WEEKDAY_OF_FIRST) % 7
