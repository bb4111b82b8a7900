"""When a location works: weekly hours, closures, public holidays, in its own time zone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

import holidays


@dataclass(frozen=True, slots=True, order=True)
class OpeningWindow:
    """Open from *opens* up to, not including, *closes*, on one weekday (0 is Monday), local time.

    ``closes`` of 00:00 means midnight at the end of the day.
    """

    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True, slots=True, order=True)
class ClosedPeriod:
    """Closed from *starts* to *ends*, both days included."""

    starts: date
    ends: date
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningState:
    """Whether a location is open at a moment, until when, and when it opens next.

    ``until`` is None when it is closed; ``next_opening`` is None when it is open, or does not open
    within two weeks. Both carry the offset of the location. ``today`` are the day's windows.
    """

    open_now: bool
    until: datetime | None
    next_opening: datetime | None
    today: tuple[OpeningWindow, ...]


_LOOK_AHEAD_DAYS = 14


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The working time of one location, as pure data.

    A location without any opening window works on no day. ``region`` is the ISO 3166-2 subdivision
    whose public holidays count (``57`` for Moselle), empty for the country's own.
    """

    time_zone: str
    windows: tuple[OpeningWindow, ...] = ()
    closures: tuple[ClosedPeriod, ...] = ()
    country: str = ""
    region: str = ""
    open_on_holidays: bool = False

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone in which the hours are read."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def _by_weekday(self) -> tuple[tuple[OpeningWindow, ...], ...]:
        ordered = sorted(self.windows)
        return tuple(tuple(item for item in ordered if item.weekday == day) for day in range(7))

    def is_closed(self, day: date) -> bool:
        """Tell whether *day* is a closure or a public holiday on which the location rests."""
        if any(period.starts <= day <= period.ends for period in self.closures):
            return True
        return not self.open_on_holidays and day in public_holidays(
            self.country, self.region, day.year
        )

    def windows_on(self, day: date) -> tuple[OpeningWindow, ...]:
        """Return the opening windows of *day*, in order; empty when the location is closed."""
        windows = self._by_weekday[day.weekday()]
        return () if not windows or self.is_closed(day) else windows

    def is_open_at(self, moment: datetime) -> bool:
        """Tell whether the location is open at *moment* (with offset)."""
        local = moment.astimezone(self.zone)
        clock = local.time().replace(tzinfo=None)
        return any(
            item.opens <= clock and (clock < item.closes or item.closes == time.min)
            for item in self.windows_on(local.date())
        )

    def opening_at(self, moment: datetime) -> OpeningState:
        """Tell the opening at *moment* (with offset), as a customer on the way wants to know it."""
        today = moment.astimezone(self.zone).date()
        until = next_opening = None
        for day in (today + timedelta(days=ahead) for ahead in range(_LOOK_AHEAD_DAYS)):
            for window in self.windows_on(day):
                opens, closes = self._span(day, window)
                if opens <= moment < closes:
                    until = closes
                elif until is not None and opens == until:
                    until = closes  # open through midnight, or without a pause
                elif moment < opens and next_opening is None:
                    next_opening = opens
            if next_opening is not None:
                break
        return OpeningState(
            open_now=until is not None,
            until=until,
            next_opening=None if until is not None else next_opening,
            today=self.windows_on(today),
        )

    def _span(self, day: date, window: OpeningWindow) -> tuple[datetime, datetime]:
        last = day + timedelta(days=1) if window.closes == time.min else day
        return (
            datetime.combine(day, window.opens, self.zone),
            datetime.combine(last, window.closes, self.zone),
        )


@lru_cache(maxsize=4096)
def public_holidays(country: str, region: str, year: int) -> Mapping[date, str]:
    """Return the public holidays of *country* (ISO 3166-1) in *year*, with their names.

    A *region* the library does not know counts as none; an unknown country has no holidays.
    """
    try:
        found = holidays.country_holidays(country, subdiv=region or None, years=year)
    except NotImplementedError:
        return public_holidays(country, "", year) if region else MappingProxyType({})
    return MappingProxyType({day: str(name) for day, name in found.items()})
