"""A quantity that changes at moments, drawn as steps: a small picture made on the server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format, number_format

WIDTH, HEIGHT = 360.0, 150.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 34.0, 8.0, 12.0, 22.0
_MOST_DATES = 4


@dataclass(frozen=True, slots=True)
class Step:
    """From *at* on, the quantity is *units*."""

    at: datetime
    units: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, as text for the drawing, and what stands there."""

    place: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChart:
    """The drawing: an outline, the area below it, and the marks of both axes."""

    width: str
    height: str
    left: str
    right: str
    floor: str
    line: str
    area: str
    levels: list[Tick]
    dates: list[Tick]


def step_chart(steps: Sequence[Step], *, start: datetime, end: datetime) -> StepChart:
    """Draw *steps*, in order of time, between two moments; the first step is at *start*."""
    top = _round_up(max((step.units for step in steps), default=0))
    floor = HEIGHT - _BOTTOM

    def across(moment: datetime) -> float:
        share = (moment - start) / (end - start)
        return _LEFT + min(1.0, max(0.0, share)) * (WIDTH - _LEFT - _RIGHT)

    def down(units: float) -> float:
        return floor - (floor - _TOP) * units / top

    corners: list[str] = []
    for step in steps:
        x, y = _text(across(step.at)), _text(down(step.units))
        corners.append(f"H{x}V{y}" if corners else f"M{x} {y}")
    right = _text(WIDTH - _RIGHT)
    line = "".join(corners) + f"H{right}" if corners else ""
    area = f"{line}V{_text(floor)}H{_text(_LEFT)}Z" if line else ""
    return StepChart(
        width=_text(WIDTH),
        height=_text(HEIGHT),
        left=_text(_LEFT),
        right=right,
        floor=_text(floor),
        line=line,
        area=area,
        levels=[
            Tick(_text(down(units)), number_format(units, force_grouping=True))
            for units in (0, top // 2, top)
        ],
        dates=[
            Tick(_text(across(day)), date_format(timezone.localtime(day), "j M"))
            for day in _days(start, end)
        ],
    )


def _round_up(units: int) -> int:
    """Return the next number that an axis may end at, an even one: 2, 4, 10, 20, 40 and so on."""
    size = 1
    while True:
        for factor in (2, 4, 10):
            if units <= factor * size:
                return factor * size
        size *= 10


def _days(start: datetime, end: datetime) -> list[datetime]:
    """Return up to four midnights between two moments, evenly apart."""
    midnight = timezone.localtime(start).replace(hour=0, minute=0, second=0, microsecond=0)
    days = max(1, (end - start).days)
    apart = max(1, -(-days // _MOST_DATES))
    found = [midnight + timedelta(days=1 + apart * number) for number in range(_MOST_DATES)]
    return [day for day in found if day < end]


def _text(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
