"""Opening hours are counted right: nights, weekends, holidays, lunch, clock changes."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from chaland.network.types import Calendar, ClosedPeriod, OpeningWindow
from chaland.promise.rules.working_time import NEVER, WorkingTime, as_datetime, moment_of

PARIS = ZoneInfo("Europe/Paris")
HOUR = 3600
WITH_LUNCH = tuple(
    window
    for day in range(5)
    for window in (
        OpeningWindow(day, time(9), time(12)),
        OpeningWindow(day, time(14), time(18)),
    )
)


def hours(
    windows: tuple[OpeningWindow, ...] = WITH_LUNCH,
    *,
    closures: tuple[ClosedPeriod, ...] = (),
    region: str = "",
    open_on_holidays: bool = False,
    time_zone: str = "Europe/Paris",
) -> WorkingTime:
    return WorkingTime(
        Calendar(
            time_zone=time_zone,
            windows=windows,
            closures=closures,
            country="FR",
            region=region,
            open_on_holidays=open_on_holidays,
        )
    )


def at(text: str) -> int:
    return moment_of(datetime.fromisoformat(text).replace(tzinfo=PARIS))


def wall(moment: int) -> str:
    return as_datetime(moment).astimezone(PARIS).strftime("%Y-%m-%dT%H:%M")


def test_work_stops_at_lunch_and_goes_on_after_it() -> None:
    assert wall(hours().finish(at("2026-11-20T11:30"), HOUR)) == "2026-11-20T14:30"


def test_work_left_on_friday_evening_is_done_on_monday() -> None:
    assert wall(hours().finish(at("2026-11-20T17:30"), HOUR)) == "2026-11-23T09:30"


def test_work_that_ends_with_the_window_ends_that_day() -> None:
    assert wall(hours().finish(at("2026-11-20T17:00"), HOUR)) == "2026-11-20T18:00"


def test_a_start_at_closing_time_works_the_next_day() -> None:
    assert wall(hours().finish(at("2026-11-19T18:00"), HOUR)) == "2026-11-20T10:00"


def test_public_holidays_and_closures_are_no_working_time() -> None:
    # Friday 1 May 2026 is a holiday, the Monday after is closed for stocktaking.
    closed = (ClosedPeriod(date(2026, 5, 4), date(2026, 5, 4)),)
    calendar = hours(closures=closed)
    assert wall(calendar.finish(at("2026-04-30T17:30"), HOUR)) == "2026-05-05T09:30"
    calendar = hours(closures=closed, open_on_holidays=True)
    assert wall(calendar.finish(at("2026-04-30T17:30"), HOUR)) == "2026-05-01T09:30"


def test_good_friday_is_a_holiday_in_moselle_only() -> None:
    # 3 April 2026.
    assert wall(hours().finish(at("2026-04-02T18:00"), HOUR)) == "2026-04-03T10:00"
    assert wall(hours(region="57").finish(at("2026-04-02T18:00"), HOUR)) == "2026-04-07T10:00"


def test_the_night_the_clocks_go_forward_is_an_hour_short() -> None:
    night = (OpeningWindow(6, time(0), time(6)),)
    # Sunday 29 March 2026: 02:00 becomes 03:00, so midnight to six is five hours.
    spans = hours(night).spans(date(2026, 3, 29).toordinal())
    assert [end - start for start, end in spans] == [5 * HOUR]
    assert wall(hours(night).finish(at("2026-03-29T00:00"), 4 * HOUR)) == "2026-03-29T05:00"


def test_the_night_the_clocks_go_back_is_an_hour_longer() -> None:
    night = (OpeningWindow(6, time(0), time(6)),)
    spans = hours(night).spans(date(2026, 10, 25).toordinal())
    assert [end - start for start, end in spans] == [7 * HOUR]


def test_opening_hours_keep_to_the_wall_clock_through_the_change() -> None:
    before = hours().spans(date(2026, 3, 27).toordinal())[0][0]
    after = hours().spans(date(2026, 3, 30).toordinal())[0][0]
    assert (wall(before), wall(after)) == ("2026-03-27T09:00", "2026-03-30T09:00")
    assert after - before == 3 * 24 * HOUR - HOUR


def test_a_window_that_closes_at_midnight_lasts_to_the_end_of_the_day() -> None:
    late = hours((OpeningWindow(4, time(20), time(0)),))
    assert wall(late.finish(at("2026-11-20T20:00"), 4 * HOUR)) == "2026-11-21T00:00"


def test_a_place_that_never_opens_never_finishes() -> None:
    assert hours(()).finish(at("2026-11-20T10:00"), HOUR) == NEVER
    assert hours(()).latest_start(at("2026-11-20T10:00"), HOUR) is None
    assert hours(()).next_open_day(date(2026, 11, 20).toordinal()) is None


def test_a_second_past_the_minute_is_past_it() -> None:
    whole = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
    assert moment_of(whole.replace(microsecond=1)) == moment_of(whole) + 1


moments = st.integers(
    moment_of(datetime(2026, 1, 1, tzinfo=UTC)), moment_of(datetime(2026, 12, 31, tzinfo=UTC))
)


@given(start=moments, seconds=st.integers(1, 40 * HOUR))
def test_the_latest_start_finishes_just_in_time(start: int, seconds: int) -> None:
    calendar = hours()
    end = calendar.finish(start, seconds)
    latest = calendar.latest_start(end, seconds)
    assert latest is not None
    assert latest >= start
    assert calendar.finish(latest, seconds) == end
    assert calendar.finish(latest + 1, seconds) > end


@given(first=moments, second=moments, seconds=st.integers(0, 40 * HOUR))
def test_who_starts_later_does_not_finish_earlier(first: int, second: int, seconds: int) -> None:
    calendar = hours()
    first, second = sorted((first, second))
    assert calendar.finish(first, seconds) <= calendar.finish(second, seconds)
