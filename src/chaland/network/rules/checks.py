"""What is wrong with a draft on its own: each check names the field and the fix."""

from collections.abc import Iterator
from datetime import datetime, time
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stdnum.eu import vat

from chaland.kernel.codes import is_code, is_country
from chaland.kernel.errors import FieldProblem
from chaland.kernel.restrictions import restriction_problems
from chaland.network.types import (
    ChannelDraft,
    ClosedPeriod,
    LocationDraft,
    LocationGroupDraft,
    OpeningWindow,
    OrganisationDraft,
    Pause,
    PostalAreaDraft,
)

LONGEST_TEXT, LONGEST_POSTAL_CODE, LONGEST_REGION = 200, 16, 8
MOST_ORDERS_A_DAY, LONGEST_HANDLING_MINUTES, HIGHEST_COST = 1_000_000, 43_200, 10_000
LONGEST_RELEASE_DELAY_MINUTES = 10_080
MOST_WINDOWS, MOST_CLOSURES, MOST_COUNTRIES = 70, 400, 60
LAST_WEEKDAY, HIGHEST_LATITUDE, HIGHEST_LONGITUDE = 6, 90, 180

_CODE_FIX = "Use 1 to 64 letters, digits, dots, dashes or underscores."


def organisation_problems(draft: OrganisationDraft) -> list[FieldProblem]:
    """Return what is wrong with an organisation; empty when nothing is."""
    return [
        *_code(draft.code),
        *_text("name", draft.name),
        *_country("country", draft.country),
        *_vat_number(draft.vat_number),
        *_not_its_own_parent(draft),
    ]


def location_problems(draft: LocationDraft) -> list[FieldProblem]:
    """Return what is wrong with a location; empty when nothing is."""
    return [
        *_code(draft.code),
        *_text("name", draft.name),
        *_country("country", draft.country),
        *_text("postal_code", draft.postal_code, longest=LONGEST_POSTAL_CODE),
        *_text("city", draft.city),
        *_text("street", draft.street, may_be_empty=True),
        *_text("region", draft.region, longest=LONGEST_REGION, may_be_empty=True),
        *_time_zone(draft.time_zone),
        *_coordinates(draft.latitude, draft.longitude),
        *_number("daily_capacity", draft.daily_capacity, MOST_ORDERS_A_DAY),
        *_number("handling_minutes", draft.handling_minutes, LONGEST_HANDLING_MINUTES),
        *_number("cost_per_order", float(draft.cost_per_order), HIGHEST_COST),
        *_number("cost_per_line", float(draft.cost_per_line), HIGHEST_COST),
        *restriction_problems("refused_restrictions", sorted(draft.refused_restrictions)),
        *_hours(draft.hours or ()),
        *_closures(draft.closures or ()),
    ]


def group_problems(draft: LocationGroupDraft) -> list[FieldProblem]:
    """Return what is wrong with a location group; empty when nothing is."""
    return [
        *_code(draft.code),
        *_text("name", draft.name),
        *(
            FieldProblem(
                f"locations[{place}]", "repeated", f"{code!r} is given twice", "Send it once."
            )
            for place, code in enumerate(draft.locations)
            if code in draft.locations[:place]
        ),
    ]


def channel_problems(draft: ChannelDraft) -> list[FieldProblem]:
    """Return what is wrong with a channel; empty when nothing is."""
    found = [
        *_code(draft.code),
        *_text("name", draft.name),
        *_text("brand", draft.brand, may_be_empty=True),
        *_number(
            "release_delay_minutes", draft.release_delay_minutes, LONGEST_RELEASE_DELAY_MINUTES
        ),
    ]
    if not 1 <= len(draft.countries) <= MOST_COUNTRIES:
        found.append(
            FieldProblem(
                "countries",
                "out_of_range",
                f"{len(draft.countries)} countries",
                f"Send 1 to {MOST_COUNTRIES} ISO 3166-1 codes like FR.",
            )
        )
    for country in sorted(draft.countries):
        found.extend(_country("countries", country))
    return found


def postal_area_problems(draft: PostalAreaDraft) -> list[FieldProblem]:
    """Return what is wrong with a postal area; empty when nothing is."""
    return [
        *_country("country", draft.country),
        *_text("postal_code", draft.postal_code, longest=LONGEST_POSTAL_CODE),
        *_text("name", draft.name),
        *_coordinates(draft.latitude, draft.longitude),
    ]


def pause_problems(pause: Pause, *, now: datetime) -> list[FieldProblem]:
    """Return what is wrong with a pause that starts *now*; empty when nothing is."""
    found = list(_text("reason", pause.reason))
    if pause.until is not None and pause.until <= now:
        found.append(
            FieldProblem(
                "until",
                "in_the_past",
                "the pause would be over already",
                "Send a later time, or leave it out for a pause until further notice.",
            )
        )
    return found


