"""The lab's pictures, made on the server: whiskers around a difference, and a frontier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format

WIDTH, HEIGHT = 180.0, 22.0
_MIDDLE, _REACH = WIDTH / 2, WIDTH / 2 - 8

PLOT_WIDTH, PLOT_HEIGHT = 420.0, 240.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 14.0, 14.0, 34.0

LESS_IS_BETTER = frozenset(
    {"cost", "freight", "handling", "parcels", "split", "refusals", "late", "co2", "unfilled"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whisker:
    """A difference on a line whose middle is today: from *low* to *high*, the mean at *mean*.

    ``tone`` is ``good``, ``bad``, or ``unsure`` when the interval holds today.
    """

    low: str
    mean: str
    high: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A way on the frontier's picture: ``kind`` is ``today``, ``best`` or ``other``."""

    x: str
    y: str
    kind: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scatter:
    """Cost to the right, another measure upwards; ``line`` joins the ways none is better than."""

    dots: list[Dot]
    line: str
    lowest: tuple[str, str]
    highest: tuple[str, str]


def whisker(name: str, difference: Mapping[str, Any]) -> Whisker:
    """Draw a difference; the line ends where the interval's far end is."""
    low, mean, high = (float(difference[key]) for key in ("low", "mean", "high"))
    widest = max(abs(low), abs(high)) or 1.0

    def across(value: float) -> str:
        return _text(_MIDDLE + _REACH * value / widest)

    return Whisker(
        low=across(low), mean=across(mean), high=across(high), tone=tone(name, low, high)
    )


def tone(name: str, low: float, high: float) -> str:
    """Say whether a difference is for the better, for the worse, or not sure."""
    if low <= 0 <= high:
        return "unsure"
    return "good" if (high < 0) == (name in LESS_IS_BETTER) else "bad"


def scatter(
    ways: Sequence[Mapping[str, Any]], best: Sequence[int], measure: str, names: Sequence[str]
) -> Scatter:
    """Draw the ways by cost and *measure*; *best* are those on the frontier."""
    points = [
        (float(way["measures"]["cost"]["mean"]), float(way["measures"][measure]["mean"]))
        for way in ways
    ]
    lefts, heights = _span([x for x, _ in points]), _span([y for _, y in points])

    def place(point: tuple[float, float]) -> tuple[str, str]:
        across = (point[0] - lefts[0]) / (lefts[1] - lefts[0])
        up = (point[1] - heights[0]) / (heights[1] - heights[0])
        return (
            _text(_LEFT + across * (PLOT_WIDTH - _LEFT - _RIGHT)),
            _text(PLOT_HEIGHT - _BOTTOM - up * (PLOT_HEIGHT - _TOP - _BOTTOM)),
        )

    places = [place(point) for point in points]
    dots = [
        Dot(x=x, y=y, kind=_kind(at, best), title=names[at]) for at, (x, y) in enumerate(places)
    ]
    corners = [places[at] for at in sorted(best, key=lambda at: points[at])]
    return Scatter(
        # What matters lies on top.
        dots=sorted(dots, key=lambda dot: ("other", "best", "today").index(dot.kind)),
        line=" ".join(f"{x},{y}" for x, y in corners),
        lowest=(number_format(lefts[0], 2), number_format(heights[0], 3)),
        highest=(number_format(lefts[1], 2), number_format(heights[1], 3)),
    )


def _kind(at: int, best: Sequence[int]) -> str:
    if at == 0:
        return "today"
    return "best" if at in best else "other"


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = (high - low) * 0.08 or max(abs(high) * 0.01, 0.01)
    return (max(0.0, low - room) if low >= 0 else low - room), high + room


def _text(value: float) -> str:
    """Write a number for the drawing, whatever the reader's language."""
    return f"{value:.1f}"
