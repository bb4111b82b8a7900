"""A quantity over time, drawn as steps."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from chaland.console.step_chart import Step, step_chart

START = datetime(2026, 11, 20, 10, tzinfo=UTC)
END = START + timedelta(days=28)


def test_steps_go_right_and_then_up() -> None:
    steps = [Step(START, 5), Step(START + timedelta(days=14), 10)]
    with translation.override("fr"):
        chart = step_chart(steps, start=START, end=END)
    assert chart.line == "M34 70H193V12H352"
    assert chart.area.endswith("Z")
    assert [level.text for level in chart.levels] == ["0", "5", "10"]
    assert 1 < len(chart.dates) <= 4


@pytest.mark.parametrize(("units", "top"), [(0, "2"), (3, "4"), (11, "20"), (835, "1,000")])
def test_the_axis_ends_at_an_even_number(units: int, top: str) -> None:
    with translation.override("en"):
        chart = step_chart([Step(START, units)], start=START, end=END)
    assert chart.levels[-1].text == top


def test_nothing_to_draw_draws_nothing() -> None:
    assert step_chart([], start=START, end=END).line == ""
