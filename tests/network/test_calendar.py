"""When a location works."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from chaland.network.types import Calendar, ClosedPeriod, OpeningWindow, public_holidays

WEEK = (
    *(OpeningWindow(day, time(14), time(19)) for day in range(5)),
    *(OpeningWindow(day, time(9), time(12)) for day in range(6)),
)
PARIS = ZoneInfo("Europe/Paris")


def calendar(**changes: object) -> Calendar:
    values: dict[str, object] = {"time_zone": "Europe/Paris", "windows": WEEK, "country": "FR"}
    return Calendar(**{**values, **changes})  # type: ignore[arg-type]


def test_windows_of_a_day_come_in_order() -> None:
    thursday = date(2026, 11, 19)
    assert calendar().windows_on(thursday) == (
        OpeningWindow(3, time(9), time(12)),
        OpeningWindow(3, time(14), time(19)),
    )
    assert calendar().windows_on(date(2026, 11, 22)) == ()


def test_both_ends_of_a_closure_are_closed() -> None:
    stocktaking = ClosedPeriod(date(2026, 11, 18), date(2026, 11, 19), "stocktaking")
    closed = calendar(closures=(stocktaking,))
    assert [bool(closed.windows_on(date(2026, 11, day))) for day in (17, 18, 19, 20)] == [
        True,
        False,
        False,
        True,
    ]


def test_a_public_holiday_is_closed_unless_the_location_works_then() -> None:
    armistice = date(2026, 11, 11)
    assert calendar().windows_on(armistice) == ()
    assert calendar(open_on_holidays=True).windows_on(armistice) != ()


def test_alsace_rests_on_the_day_after_christmas_and_paris_does_not() -> None:
    saint_stephen = date(2026, 12, 26)
    assert calendar(region="6AE").is_closed(saint_stephen)
    assert calendar(region="57").is_closed(saint_stephen)
    assert not calendar().is_closed(saint_stephen)


def test_a_region_or_country_without_a_table_is_no_error() -> None:
    assert public_holidays("FR", "no-such", 2026) == public_holidays("FR", "", 2026)
    assert public_holidays("", "", 2026) == {}


@pytest.mark.parametrize(
    ("hour", "minute", "is_open"),
    [(8, 59, False), (9, 0, True), (11, 59, True), (12, 0, False), (18, 59, True), (19, 0, False)],
)
def test_it_opens_on_the_minute_and_closes_on_the_minute(
    hour: int,
    minute: int,
    is_open: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    moment = datetime(2026, 11, 19, hour, minute, tzinfo=PARIS)
    assert calendar().is_open_at(moment) is is_open


def test_hours_follow_the_clock_of_the_place_through_the_summer_time() -> None:
    assert calendar().is_open_at(datetime(2026, 7, 16, 7, 0, tzinfo=UTC))
    assert not calendar().is_open_at(datetime(2026, 11, 19, 7, 0, tzinfo=UTC))


def test_midnight_closes_at_the_end_of_the_day() -> None:
    late = calendar(windows=(OpeningWindow(3, time(18), time(0)),))
    assert late.is_open_at(datetime(2026, 11, 19, 23, 59, tzinfo=PARIS))
    assert not late.is_open_at(datetime(2026, 11, 20, 0, 0, tzinfo=PARIS))
    assert not late.is_open_at(datetime(2026, 11, 19, 0, 0, tzinfo=PARIS))
