"""Which shops are near, and whether they are open: what a customer on the way wants to know."""

from datetime import UTC, date, datetime, time

import numpy as np
import pytest

from chaland.network.queries import snapshot
from chaland.network.types import Calendar, ClosedPeriod, OpeningWindow

PARIS = Calendar(
    time_zone="Europe/Paris",
    windows=(
        *(OpeningWindow(day, time(9), time(12)) for day in range(5)),
        *(OpeningWindow(day, time(14), time(19)) for day in range(5)),
        OpeningWindow(5, time(20), time(0)),
        OpeningWindow(6, time(0), time(3)),
    ),
    closures=(ClosedPeriod(date(2026, 11, 26), date(2026, 11, 27)),),
    country="FR",
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment of November 2026, which Paris spends an hour ahead."""
    return datetime(2026, 11, day, hour - 1, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "until", "next_opening"),
    [
        (at(25, 10), at(25, 12), None),  # Wednesday morning
        (at(25, 12), None, at(25, 14)),  # closing time is closed
        (at(25, 19), None, at(28, 20)),  # then two days of stocktaking
        (at(28, 23), at(29, 3), None),  # a Saturday night goes on after midnight
        (at(29, 2), at(29, 3), None),
    ],
)
def test_open_until_or_closed_until(
    moment: datetime, until: datetime | None, next_opening: datetime | None
) -> None:
    state = PARIS.opening_at(moment)
    assert (state.open_now, state.until, state.next_opening) == (
        until is not None,
        until,
        next_opening,
    )
    assert state.open_now == PARIS.is_open_at(moment)


def test_what_never_opens_says_nothing_else() -> None:
    state = Calendar(time_zone="Europe/Paris").opening_at(at(25, 10))
    assert (state.open_now, state.until, state.next_opening, state.today) == (
        False,
        None,
        None,
        (),
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("shops")
def test_the_nearest_come_first_and_only_those_asked_for() -> None:
    network = snapshot()
    everyone = np.ones(len(network), np.bool_)
    found = network.nearest(45.76, 4.83, among=everyone, limit=2)
    assert [place.code for place, _ in found] == ["shop-1", "shop-2"]
    assert found[0][1] == pytest.approx(0, abs=1)
    assert found[1][1] == pytest.approx(392, abs=5)
    assert network.nearest(45.76, 4.83, among=everyone, limit=9, within_km=100) == found[:1]
    assert network.nearest(45.76, 4.83, among=~everyone, limit=9) == []
