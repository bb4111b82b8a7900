"""What the customer's page says: the headline, days, opening hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from chaland.fulfilment.types import FulfilmentState
from chaland.journeys.order_page import OrderPage, Part
from chaland.network.types import Calendar, OpeningWindow
from chaland.orders.types import OrderMethod, OrderState

DASH = "\N{EN DASH}"
DAYS_AHEAD = 7


@dataclass(frozen=True, slots=True)
class Day:
    """The opening hours of one day in words."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Headline:
    """The answer to the customer's question, and what else they should know."""

    text: str
    more: str


def headline(
    page: OrderPage, parts: Sequence[Part], now: datetime, renewed: datetime | None = None
) -> Headline:
    """Return where the order is, or when it comes; *parts* are those that still count.

    *renewed* is the day that was promised instead of the first, if any.
    """
    order = page.order
    known = _over(page) or _ready(page, parts)
    if known:
        return known
    if renewed is not None and renewed >= now and order.state is not OrderState.BLOCKED:
        text = gettext("We are sorry: it comes later than we said, by %s.") % day(renewed, now)
        return Headline(gettext("It takes longer than we said"), text)
    if order.state is OrderState.BLOCKED or _is_late(page, now):
        return Headline(gettext("It takes longer than we said"), _late_text(page, now))
    if order.promise_latest is None:
        return Headline(gettext("We are preparing your order"), "")
    return _promise(page, order.promise_earliest, order.promise_latest, now)


def _over(page: OrderPage) -> Headline | None:
    if page.order.state is OrderState.CANCELLED:
        return Headline(
            gettext("Your order is cancelled"),
            gettext("You have nothing to do. Any payment goes back to you."),
        )
    if page.order.state is not OrderState.COMPLETED:
        return None
    if page.order.method is OrderMethod.PICKUP:
        text = gettext("You have collected your order")
    else:
        text = gettext("Your order has arrived")
    return Headline(text, gettext("Thank you, and enjoy it."))


def _ready(page: OrderPage, parts: Sequence[Part]) -> Headline | None:
    ready = [part for part in parts if part.fulfilment.state is FulfilmentState.READY]
    if page.order.method is not OrderMethod.PICKUP or not ready:
        return None
    if len(ready) == len(parts) and page.order.state is not OrderState.BLOCKED:
        return Headline(gettext("Your order is ready"), gettext("Come and collect it."))
    return Headline(
        gettext("A part of your order is ready"), gettext("The rest is still being prepared.")
    )


def _is_late(page: OrderPage, now: datetime) -> bool:
    latest = page.order.promise_latest
    return latest is not None and latest < now


def _late_text(page: OrderPage, now: datetime) -> str:
    latest = page.order.promise_latest
    sorry = gettext("We are sorry, and we are on it: this page always says where it is.")
    if latest is None or latest >= now:
        return sorry
    said = gettext("We had promised it for %s.") % day(latest, now)
    return f"{said} {sorry}"


def _promise(
    page: OrderPage, earliest: datetime | None, latest: datetime, now: datetime
) -> Headline:
    there = timezone.localtime(latest)
    if page.order.method is OrderMethod.PICKUP:
        text = gettext("Ready %(day)s by %(time)s") % {
            "day": day(latest, now),
            "time": date_format(there, "H:i"),
        }
        return Headline(text, gettext("We write to you as soon as it waits at the counter."))
    start = timezone.localtime(earliest) if earliest else there
    if start.date() == there.date():
        text = gettext("It arrives %s") % day(latest, now)
        hours = gettext("Between %(start)s and %(end)s.") % {
            "start": date_format(start, "H:i"),
            "end": date_format(there, "H:i"),
        }
        return Headline(text, f"{hours} {_confidence(page)}".strip())
    text = gettext("It arrives by %s") % day(latest, now)
    first = gettext("Perhaps already %s.") % day(start, now)
    return Headline(text, f"{first} {_confidence(page)}".strip())


def _confidence(page: OrderPage) -> str:
    share = page.order.promise_confidence
    if share is None or share >= 1 or page.order.promise_basis != "learned":
        return ""  # What a carrier states is not what we have seen.
    return gettext("We keep such a date %d times out of 100.") % round(share * 100)


def day(moment: datetime, now: datetime) -> str:
    """Return ``today``, ``tomorrow`` or ``Tuesday 24 November``, in the retailer's time zone."""
    return _day(timezone.localtime(moment).date(), timezone.localtime(now).date())


def _day(that: date, today: date) -> str:
    near = {0: gettext("today"), 1: gettext("tomorrow"), -1: gettext("yesterday")}
    distance = (that - today).days
    return near[distance] if distance in near else date_format(that, "l j F")


def open_now(calendar: Calendar, now: datetime) -> str:
    """Return until when a counter is open, or when it opens next."""
    local = now.astimezone(calendar.zone)
    for offset in range(DAYS_AHEAD + 1):
        date_ = local.date() + timedelta(days=offset)
        for window in calendar.windows_on(date_):
            if offset == 0 and calendar.is_open_at(now) and _holds(window, local):
                return gettext("Open until %s") % f"{window.closes:%H:%M}"
            if offset or window.opens > local.time():
                return gettext("Opens %(day)s at %(time)s") % {
                    "day": _day(date_, local.date()),
                    "time": f"{window.opens:%H:%M}",
                }
    return gettext("Closed for now")


def _holds(window: OpeningWindow, local: datetime) -> bool:
    return window.opens <= local.time() and (
        local.time() < window.closes or window.closes == datetime.min.time()
    )


def opening_days(calendar: Calendar, now: datetime) -> list[Day]:
    """Return the opening hours of the next seven days, holidays and closures included."""
    today = now.astimezone(calendar.zone).date()
    week = []
    for offset in range(DAYS_AHEAD):
        date_ = today + timedelta(days=offset)
        text = ", ".join(
            f"{window.opens:%H:%M}{DASH}{window.closes:%H:%M}"
            for window in calendar.windows_on(date_)
        )
        week.append(Day(date_format(date_, "l j F"), text or gettext("closed")))
    return week
