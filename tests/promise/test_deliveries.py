"""When parcels arrive: delivery days, holidays at the destination, the destination's own time."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from chaland.promise.rules.deliveries import DeliveryDays, DeliveryPattern, time_zone_of
from chaland.promise.rules.working_time import NEVER, as_datetime

SIX_DAYS = DeliveryPattern(frozenset(range(6)), on_holidays=False, opens=time(8), closes=time(20))


def arrives(
    left: str, days: tuple[int, int], *, country: str = "FR", pattern: DeliveryPattern = SIX_DAYS
) -> tuple[str, str]:
    day = date.fromisoformat(left).toordinal()
    calendar = DeliveryDays(pattern, country, first_day=day)
    earliest, latest = calendar.arrivals(np.array([day]), np.array([days[1]]), np.array([days[0]]))
    zone = time_zone_of(country)
    shown = [as_datetime(int(item[0, 0])).astimezone(zone) for item in (earliest, latest)]
    return shown[0].strftime("%Y-%m-%dT%H:%M"), shown[1].strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("left", "days", "window"),
    [
        ("2026-11-19", (1, 2), ("2026-11-20T08:00", "2026-11-21T20:00")),
        ("2026-11-20", (1, 2), ("2026-11-21T08:00", "2026-11-23T20:00")),
        ("2026-11-21", (1, 1), ("2026-11-23T08:00", "2026-11-23T20:00")),
        ("2026-12-24", (1, 2), ("2026-12-26T08:00", "2026-12-28T20:00")),
        ("2026-04-30", (1, 1), ("2026-05-02T08:00", "2026-05-02T20:00")),
        ("2026-11-19", (0, 1), ("2026-11-19T08:00", "2026-11-20T20:00")),
        ("2026-11-22", (0, 0), ("2026-11-23T08:00", "2026-11-23T20:00")),
    ],
    ids=["midweek", "over-sunday", "saturday", "christmas", "labour-day", "same-day", "sunday-0"],
)
def test_days_count_delivery_days_only(
    left: str, days: tuple[int, int], window: tuple[str, str]
) -> None:
    assert arrives(left, days) == window


def test_the_destinations_holidays_count_not_the_origins() -> None:
    # 3 October is a holiday in Germany, Saturday in 2026; 11 November is one in France.
    assert arrives("2026-10-02", (1, 1), country="DE")[0] == "2026-10-05T08:00"
    assert arrives("2026-11-10", (1, 1), country="DE")[0] == "2026-11-11T08:00"
    assert arrives("2026-11-10", (1, 1), country="FR")[0] == "2026-11-12T08:00"


def test_deliveries_keep_to_the_wall_clock_through_the_change_of_time() -> None:
    # Sent on Saturday 24 October 2026; the clocks go back on Sunday.
    day = date(2026, 10, 24).toordinal()
    _, latest = DeliveryDays(SIX_DAYS, "FR", first_day=day).arrivals(
        np.array([day]), np.array([1]), np.array([1])
    )
    expected = datetime(2026, 10, 26, 20, 0, tzinfo=ZoneInfo("Europe/Paris"))
    assert as_datetime(int(latest[0, 0])) == expected


@pytest.mark.parametrize(
    ("country", "zone"),
    [("FR", "Europe/Paris"), ("PT", "Europe/Lisbon"), ("GR", "Europe/Athens"), ("XX", "UTC")],
)
def test_a_country_is_timed_by_its_largest_zone(country: str, zone: str) -> None:
    assert time_zone_of(country).key == zone


def test_what_never_delivers_never_arrives() -> None:
    pattern = DeliveryPattern(frozenset(), on_holidays=True, opens=time(8), closes=time(20))
    day = date(2026, 11, 20).toordinal()
    earliest, latest = DeliveryDays(pattern, "FR", first_day=day).arrivals(
        np.array([day]), np.array([2]), np.array([1])
    )
    assert int(earliest[0, 0]) == int(latest[0, 0]) == NEVER


def test_a_calendar_says_how_far_it_reaches() -> None:
    day = date(2026, 11, 20).toordinal()
    calendar = DeliveryDays(SIX_DAYS, "FR", first_day=day)
    assert calendar.covers(day, day + 60)
    assert not calendar.covers(day - 1, day)
    assert not calendar.covers(day, day + 61)
