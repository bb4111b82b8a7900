"""When a parcel that left on a day arrives, by the destination's delivery days and clock."""

from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from chaland.network.types import public_holidays
from chaland.promise.rules.working_time import HORIZON_DAYS, NEVER, day_of, moment_at

Integers = NDArray[np.int64]

_LONGEST_TRANSIT = 60
_SATURDAY = 5
_SPAN_DAYS = 2 * HORIZON_DAYS + 7 * _LONGEST_TRANSIT


@dataclass(frozen=True, slots=True)
class DeliveryPattern:
    """On which weekdays (Monday = 0) and between which wall times a carrier delivers."""

    weekdays: frozenset[int]
    on_holidays: bool
    opens: time
    closes: time


class DeliveryDays:
    """The delivery days of one pattern in one country, from a first day on, as sorted arrays."""

    def __init__(self, pattern: DeliveryPattern, country: str, *, first_day: int) -> None:
        self.first_day = first_day
        self.last_day = first_day + HORIZON_DAYS
        zone = time_zone_of(country)
        days = [
            day
            for day in range(first_day, first_day + _SPAN_DAYS)
            if _delivers(pattern, country, date.fromordinal(day))
        ]
        self._days = np.array(days, np.int64)
        self._opens = _moments(zone, days, pattern.opens)
        self._closes = _moments(zone, days, pattern.closes)

    def covers(self, first: int, last: int) -> bool:
        """Tell whether departures of the days from *first* to *last* can be answered."""
        return self.first_day <= first and last <= self.last_day

    def arrivals(
        self, departures: Integers, days: Integers, earliest: Integers
    ) -> tuple[Integers, Integers]:
        """Return the first and the last moment of arrival, N × Z.

        *departures* (N) are days of departure; *earliest* and *days* (Z) count delivery days
        after it, at best and at worst; 0 is the day of departure itself if it is one. NEVER when
        beyond the calendar.
        """
        return (
            self._nth(self._opens, departures, earliest),
            self._nth(self._closes, departures, days),
        )

    def _nth(self, moments: Integers, departures: Integers, days: Integers) -> Integers:
        after = np.searchsorted(self._days, departures, side="right")
        same = np.searchsorted(self._days, departures, side="left")
        place = np.where(days == 0, same[:, None], after[:, None] + days - 1)
        return moments[np.minimum(place, len(moments) - 1)]


def _moments(zone: ZoneInfo, days: list[int], clock: time) -> Integers:
    """Return *clock* on each of *days* as moments, and NEVER after the last."""
    return np.array([*(moment_at(zone, day, clock) for day in days), NEVER], np.int64)


def _delivers(pattern: DeliveryPattern, country: str, day: date) -> bool:
    if day.weekday() not in pattern.weekdays:
        return False
    return pattern.on_holidays or day not in public_holidays(country, "", day.year)


def on_saturday(moments: Integers, country: str) -> NDArray[np.bool_]:
    """Tell of each of *moments* whether it is on a Saturday in *country*; NEVER is not."""
    zone = time_zone_of(country)
    values, places = np.unique(moments, return_inverse=True)
    found = [
        moment < NEVER and date.fromordinal(day_of(zone, moment)).weekday() == _SATURDAY
        for moment in values.tolist()
    ]
    return np.array(found, np.bool_)[places].reshape(moments.shape)


@lru_cache(maxsize=512)
def time_zone_of(country: str) -> ZoneInfo:
    """Return the time zone of a country's largest part; UTC for an unknown country."""
    return ZoneInfo(_first_zones().get(country, "UTC"))


@lru_cache(maxsize=1)
def _first_zones() -> dict[str, str]:
    """Read the time zone database's own list, which has a country's largest zone first."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    zones: dict[str, str] = {}
    for row in table.splitlines():
        if not row.startswith("#"):
            country, _, zone = row.split("\t")[:3]
            zones.setdefault(country, zone)
    return zones
