"""Sites as the console shows them: how full, how late, open or paused."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from chaland.console import wording
from chaland.fulfilment.types import SiteLoad
from chaland.network.types import Calendar, LocationFacts, OpeningWindow
from chaland.promise.engine import Handling

FULL = 1.0
NEARLY_FULL = 0.8
_SMALLEST_DOT, _LARGEST_DOT = 9.0, 30.0
_IDLE = SiteLoad()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site and its work. ``share`` is waiting work by daily capacity (0 without a limit)."""

    facts: LocationFacts
    load: SiteLoad
    organisation: str
    paused: bool
    open_now: bool

    @property
    def code(self) -> str:
        """The retailer's code."""
        return self.facts.code

    @property
    def name(self) -> str:
        """The name for people."""
        return self.facts.name

    @property
    def city(self) -> str:
        """The town."""
        return self.facts.city

    @property
    def kind(self) -> str:
        """Warehouse, shop, supplier and so on."""
        return self.facts.kind.value

    @property
    def active(self) -> bool:
        """Whether the retailer uses it at all."""
        return self.facts.active

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("console:location", args=[self.facts.code])

    @property
    def waiting(self) -> int:
        """Fulfilment orders that still have to leave or be made ready."""
        return self.load.waiting

    @property
    def capacity(self) -> int:
        """Fulfilment orders a day; 0 is no limit."""
        return self.facts.daily_capacity

    @property
    def late(self) -> int:
        """Fulfilment orders past the moment they had to leave."""
        return self.load.late

    @property
    def share(self) -> float:
        """Waiting work by daily capacity."""
        return self.waiting / self.capacity if self.capacity else 0.0

    @property
    def bar(self) -> int:
        """The length of its meter, 0 to 100."""
        return min(100, round(100 * self.share))

    @property
    def tone(self) -> str:
        """The tone of its meter."""
        if self.share >= FULL:
            return "bad"
        return "warn" if self.share >= NEARLY_FULL else "calm"


def site(
    facts: LocationFacts,
    loads: Mapping[int, SiteLoad],
    organisations: Mapping[str, str],
    now: datetime,
) -> Site:
    """Put a site together from its facts and the loads of all."""
    return Site(
        facts=facts,
        load=loads.get(facts.id, _IDLE),
        organisation=organisations.get(facts.organisation, facts.organisation),
        paused=facts.is_paused(now),
        open_now=facts.calendar.is_open_at(now),
    )


def by_urgency(place: Site) -> tuple[int, float, int, str]:
    """Sort key: the latest first, then the fullest, then the most waiting, then by name."""
    return (-place.late, -place.share, -place.waiting, place.name)


def dot_radius(place: Site) -> float:
    """Return how large a site is on the map: its area grows with the work that waits."""
    return round(min(_LARGEST_DOT, _SMALLEST_DOT + 2.2 * sqrt(place.waiting)), 1)


def dot_tone(place: Site) -> str:
    """Return what is most worth knowing of a site on the map."""
    if place.paused:
        return "paused"
    if place.late:
        return "late"
    return "busy" if place.share >= FULL else ""


def dot_title(place: Site) -> str:
    """Return a site's line for the map: name, work, what is wrong."""
    parts = [
        place.name,
        ngettext("%(count)d order waits", "%(count)d orders wait", place.waiting)
        % {"count": place.waiting},
    ]
    if place.late:
        parts.append(
            ngettext("%(count)d late", "%(count)d late", place.late) % {"count": place.late}
        )
    if place.paused:
        parts.append(gettext("paused"))
    return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Day:
    """The opening hours of one day in words."""

    name: str
    text: str


def opening_days(calendar: Calendar, now: datetime, *, days: int = 7) -> list[Day]:
    """Return the opening hours of the next *days* days, holidays and closures included."""
    today = now.astimezone(calendar.zone).date()
    week = []
    for offset in range(days):
        date = today + timedelta(days=offset)
        windows = calendar.windows_on(date)
        text = ", ".join(_hours(window) for window in windows)
        week.append(Day(date_format(date, "l j F"), text or gettext("closed")))
    return week


def _hours(window: OpeningWindow) -> str:
    return f"{window.opens:%H:%M}{wording.DASH}{window.closes:%H:%M}"


@dataclass(frozen=True, slots=True)
class LearnedHour:
    """How long orders take that a site was told of in one hour of its day; ``bar`` is 0 to 100."""

    hour: int
    minutes: int
    orders: int
    bar: int


@dataclass(frozen=True, slots=True)
class LearnedHandling:
    """How long a site takes, from so many ``orders``; ``minutes`` suffice for 95 of 100."""

    orders: int
    minutes: int
    hours: list[LearnedHour]


def handling(found: Handling | None) -> LearnedHandling | None:
    """Return what was learned of a site's time to prepare, ready to be shown."""
    if found is None:
        return None
    longest = max((seconds for seconds, _ in found.by_hour.values()), default=1) or 1
    hours = [
        LearnedHour(hour, round(seconds / 60), orders, round(100 * seconds / longest))
        for hour, (seconds, orders) in sorted(found.by_hour.items())
    ]
    return LearnedHandling(found.parcels, round(found.within(0.95) / 60), hours)
