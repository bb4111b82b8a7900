"""Counting in opening hours: when work is done, and the latest start that still does it.

Moments are whole seconds since 1970 (UTC), days are proleptic ordinals (``date.toordinal``) of
the location's own calendar. Wall times become moments day by day, so a day with a change of the
clock has 23 or 25 hours.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from chaland.network.types import Calendar

NEVER = 2**39
"""A moment that does not come: beyond every calendar, yet times a cost it still fits in 63 bits."""

HORIZON_DAYS = 60
"""How many days ahead we look for a moment before we answer NEVER."""

Span = tuple[int, int]


@lru_cache(maxsize=65_536)
def moment_at(zone: ZoneInfo, day: int, clock: time) -> int:
    """Return the moment when clocks in *zone* show *clock* on *day*; skipped hours are moved on."""
    return int(datetime.combine(date.fromordinal(day), clock, zone).timestamp())


@lru_cache(maxsize=65_536)
def _midnight(zone: ZoneInfo, day: int) -> int:
    return moment_at(zone, day, time.min)


def day_of(zone: ZoneInfo, moment: int) -> int:
    """Return the day that it is in *zone* at *moment*."""
    return datetime.fromtimestamp(moment, zone).toordinal()


class WorkingTime:
    """The opening hours of one calendar as spans of time, worked out once per day and kept."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.zone = calendar.zone
        self._spans: dict[int, tuple[Span, ...]] = {}

    def spans(self, day: int) -> tuple[Span, ...]:
        """Return when the location works on *day*, as (start, end) moments; empty when it rests."""
        found = self._spans.get(day)
        if found is None:
            found = self._spans[day] = tuple(self._spans_of(day))
        return found

    def _spans_of(self, day: int) -> Iterator[Span]:
        for window in self.calendar.windows_on(date.fromordinal(day)):
            end = day + 1 if window.closes == time.min else day
            yield moment_at(self.zone, day, window.opens), moment_at(self.zone, end, window.closes)

    def day_of(self, moment: int) -> int:
        """Return the location's own day at *moment*."""
        return day_of(self.zone, moment)

    def next_open_day(self, day: int, count: int = 0) -> int | None:
        """Return the open day *count* open days after the first from *day* on, or None."""
        for candidate in range(day, day + HORIZON_DAYS + count):
            if self.spans(candidate):
                if count == 0:
                    return candidate
                count -= 1
        return None

    def previous_open_day(self, day: int, count: int) -> int | None:
        """Return the open day that is *count* open days before *day*, or None."""
        for candidate in range(day - 1, day - HORIZON_DAYS - count, -1):
            if count == 0:
                break
            if self.spans(candidate):
                day, count = candidate, count - 1
        return day if count == 0 else None

    def finish(self, start: int, seconds: int) -> int:
        """Return when *seconds* of opening time have passed since *start*, or NEVER."""
        if seconds == 0:
            return start
        first = self.day_of(start)
        for day in range(first, first + HORIZON_DAYS):
            for opens, closes in self.spans(day):
                begin = max(opens, start)
                if begin >= closes:
                    continue
                if begin + seconds <= closes:
                    return begin + seconds
                seconds -= closes - begin
        return NEVER

    def between(self, start: int, end: int) -> int:
        """Return how many seconds of opening time lie between two moments; 0 if none."""
        return sum(
            max(min(closes, end) - max(opens, start), 0)
            for day in range(self.day_of(start), self.day_of(end) + 1)
            for opens, closes in self.spans(day)
        )

    def latest_start(self, end: int, seconds: int) -> int | None:
        """Return the latest start whose *seconds* of opening time have passed by *end*, or None."""
        if seconds == 0:
            return end
        last = self.day_of(end)
        for day in range(last, last - HORIZON_DAYS, -1):
            for opens, closes in reversed(self.spans(day)):
                stop = min(closes, end)
                if stop <= opens:
                    continue
                if stop - seconds >= opens:
                    return stop - seconds
                seconds -= stop - opens
        return None


def moment_of(now: datetime) -> int:
    """Return *now* (with offset), rounded up: a fraction past the cut-off is past it."""
    whole = int(now.timestamp())
    return whole if now.microsecond == 0 else whole + 1


@lru_cache(maxsize=65_536)
def as_datetime(moment: int) -> datetime:
    """Return *moment* in UTC."""
    return datetime.fromtimestamp(moment, UTC)