def _code(code: str) -> Iterator[FieldProblem]:
    if not is_code(code):
        yield FieldProblem("code", "invalid_code", f"{code[:80]!r} is not a code", _CODE_FIX)


def _text(
    field: str, text: str, *, longest: int = LONGEST_TEXT, may_be_empty: bool = False
) -> Iterator[FieldProblem]:
    if not text.strip() and not may_be_empty:
        yield FieldProblem(field, "missing", f"the {field} is empty", f"Send the {field}.")
    if len(text) > longest or "\0" in text:
        yield FieldProblem(
            field, "too_long", f"the {field} is too long", f"Send at most {longest} characters."
        )


def _country(field: str, country: str) -> Iterator[FieldProblem]:
    if not is_country(country):
        yield FieldProblem(
            field,
            "unknown_country",
            f"{country[:10]!r} is not a country",
            "Send an ISO 3166-1 code like FR.",
        )


def _vat_number(number: str) -> Iterator[FieldProblem]:
    if number and not vat.is_valid(number):
        yield FieldProblem(
            "vat_number",
            "invalid_vat_number",
            f"{number[:20]!r} is not a VAT number of the Union",
            "Send it with its country prefix, like FR40303265045, or leave it out.",
        )


def _not_its_own_parent(draft: OrganisationDraft) -> Iterator[FieldProblem]:
    if draft.parent and draft.parent == draft.code:
        yield FieldProblem(
            "parent",
            "own_parent",
            "an organisation cannot be its own parent",
            "Name another organisation, or leave it out.",
        )


def _number(field: str, value: float, most: int) -> Iterator[FieldProblem]:
    if not 0 <= value <= most:
        yield FieldProblem(field, "out_of_range", f"{value} is out of range", f"Send 0 to {most}.")


def _coordinates(latitude: float | None, longitude: float | None) -> Iterator[FieldProblem]:
    if (latitude is None) != (longitude is None):
        missing = "latitude" if latitude is None else "longitude"
        yield FieldProblem(
            missing, "missing", f"the {missing} is missing", "Send both coordinates, or neither."
        )
    for field, value, most in (
        ("latitude", latitude, HIGHEST_LATITUDE),
        ("longitude", longitude, HIGHEST_LONGITUDE),
    ):
        if value is not None and not -most <= value <= most:
            yield FieldProblem(
                field, "out_of_range", f"{value} is out of range", f"Send -{most} to {most}."
            )


def _time_zone(name: str) -> Iterator[FieldProblem]:
    if not _is_time_zone(name):
        yield FieldProblem(
            "time_zone",
            "unknown_time_zone",
            f"{name[:40]!r} is not a time zone",
            "Send an IANA name like Europe/Paris.",
        )


@lru_cache(maxsize=1024)
def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _hours(windows: tuple[OpeningWindow, ...]) -> Iterator[FieldProblem]:
    if len(windows) > MOST_WINDOWS:
        yield FieldProblem(
            "hours", "too_many", f"{len(windows)} opening windows", f"Send at most {MOST_WINDOWS}."
        )
        return
    for place, window in enumerate(windows):
        if not 0 <= window.weekday <= LAST_WEEKDAY:
            yield FieldProblem(
                f"hours[{place}].weekday",
                "out_of_range",
                f"{window.weekday} is no weekday",
                "Send 0 (Monday) to 6 (Sunday).",
            )
        if window.closes <= window.opens and window.closes != time.min:
            yield FieldProblem(
                f"hours[{place}].closes",
                "closes_before_it_opens",
                "the window closes before it opens",
                "Send a later time; 00:00 is midnight at the end of the day.",
            )
    for before, after in pairwise(sorted(windows)):
        if before.weekday == after.weekday and (
            before.closes > after.opens or before.closes == time.min
        ):
            yield FieldProblem(
                "hours",
                "overlap",
                f"two windows of weekday {before.weekday} overlap",
                "Join them into one.",
            )


def _closures(periods: tuple[ClosedPeriod, ...]) -> Iterator[FieldProblem]:
    if len(periods) > MOST_CLOSURES:
        yield FieldProblem(
            "closures", "too_many", f"{len(periods)} closures", f"Send at most {MOST_CLOSURES}."
        )
        return
    days = [(period.starts, period.ends) for period in periods]
    for place, period in enumerate(periods):
        if period.ends < period.starts:
            yield FieldProblem(
                f"closures[{place}].ends",
                "ends_before_it_starts",
                "the closure ends before it starts",
                "Send the last closed day, or the same day.",
            )
        if days[place] in days[:place]:
            yield FieldProblem(
                f"closures[{place}]", "repeated", "this closure is given twice", "Send it once."
            )
        if len(period.reason) > LONGEST_TEXT:
            yield FieldProblem(
                f"closures[{place}].reason",
                "too_long",
                "the reason is too long",
                f"Send at most {LONGEST_TEXT} characters.",
            )
