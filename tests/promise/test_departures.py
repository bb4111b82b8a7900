"""When goods leave: cut-off, preparation, the queue, collections, weekends, holidays."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaland.network.types import Calendar, ClosedPeriod, OpeningWindow
from chaland.promise.rules.departures import Collection, Dock
from chaland.promise.rules.working_time import NEVER, WorkingTime, as_datetime, moment_of

PARIS = ZoneInfo("Europe/Paris")
SIX_DAYS = tuple(OpeningWindow(day, time(9), time(19)) for day in range(6))
WORKDAYS = Collection(frozenset(range(5)), time(17), on_holidays=False)


def dock(
    windows: tuple[OpeningWindow, ...] = SIX_DAYS,
    *,
    closures: tuple[ClosedPeriod, ...] = (),
    cut_off: time = time(16),
    handling_minutes: int = 60,
    open_on_holidays: bool = False,
) -> Dock:
    calendar = Calendar(
        time_zone="Europe/Paris",
        windows=windows,
        closures=closures,
        country="FR",
        open_on_holidays=open_on_holidays,
    )
    return Dock(WorkingTime(calendar), cut_off=cut_off, handling_seconds=60 * handling_minutes)


def at(text: str) -> int:
    return moment_of(datetime.fromisoformat(text).replace(tzinfo=PARIS))


def wall(moment: int) -> str:
    return as_datetime(moment).astimezone(PARIS).strftime("%Y-%m-%dT%H:%M:%S")


def leaves(place: Dock, text: str, *, queue_days: int = 0) -> str:
    return wall(place.departure(WORKDAYS, now=at(text), queue_days=queue_days).moment)


@pytest.mark.parametrize(
    ("ordered", "leaving"),
    [
        ("2026-11-19T08:00:00", "2026-11-19T17:00:00"),
        ("2026-11-19T16:00:00", "2026-11-19T17:00:00"),
        ("2026-11-19T16:00:01", "2026-11-20T17:00:00"),
        ("2026-11-20T16:00:01", "2026-11-23T17:00:00"),
        ("2026-11-21T10:00:00", "2026-11-23T17:00:00"),
        ("2026-11-22T10:00:00", "2026-11-23T17:00:00"),
    ],
    ids=["morning", "cut-off", "past-cut-off", "past-cut-off-on-friday", "saturday", "sunday"],
)
def test_the_cut_off_and_the_weekend(ordered: str, leaving: str) -> None:
    assert leaves(dock(), ordered) == leaving


def test_preparation_that_ends_after_the_collection_misses_it() -> None:
    assert leaves(dock(handling_minutes=60), "2026-11-19T16:00:00") == "2026-11-19T17:00:00"
    assert leaves(dock(handling_minutes=61), "2026-11-19T16:00:00") == "2026-11-20T17:00:00"


@pytest.mark.parametrize(
    ("ordered", "leaving"),
    [
        ("2025-12-31T16:30:00", "2026-01-02T17:00:00"),  # New Year's Day, a Thursday
        ("2026-04-03T17:00:00", "2026-04-07T17:00:00"),  # Easter Monday
        ("2026-04-30T17:00:00", "2026-05-04T17:00:00"),  # 1 May, a Friday
        ("2026-05-07T17:00:00", "2026-05-11T17:00:00"),  # 8 May, a Friday
        ("2026-05-13T17:00:00", "2026-05-15T17:00:00"),  # Ascension, a Thursday
        ("2026-05-22T17:00:00", "2026-05-26T17:00:00"),  # Whit Monday
        ("2026-07-13T17:00:00", "2026-07-15T17:00:00"),  # 14 July, a Tuesday
        ("2026-11-10T17:00:00", "2026-11-12T17:00:00"),  # 11 November, a Wednesday
        ("2026-12-24T17:00:00", "2026-12-28T17:00:00"),  # Christmas, a Friday
    ],
)
def test_french_public_holidays_of_2026(ordered: str, leaving: str) -> None:
    assert leaves(dock(), ordered) == leaving
    # Open or not: the carrier does not come on a holiday.
    assert leaves(dock(open_on_holidays=True), ordered) == leaving


def test_a_carrier_that_works_on_holidays_needs_somebody_there() -> None:
    always = Collection(frozenset(range(7)), time(17), on_holidays=True)
    ordered = at("2026-07-13T17:00:00")
    shut = dock().departure(always, now=ordered, queue_days=0)
    open_ = dock(open_on_holidays=True).departure(always, now=ordered, queue_days=0)
    assert wall(shut.moment) == "2026-07-15T17:00:00"
    assert wall(open_.moment) == "2026-07-14T17:00:00"


def test_a_site_that_closes_before_the_collection_is_collected_from_when_it_closes() -> None:
    short = tuple(OpeningWindow(day, time(8), time(13)) for day in range(5))
    assert leaves(dock(short), "2026-11-19T09:00:00") == "2026-11-19T13:00:00"
    # Ordered by the cut-off, but after the last hour of work.
    assert leaves(dock(short), "2026-11-19T12:30:00") == "2026-11-20T13:00:00"


def test_a_site_that_opens_after_the_last_collection_sends_nothing_that_day() -> None:
    evening = tuple(OpeningWindow(day, time(18), time(22)) for day in range(5))
    place = dock(evening, cut_off=time(22))
    found = place.departure(WORKDAYS, now=at("2026-11-19T12:00:00"), queue_days=0)
    assert found.moment == NEVER


def test_a_closure_is_waited_for() -> None:
    holiday = (ClosedPeriod(date(2026, 8, 3), date(2026, 8, 23)),)
    assert leaves(dock(closures=holiday), "2026-07-31T17:00:00") == "2026-08-24T17:00:00"


def test_a_site_that_stays_closed_has_no_departure() -> None:
    forever = (ClosedPeriod(date(2026, 1, 1), date(2027, 12, 31)),)
    found = dock(closures=forever).departure(WORKDAYS, now=at("2026-11-19T09:00"), queue_days=0)
    assert found.moment == NEVER


def test_a_full_days_queue_pushes_the_departure_by_an_open_day() -> None:
    assert leaves(dock(), "2026-11-19T09:00:00", queue_days=1) == "2026-11-20T17:00:00"
    # From Friday: Saturday is a working day, but nobody collects.
    assert leaves(dock(), "2026-11-20T09:00:00", queue_days=1) == "2026-11-23T17:00:00"
    assert leaves(dock(), "2026-11-20T09:00:00", queue_days=3) == "2026-11-24T17:00:00"


def test_the_day_the_clock_changes_has_its_collection_at_the_wall_time() -> None:
    always = Collection(frozenset(range(7)), time(17), on_holidays=True)
    sundays = tuple(OpeningWindow(day, time(9), time(19)) for day in range(7))
    found = dock(sundays).departure(always, now=at("2026-03-29T01:00:00"), queue_days=0)
    assert as_datetime(found.moment) == datetime(2026, 3, 29, 15, 0, tzinfo=UTC)
    assert wall(found.until) == "2026-03-29T16:00:00"


@settings(max_examples=200, deadline=None)
@given(
    now=st.integers(at("2026-03-20T00:00:00"), at("2026-05-31T00:00:00")),
    queue_days=st.integers(0, 3),
    handling_minutes=st.sampled_from([0, 30, 60, 600, 1500]),
    cut_off=st.sampled_from([time(9), time(14, 30), time(16), time(23, 59)]),
    last=st.sampled_from([time(8), time(13), time(17), time(23)]),
    lunch=st.booleans(),
)
def test_the_last_moment_of_ordering_is_exactly_that(
    now: int, queue_days: int, handling_minutes: int, cut_off: time, last: time, *, lunch: bool
) -> None:
    windows = SIX_DAYS
    if lunch:
        windows = tuple(
            part
            for day in (0, 1, 3, 5)
            for part in (
                OpeningWindow(day, time(7, 30), time(12)),
                OpeningWindow(day, time(14), time(18)),
            )
        )
    place = dock(windows, cut_off=cut_off, handling_minutes=handling_minutes)
    carrier = Collection(frozenset(range(6)), last, on_holidays=False)
    found = place.departure(carrier, now=now, queue_days=queue_days)
    if found.moment == NEVER:
        return
    assert found.moment >= now
    assert found.until >= now
    same = place.departure(carrier, now=found.until, queue_days=queue_days)
    later = place.departure(carrier, now=found.until + 1, queue_days=queue_days)
    assert same.moment == found.moment
    assert later.moment > found.moment


def test_goods_for_pickup_are_ready_after_preparation_and_promised_an_hour_later() -> None:
    ready = dock(handling_minutes=30).readiness(now=at("2026-11-20T10:00:00"), queue_days=0)
    assert wall(ready.moment) == "2026-11-20T10:30:00"
    assert wall(ready.latest) == "2026-11-20T11:30:00"


def test_the_cut_off_is_the_carriers_so_an_evening_pickup_is_for_tonight_or_the_next_morning() -> (
    None
):
    ready = dock(handling_minutes=30).readiness(now=at("2026-11-20T17:00:00"), queue_days=0)
    assert wall(ready.latest) == "2026-11-20T18:30:00"
    ready = dock(handling_minutes=30).readiness(now=at("2026-11-21T18:40:00"), queue_days=0)
    assert wall(ready.latest) == "2026-11-23T10:10:00"


def test_a_busy_shop_has_pickups_ready_the_next_open_day() -> None:
    ready = dock(handling_minutes=30).readiness(now=at("2026-11-21T10:00:00"), queue_days=1)
    assert wall(ready.moment) == "2026-11-23T09:30:00"


@pytest.mark.parametrize("ordered", ["2026-11-20T10:00:00", "2026-11-21T18:40:00"])
def test_the_last_moment_for_a_pickup_today_is_exactly_that(ordered: str) -> None:
    place = dock(handling_minutes=30)
    ready = place.readiness(now=at(ordered), queue_days=0)
    day = wall(ready.latest)[:10]
    assert wall(place.readiness(now=ready.until, queue_days=0).latest)[:10] == day
    assert wall(place.readiness(now=ready.until + 1, queue_days=0).latest)[:10] > day
