"""What clients send and are answered about locations."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from chaland.network.types import (
    Capability,
    ClosedPeriod,
    LocationDraft,
    LocationFacts,
    LocationKind,
    OpeningWindow,
)
from chaland.web.schemas import (
    Body,
    ClockTime,
    Code,
    Country,
    Day,
    Line,
    Moment,
    Restrictions,
    View,
    example,
)

Cost = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,5}(\.[0-9]{1,2})?$")]
"""An amount in the retailer's currency, as text with at most two decimals."""

Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class WindowBody(Body):
    """Open on a weekday (0 is Monday) from `opens` to `closes`; 00:00 closes at midnight."""

    weekday: Annotated[int, Field(ge=0, le=6)]
    opens: ClockTime
    closes: ClockTime


class ClosureBody(Body):
    """Closed from `starts` to `ends`, both days included."""

    starts: Day
    ends: Day
    reason: Annotated[str, Field(max_length=200)] = ""


class LocationBody(Body):
    """A place that holds or hands over goods.

    Costs are what an order, and each of its lines, costs here; `handling_minutes` is the opening
    time needed to prepare an order; `daily_capacity` is in fulfilment orders, 0 for no limit.
    `refused_restrictions` are the restrictions of SKUs that it does not handle: none, everything.
    """

    model_config = example(
        {
            "name": "Paris Rivoli",
            "kind": "store",
            "organisation": "group",
            "country": "FR",
            "postal_code": "75004",
            "city": "Paris",
            "capabilities": ["ship", "pickup"],
            "hours": [{"weekday": 0, "opens": "09:30", "closes": "19:00"}],
        }
    )

    name: Line
    kind: LocationKind
    organisation: Code
    country: Country
    postal_code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 -]{1,16}$")]
    city: Line
    street: Annotated[str, Field(max_length=200)] = ""
    region: Annotated[str, Field(max_length=8)] = ""
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    time_zone: Annotated[str, Field(max_length=64)] = "Europe/Paris"
    capabilities: Annotated[frozenset[Capability], Field(max_length=4)] = frozenset(
        {Capability.SHIP}
    )
    daily_capacity: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    handling_minutes: Annotated[int, Field(ge=0, le=43_200)] = 60
    cost_per_order: Cost = "0"
    cost_per_line: Cost = "0"
    cut_off: ClockTime = time(16)
    open_on_holidays: bool = False
    active: bool = True
    refused_restrictions: Restrictions = []
    hours: Annotated[list[WindowBody], Field(max_length=70)] | None = None
    closures: Annotated[list[ClosureBody], Field(max_length=400)] | None = None

    def draft(self, code: str) -> LocationDraft:
        """Return the draft of the location called *code*."""
        special = {
            "code", "cost_per_order", "cost_per_line", "refused_restrictions", "hours", "closures",
        }  # fmt: skip
        plain = {
            name: getattr(self, name) for name in type(self).model_fields if name not in special
        }
        return LocationDraft(
            **plain,
            code=code,
            cost_per_order=Decimal(self.cost_per_order),
            cost_per_line=Decimal(self.cost_per_line),
            refused_restrictions=frozenset(self.refused_restrictions),
            hours=None if self.hours is None else tuple(map(_window, self.hours)),
            closures=None if self.closures is None else tuple(map(_period, self.closures)),
        )


class LocationItem(LocationBody):
    """A location of a bulk request."""

    model_config = example(
        {
            "code": "SHOP-RIVOLI",
            "name": "Paris Rivoli",
            "kind": "store",
            "organisation": "group",
            "country": "FR",
            "postal_code": "75004",
            "city": "Paris",
            "capabilities": ["ship", "pickup"],
            "hours": [{"weekday": 0, "opens": "09:30", "closes": "19:00"}],
        }
    )

    code: Code


class PauseBody(Body):
    """Why a location takes no new work, and until when; without `until`, until further notice."""

    model_config = example({"reason": "Stocktaking", "until": "2099-11-23T08:00:00+01:00"})

    reason: Line
    until: Moment | None = None


class ResumeBody(Body):
    """Why a location takes new work again."""

    reason: Annotated[str, Field(max_length=200)] = ""


class OpeningView(View):
    """Open on a weekday (0 is Monday) from `opens` to `closes`."""

    weekday: int
    opens: str
    closes: str


class ClosureView(View):
    """Closed from `starts` to `ends`, both days included."""

    starts: date
    ends: date
    reason: str


class LocationView(View):
    """A place that holds or hands over goods; `paused` tells whether it takes no new work now."""

    code: str
    name: str
    kind: LocationKind
    organisation: str
    country: str
    region: str
    postal_code: str
    city: str
    street: str
    latitude: float
    longitude: float
    time_zone: str
    capabilities: list[Capability]
    daily_capacity: int
    handling_minutes: int
    cost_per_order: str
    cost_per_line: str
    cut_off: str
    open_on_holidays: bool
    active: bool
    refused_restrictions: list[str]
    paused: bool
    paused_until: datetime | None
    pause_reason: str
    hours: list[OpeningView]
    closures: list[ClosureView]
    version: int

    @classmethod
    def of(cls, facts: LocationFacts, *, now: datetime) -> "LocationView":
        """Show a location as it is at *now*."""
        paused = facts.is_paused(now)
        calendar = facts.calendar
        return cls(
            code=facts.code,
            name=facts.name,
            kind=facts.kind,
            organisation=facts.organisation,
            country=facts.country,
            region=facts.region,
            postal_code=facts.postal_code,
            city=facts.city,
            street=facts.street,
            latitude=facts.latitude,
            longitude=facts.longitude,
            time_zone=facts.time_zone,
            capabilities=sorted(facts.capabilities),
            daily_capacity=facts.daily_capacity,
            handling_minutes=facts.handling_minutes,
            cost_per_order=str(facts.cost_per_order),
            cost_per_line=str(facts.cost_per_line),
            cut_off=f"{facts.cut_off:%H:%M}",
            open_on_holidays=calendar.open_on_holidays,
            active=facts.active,
            refused_restrictions=sorted(facts.refused_restrictions),
            paused=paused,
            paused_until=facts.paused_until if paused else None,
            pause_reason=facts.pause_reason if paused else "",
            hours=[
                OpeningView(
                    weekday=item.weekday, opens=f"{item.opens:%H:%M}", closes=f"{item.closes:%H:%M}"
                )
                for item in calendar.windows
            ],
            closures=[
                ClosureView(starts=item.starts, ends=item.ends, reason=item.reason)
                for item in calendar.closures
            ],
            version=facts.version,
        )


def _window(body: WindowBody) -> OpeningWindow:
    return OpeningWindow(body.weekday, body.opens, body.closes)


def _period(body: ClosureBody) -> ClosedPeriod:
    return ClosedPeriod(body.starts, body.ends, body.reason)
