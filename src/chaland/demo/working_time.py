"""Count minutes of work: the clock of a site stands still while it is closed."""

from datetime import datetime, time, timedelta

from chaland.network.types import Calendar


def after_working(calendar: Calendar, start: datetime, minutes: float) -> datetime:
    """Return the moment when *minutes* of opening time have gone by since *start*.

    Raises ValueError when the site never opens.
    """
    if not calendar.windows:
        raise ValueError("a site that never opens never works")
    left = timedelta(minutes=minutes)
    begin = start.astimezone(calendar.zone)
    day = begin.date()
    while True:
        for window in calendar.windows_on(day):
            opens = max(begin, datetime.combine(day, window.opens, calendar.zone))
            closes = datetime.combine(day, window.closes, calendar.zone)
            if window.closes == time.min:
                closes += timedelta(days=1)
            if opens >= closes:
                continue
            if closes - opens >= left:
                return opens + left
            left -= closes - opens
        day += timedelta(days=1)
