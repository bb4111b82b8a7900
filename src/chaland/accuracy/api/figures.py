"""Routes that tell how true the records are, what to count next, and what can be found."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

import numpy as np
from django.http import HttpRequest
from ninja import Query, Router

from chaland.accuracy import queries
from chaland.accuracy.api.counts import locations
from chaland.accuracy.types import AccuracyFigures, Suggestion
from chaland.accuracy.types.chances import Calibration, Fact, PickableExplanation
from chaland.catalog.queries import sku_facts
from chaland.inventory.queries import positions
from chaland.kernel.clock import now
from chaland.kernel.errors import FieldProblem, InvalidInputError, NotFoundError
from chaland.network.queries import location as visible_location
from chaland.network.queries import snapshot, visible_location_ids
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
    next_url,
)
from chaland.web.schemas import Code, Moment, View

router = Router()

Filter = Annotated[str, Query(max_length=64)]
Category = Annotated[str | None, Query(max_length=200)]
Source = Annotated[str | None, Query(max_length=64, description="The counts of one sender only.")]
By = Annotated[
    Literal["all", "location", "category", "week", "reason", "source"],
    Query(description="What the groups are; `reason` groups only counts that found a difference."),
]
Since = Annotated[Moment | None, Query(description="90 days ago if not said.")]
Until = Annotated[Moment | None, Query(description="Now if not said.")]

USUAL_SPAN = timedelta(days=90)


class AccuracyView(View):
    """Accuracy of one group of counts, by three definitions; money is in the group's currency.

    `exact`: share of records that equal the count. `within`: share within your tolerance. `wape`:
    sum of |record - count| over the sum of counts; null where nothing was there. Lost and found
    units are not set off against each other; money leaves `unknown_cost_units` out.
    """

    group: str
    counts: int
    exact: float
    within: float
    wape: float | None
    record_units: int
    counted_units: int
    lost_units: int
    found_units: int
    lost_money: str
    found_money: str
    unknown_cost_units: int

    @classmethod
    def of(cls, figures: AccuracyFigures) -> "AccuracyView":
        """Show figures."""
        shown = {
            "lost_money": f"{figures.lost_money:.2f}",
            "found_money": f"{figures.found_money:.2f}",
        }
        plain = {name: getattr(figures, name) for name in cls.model_fields if name not in shown}
        return cls(**plain, **shown)


class ReasonView(View):
    """Why a position should be counted, with its figure (days, times, units a week, chance …)."""

    code: str
    value: float


class SuggestionView(View):
    """A position that is worth counting.

    `value` is the money at risk: the chance that a unit is not there, times the units wanted in two
    weeks, times what a miss costs.
    """

    sku: str
    value: float
    pickable: float
    quantity: int
    sells_a_week: float
    reasons: list[ReasonView]

    @classmethod
    def of(cls, item: Suggestion) -> "SuggestionView":
        """Show a suggestion."""
        return cls(
            sku=item.sku,
            value=item.value,
            pickable=item.pickable,
            quantity=item.quantity,
            sells_a_week=item.sells_a_week,
            reasons=[ReasonView(code=why.code, value=why.value) for why in item.reasons],
        )


class PickableView(View):
    """The chance that a unit which a location is said to have can be picked."""

    location: str
    available: int
    pickable: float
    expected_units: float


class FactView(View):
    """What raises or lowers a chance, by how much of it."""

    code: str
    value: float
    points: float

    @classmethod
    def of(cls, fact: Fact) -> "FactView":
        """Show a fact."""
        return cls(code=fact.code, value=round(fact.value, 4), points=round(fact.points, 4))


class PickableDetail(View):
    """The chance at one location, and why. `known` is false where nothing has happened yet."""

    sku: str
    location: str
    pickable: float
    quantity: int
    expected_units: float
    known: bool
    model_version: int
    facts: list[FactView]
    details: dict[str, float | datetime | None]

    @classmethod
    def of(cls, told: PickableExplanation) -> "PickableDetail":
        """Show an explanation."""
        shown = {"facts": [FactView.of(fact) for fact in told.facts]}
        plain = {name: getattr(told, name) for name in cls.model_fields if name not in shown}
        return cls(**plain, **shown)


class CalibrationRowView(View):
    """Looks whose predicted chance lay close together: predicted and observed on average."""

    lowest: float
    highest: float
    predicted: float
    observed: float
    outcomes: int


class CalibrationView(View):
    """How good the chances were on looks later than all that they were learned from.

    `base_…` are those of each location's own rate, for comparison; smaller is better.
    """

    model_version: int
    learned_at: datetime | None
    learned_from: int
    rows: list[CalibrationRowView]
    outcomes: int
    brier: float | None
    log_loss: float | None
    base_brier: float | None
    base_log_loss: float | None
    error: float | None
    worst: float | None

    @classmethod
    def of(cls, found: Calibration | None) -> "CalibrationView":
        """Show the calibration of the model in use."""
        model = queries.model_in_use()
        numbers = ("brier", "log_loss", "base_brier", "base_log_loss", "error", "worst")
        return cls(
            model_version=0 if model is None else model.version,
            learned_at=None if model is None else model.learned_at,
            learned_from=0 if model is None else model.outcomes,
            rows=[]
            if found is None
            else [CalibrationRowView.model_validate(r) for r in found.rows],
            outcomes=0 if found is None else found.outcomes,
            **{name: None if found is None else getattr(found, name) for name in numbers},
        )


@router.get("/stock/accuracy", response=Page[AccuracyView])
@requires("stock:read")
def read_accuracy(
    request: HttpRequest,
    by: By = "all",
    since: Since = None,
    until: Until = None,
    location: Filter = "",
    category: Category = None,
    source: Source = None,
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[AccuracyView]:
    """Tell how true the records were, by what was counted, and what drift cost."""
    end = until or now()
    start = since or end - USUAL_SPAN
    if start >= end:
        wrong = FieldProblem("since", "after_until", "lies behind until", "send an earlier time")
        raise InvalidInputError([wrong])
    figures = queries.accuracy(
        by=by,
        since=start,
        until=end,
        location_ids=locations(actor_of(request), location),
        category=category,
        source=source,
    )
    after = decode_cursor(cursor, str)[0] if cursor else None
    rest = [item for item in figures if after is None or item.group > after]
    onwards = encode_cursor([rest[limit - 1].group]) if len(rest) > limit else None
    return Page(
        items=[AccuracyView.of(item) for item in rest[:limit]], next=next_url(request, onwards)
    )


@router.get("/stock/count-suggestions/{code}", response=Page[SuggestionView])
@requires("stock:read")
def list_count_suggestions(
    request: HttpRequest, code: Code, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[SuggestionView]:
    """Tell what is worth most to count at a location, and why."""
    place = visible_location(code, actor=actor_of(request))
    skip = decode_cursor(cursor, int)[0] if cursor else 0
    found = queries.what_to_count(
        place.id, snapshot(), now=now(), limit=limit + 1, skip=max(skip, 0)
    )
    onwards = encode_cursor([skip + limit]) if len(found) > limit else None
    items = [SuggestionView.of(item) for item in found[:limit]]
    return Page(items=items, next=next_url(request, onwards))


@router.get("/stock/pickable/{code}", response=list[PickableView])
@requires("stock:read")
def read_pickable(request: HttpRequest, code: Code) -> list[PickableView]:
    """Tell the chance to find a unit of a SKU, at each location that has any."""
    facts = sku_facts([code]).get(code)
    if facts is None:
        raise NotFoundError("SKU", code)
    network = snapshot()
    held = [
        item
        for item in positions(
            sku_ids=[facts.id],
            location_ids=visible_location_ids(actor_of(request)),
            limit=len(network),
        )
        if item.available > 0 and item.location in network.by_code
    ]
    available = np.zeros((1, len(network)), np.int32)
    for item in held:
        available[0, network.by_code[item.location]] = item.available
    chance = queries.pickable([facts.id], network)[0]
    expected = queries.expected_pickable_units([facts.id], available, network)[0]
    return [
        PickableView(
            location=item.location,
            available=item.available,
            pickable=round(float(chance[network.by_code[item.location]]), 4),
            expected_units=round(float(expected[network.by_code[item.location]]), 2),
        )
        for item in held
    ]


@router.get("/stock/pickable/{code}/{location}", response=PickableDetail)
@requires("stock:read")
def explain_pickable(request: HttpRequest, code: Code, location: Code) -> PickableDetail:
    """Tell the chance to find a unit of a SKU at a location, and what raises or lowers it."""
    place = visible_location(location, actor=actor_of(request))
    told = queries.explain_pickable(code, place, snapshot(), now=now())
    return PickableDetail.of(told)


@router.get("/stock/calibration", response=CalibrationView)
@requires("stock:read")
def read_calibration(request: HttpRequest) -> CalibrationView:
    """Tell how well the chances to find a unit have predicted what then happened."""
    del request
    model = queries.model_in_use()
    return CalibrationView.of(None if model is None else model.calibration)
