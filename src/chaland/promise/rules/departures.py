"""When goods leave a location: cut-off, preparation, the queue before them, the collection.

An order that arrives by the cut-off (or the closing, if that is earlier) of an open day belongs
to that day, otherwise to the next open day. A queue that fills whole days' capacity pushes it as
many open days further. Preparation takes ``handling_minutes`` of opening time. The goods leave
with the first collection after that.
"""

from dataclasses import dataclass
from datetime import date, time

from chaland.network.types import public_holidays
from chaland.promise.rules.working_time import HORIZON_DAYS, NEVER, WorkingTime, moment_at


@dataclass(frozen=True, slots=True)
class Collection:
    """When a carrier collects: on which weekdays (Monday = 0), until when, on holidays or not."""

    weekdays: frozenset[int]
    last: time
    on_holidays: bool


@dataclass(frozen=True, slots=True)
class Departure:
    """Goods ordered now leave at ``moment``, on ``day``; so do those ordered up to ``until``.

    ``moment`` NEVER: no collection within the horizon.
    """

    moment: int
    day: int
    until: int


@dataclass(frozen=True, slots=True)
class Readiness:
    """Goods ordered now are on the pickup shelf at ``moment``, with slack at ``latest``.

    Those ordered until ``until`` are promised for the same day.
    """

    moment: int
    latest: int
    until: int


PICKUP_SLACK_SECONDS = 3600
"""Opening time between the moment the goods should be ready and the moment that is promised."""


class Dock:
    """One location's way out: its working time, cut-off and preparation time."""

    def __init__(self, hours: WorkingTime, *, cut_off: time, handling_seconds: int) -> None:
        self.hours = hours
        self._cut_off = cut_off
        self._handling = handling_seconds

    def departure(self, collection: Collection, *, now: int, queue_days: int) -> Departure:
        """Return when goods ordered at *now* leave, behind *queue_days* open days of work."""
        start = self._start(now, queue_days)
        if start is None:
            return _until_rechecked(now)
        found = self._next(collection, self.hours.finish(start, self._handling))
        if found is None:
            return _until_rechecked(now)
        moment, day = found
        return Departure(moment, day, max(now, self._order_before(moment, queue_days)))

    def collected(self, collection: Collection, *, now: int, prepared: bool) -> int:
        """Return when goods that are in work leave, *prepared* or still to be; or NEVER."""
        ready = now if prepared else self.hours.finish(now, self._handling)
        found = self._next(collection, ready)
        return NEVER if found is None else found[0]

    def _next(self, collection: Collection, ready: int) -> tuple[int, int] | None:
        """Return the first collection from *ready* on, and its day."""
        if ready == NEVER:
            return None
        first = self.hours.day_of(ready)
        for day in range(first, first + HORIZON_DAYS):
            moment = self._collected(collection, day)
            if moment is not None and moment >= ready:
                return moment, day
        return None

    def readiness(self, *, now: int, queue_days: int) -> Readiness:
        """Return when goods ordered at *now* can be collected at this very location.

        The cut-off is the carrier's, so it does not count; the customer comes in opening hours.
        """
        today = self.hours.day_of(now)
        start: int | None = now
        if queue_days:
            day = self.hours.next_open_day(today, queue_days)
            start = None if day is None else self.hours.spans(day)[0][0]
        if start is None:
            return Readiness(NEVER, NEVER, now)
        # Nobody collects outside opening hours, however quickly goods are prepared.
        work = max(self._handling, 1)
        latest = self.hours.finish(start, work + PICKUP_SLACK_SECONDS)
        if latest == NEVER:
            return Readiness(NEVER, NEVER, now)
        until = self._pickup_before(today, latest, work, queue_days)
        return Readiness(self.hours.finish(start, work), latest, max(now, until))

    def _pickup_before(self, today: int, latest: int, work: int, queue_days: int) -> int:
        """Return the last moment of ordering whose goods are still promised for the same day."""
        if queue_days:
            ordered = self.hours.next_open_day(today)
            return 0 if ordered is None else moment_at(self.hours.zone, ordered + 1, time.min) - 1
        day = self.hours.day_of(latest - 1)
        closes = self.hours.spans(day)[-1][1]
        return self.hours.latest_start(closes, work + PICKUP_SLACK_SECONDS) or 0

    def _last_order(self, day: int) -> int:
        """Return the last moment at which an order still belongs to the open *day*."""
        closes = self.hours.spans(day)[-1][1]
        return min(moment_at(self.hours.zone, day, self._cut_off), closes)

    def _start(self, now: int, queue_days: int) -> int | None:
        today = self.hours.day_of(now)
        if self.hours.spans(today) and now > self._last_order(today):
            today += 1
        day = self.hours.next_open_day(today, queue_days)
        if day is None:
            return None
        return max(now, self.hours.spans(day)[0][0])

    def _collected(self, collection: Collection, day: int) -> int | None:
        """Return when the carrier collects on *day*: at its time, or at an earlier closing."""
        spans = self.hours.spans(day)
        moment_date = date.fromordinal(day)
        if not spans or moment_date.weekday() not in collection.weekdays:
            return None
        calendar = self.hours.calendar
        rests = public_holidays(calendar.country, calendar.region, moment_date.year)
        if not collection.on_holidays and moment_date in rests:
            return None
        moment = min(moment_at(self.hours.zone, day, collection.last), spans[-1][1])
        return moment if moment >= spans[0][0] else None

    def _order_before(self, moment: int, queue_days: int) -> int:
        """Return the last moment of ordering whose goods still leave at *moment*."""
        start = self.hours.latest_start(moment, self._handling)
        if start is None:
            return 0
        day = self.hours.day_of(start)
        if queue_days == 0:
            return min(start, self._last_order(day))
        ordered = self.hours.previous_open_day(day, queue_days)
        return 0 if ordered is None else self._last_order(ordered)


def _until_rechecked(now: int) -> Departure:
    """Say that nothing leaves within the horizon, which moves on: ask again in an hour."""
    return Departure(NEVER, 0, now + 3600)
