"""How true the records are: three definitions, their trend, where, why, and what it costs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from chaland.accuracy.queries import accuracy, model_in_use
from chaland.accuracy.types import COUNT_SOURCE, AccuracyFigures, Grouping
from chaland.accuracy.types.chances import CalibrationRow
from chaland.console import wording
from chaland.network.queries import snapshot

WORST = 10
_SIZE, _EDGE = 200.0, 24.0
_FULL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The figures of a group, with its name; ``bar`` is the exact share, 0 to 100."""

    name: str
    figures: AccuracyFigures
    bar: int

    @property
    def cost(self) -> Decimal:
        """What was lost, at what units cost."""
        return self.figures.lost_money


@dataclass(frozen=True, slots=True)
class Point:
    """A row of the calibration table in the drawing; numbers are text."""

    x: str
    y: str
    radius: str
    row: CalibrationRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Everything on the accuracy page. ``whole`` is None when nothing was counted."""

    whole: Row | None
    weeks: list[Row]
    sites: list[Row]
    categories: list[Row]
    reasons: list[Row]
    points: list[Point]
    outcomes: int
    learned_at: datetime | None


def accuracy_page(
    *, now: datetime, weeks: int, category: str, location_ids: Collection[int] | None
) -> Accuracy:
    """Read the figures of the last *weeks*; five queries, and one for the model."""

    def read(by: Grouping) -> list[AccuracyFigures]:
        return accuracy(
            by=by,
            since=now - timedelta(weeks=weeks),
            until=now,
            location_ids=location_ids,
            category=category or None,
            source=COUNT_SOURCE,  # other systems tell mostly what differs: no share of true records
        )

    network = snapshot()
    sites = {item.code: item.name for item in network.locations}
    whole = read("all")
    model = model_in_use()
    calibration = None if model is None else model.calibration
    return Accuracy(
        whole=_row(whole[0], "") if whole and whole[0].counts else None,
        weeks=[_row(item, item.group) for item in sorted(read("week"), key=lambda row: row.group)],
        sites=_worst([_row(item, sites.get(item.group, item.group)) for item in read("location")]),
        categories=_worst([_row(item, item.group) for item in read("category")]),
        reasons=sorted(
            (_row(item, wording.label("drift", item.group)) for item in read("reason")),
            key=lambda row: -row.figures.lost_money,
        ),
        points=_points(() if calibration is None else calibration.rows),
        outcomes=0 if calibration is None else calibration.outcomes,
        learned_at=None if model is None else model.learned_at,
    )


def _row(figures: AccuracyFigures, name: str) -> Row:
    return Row(name=name, figures=figures, bar=round(_FULL * figures.exact))


def _worst(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row.figures.exact, -row.figures.counts))[:WORST]


def _points(rows: Sequence[CalibrationRow]) -> list[Point]:
    """Place rows in a square: predicted to the right, observed upwards; larger is more outcomes."""
    most = max((row.outcomes for row in rows), default=1) or 1
    span = _SIZE - 2 * _EDGE
    return [
        Point(
            x=f"{_EDGE + span * row.predicted:.1f}",
            y=f"{_SIZE - _EDGE - span * row.observed:.1f}",
            radius=f"{2.5 + 4.5 * (row.outcomes / most) ** 0.5:.1f}",
            row=row,
        )
        for row in rows
    ]
