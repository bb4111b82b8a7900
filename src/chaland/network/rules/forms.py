"""Each thing as plain JSON, in one form for drafts and for what is stored.

Two forms are equal exactly when a write would change nothing; the audit log keeps both.
"""

from dataclasses import asdict
from decimal import Decimal

from chaland.network.types import (
    AgreementDraft,
    ChannelDraft,
    ChannelFacts,
    ClosedPeriod,
    LocationDraft,
    LocationFacts,
    LocationGroupDraft,
    LocationGroupFacts,
    OpeningWindow,
    OrganisationDraft,
    OrganisationFacts,
)

Form = dict[str, object]

_ORGANISATION = ("name", "kind", "country", "parent", "vat_number", "active")
_LOCATION = (
    "name", "kind", "organisation", "country", "region", "postal_code", "city", "street",
    "latitude", "longitude", "time_zone", "daily_capacity", "handling_minutes", "active",
)  # fmt: skip
_CHANNEL = ("name", "kind", "brand", "currency", "pool", "release_delay_minutes", "active")


def organisation_form(thing: OrganisationDraft | OrganisationFacts) -> Form:
    """Return an organisation as JSON."""
    return _pick(thing, _ORGANISATION)


def agreement_form(thing: AgreementDraft | OrganisationFacts) -> Form:
    """Return the channels that may sell an organisation's stock as JSON."""
    return {"channels": sorted(thing.channels)}


def location_form(thing: LocationDraft | LocationFacts) -> Form:
    """Return a location as JSON, without its pause; a draft must have its hours and closures."""
    if isinstance(thing, LocationFacts):
        calendar = thing.calendar
        hours, closures = calendar.windows, calendar.closures
        on_holidays = calendar.open_on_holidays
    else:
        hours, closures = thing.hours or (), thing.closures or ()
        on_holidays = thing.open_on_holidays
    return _pick(thing, _LOCATION) | {
        "refused_restrictions": sorted(thing.refused_restrictions),
        "capabilities": sorted(item.value for item in thing.capabilities),
        "cost_per_order": _cents(thing.cost_per_order),
        "cost_per_line": _cents(thing.cost_per_line),
        "cut_off": thing.cut_off.isoformat(),
        "open_on_holidays": on_holidays,
        "hours": [_window(item) for item in sorted(hours)],
        "closures": [_period(item) for item in sorted(closures)],
    }


def group_form(thing: LocationGroupDraft | LocationGroupFacts) -> Form:
    """Return a location group as JSON."""
    return {"name": thing.name, "locations": sorted(thing.locations)}


def channel_form(thing: ChannelDraft | ChannelFacts) -> Form:
    """Return a channel as JSON."""
    return _pick(thing, _CHANNEL) | {"countries": sorted(thing.countries)}


def pause_form(thing: LocationFacts) -> Form:
    """Return a location's pause as JSON."""
    return {
        "paused_at": thing.paused_at and thing.paused_at.isoformat(),
        "paused_until": thing.paused_until and thing.paused_until.isoformat(),
        "pause_reason": thing.pause_reason,
    }


def _pick(thing: object, names: tuple[str, ...]) -> Form:
    return {name: getattr(thing, name) for name in names}


def _cents(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _window(window: OpeningWindow) -> Form:
    return {
        "weekday": window.weekday,
        "opens": window.opens.isoformat(),
        "closes": window.closes.isoformat(),
    }


def _period(period: ClosedPeriod) -> Form:
    return {name: str(value) for name, value in asdict(period).items()}
