"""A draft that is wrong says which field, and how to mend it."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chaland.network.rules import (
    channel_problems,
    group_problems,
    location_problems,
    organisation_problems,
    pause_problems,
    postal_area_problems,
)
from chaland.network.types import (
    ChannelDraft,
    ChannelKind,
    ClosedPeriod,
    LocationDraft,
    LocationGroupDraft,
    LocationKind,
    OpeningWindow,
    OrganisationDraft,
    OrganisationKind,
    Pause,
    PostalAreaDraft,
)

ORGANISATION = OrganisationDraft(
    code="maison", name="Maison", kind=OrganisationKind.GROUP, country="FR"
)
LOCATION = LocationDraft(
    code="shop-1",
    name="Shop",
    kind=LocationKind.STORE,
    organisation="maison",
    country="FR",
    postal_code="69002",
    city="Lyon",
)
CHANNEL = ChannelDraft(
    code="web", name="Web", kind=ChannelKind.WEB, currency="EUR", countries=frozenset({"FR"})
)
AREA = PostalAreaDraft(
    country="DE", postal_code="10115", name="Berlin", latitude=52.5, longitude=13.4
)
MORNING = OpeningWindow(0, time(9), time(12))
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def test_a_good_draft_has_no_problem() -> None:
    assert organisation_problems(replace(ORGANISATION, vat_number="FR40303265045")) == []
    assert location_problems(LOCATION) == []
    assert channel_problems(CHANNEL) == []
    assert group_problems(LocationGroupDraft(code="g", name="G", locations=("a", "b"))) == []
    assert postal_area_problems(AREA) == []
    assert pause_problems(Pause(reason="flood", until=NOW + timedelta(days=1)), now=NOW) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "a b"),
        ("code", ""),
        ("name", "  "),
        ("name", "x" * 201),
        ("country", "XX"),
        ("vat_number", "FR123"),
        ("parent", "maison"),
    ],
)
def test_an_organisation_names_its_bad_field(field: str, value: Any) -> None:
    problems = organisation_problems(replace(ORGANISATION, **{field: value}))
    assert [item.field for item in problems] == [field]
    assert all(item.fix and item.code and item.message for item in problems)


@pytest.mark.parametrize(
    ("named", "changes"),
    [
        ("code", {"code": "é"}),
        ("country", {"country": "fr"}),
        ("postal_code", {"postal_code": ""}),
        ("postal_code", {"postal_code": "1" * 17}),
        ("city", {"city": "\0"}),
        ("time_zone", {"time_zone": "Europe/Lyon"}),
        ("time_zone", {"time_zone": "../etc"}),
        ("longitude", {"latitude": 45.0}),
        ("latitude", {"latitude": 91.0, "longitude": 0.0}),
        ("longitude", {"latitude": 0.0, "longitude": float("nan")}),
        ("daily_capacity", {"daily_capacity": -1}),
        ("handling_minutes", {"handling_minutes": 43_201}),
        ("cost_per_order", {"cost_per_order": Decimal("-0.01")}),
        ("cost_per_line", {"cost_per_line": Decimal("10000.01")}),
        ("hours[0].weekday", {"hours": (OpeningWindow(7, time(9), time(12)),)}),
        ("hours[0].closes", {"hours": (OpeningWindow(0, time(12), time(9)),)}),
        ("hours", {"hours": (MORNING, OpeningWindow(0, time(11), time(13)))}),
        ("hours", {"hours": (OpeningWindow(0, time(8), time(0)), MORNING)}),
        ("closures[0].ends", {"closures": (ClosedPeriod(date(2026, 2, 2), date(2026, 2, 1)),)}),
        ("closures[1]", {"closures": (ClosedPeriod(date(2026, 2, 2), date(2026, 2, 2)),) * 2}),
    ],
)
def test_a_location_names_its_bad_field(named: str, changes: dict[str, Any]) -> None:
    assert [item.field for item in location_problems(replace(LOCATION, **changes))] == [named]


@pytest.mark.parametrize(
    ("named", "changes"),
    [
        ("countries", {"countries": frozenset()}),
        ("countries", {"countries": frozenset({"FR", "ZZ"})}),
        ("release_delay_minutes", {"release_delay_minutes": 10_081}),
        ("name", {"name": ""}),
    ],
)
def test_a_channel_names_its_bad_field(named: str, changes: dict[str, Any]) -> None:
    assert [item.field for item in channel_problems(replace(CHANNEL, **changes))] == [named]


def test_a_member_given_twice_is_named() -> None:
    draft = LocationGroupDraft(code="g", name="G", locations=("a", "b", "a"))
    assert [item.field for item in group_problems(draft)] == ["locations[2]"]


def test_a_pause_needs_a_reason_and_an_end_that_is_still_to_come() -> None:
    problems = pause_problems(Pause(reason=" ", until=NOW), now=NOW)
    assert [item.field for item in problems] == ["reason", "until"]


def test_a_postal_area_off_the_earth_is_refused() -> None:
    assert [item.field for item in postal_area_problems(replace(AREA, latitude=-90.1))] == [
        "latitude"
    ]
