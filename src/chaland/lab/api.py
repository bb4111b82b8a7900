"""Routes of the lab. What it tells is about every site, so limited keys may not ask."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field, StringConstraints

from chaland.kernel.clock import now
from chaland.kernel.ids import from_public, to_public
from chaland.lab import queries
from chaland.lab.forms import spec_form, variant_form
from chaland.lab.operations import ask_to_stop, resume_run, start_run
from chaland.lab.types import RUN_PREFIX, LabKind, LabState, RunView, Span, Spec, Variant
from chaland.web.authorisation import require_unlimited, requires
from chaland.web.context import actor_of
from chaland.web.idempotency import idempotent
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_id,
    encode_cursor,
    next_url,
)
from chaland.web.schemas import Body, Code, Line, Moment, View, example

router = Router(tags=["Lab"])

Number = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,6}(\.[0-9]{1,4})?$")]
Weights = Annotated[dict[Code, Number], Field(max_length=20)]


class LabVariantBody(Body):
    """What is different from today; what is left out is as it is today.

    `strategy` (`version`, or else its draft or what is in force) decides every order, with
    `weights` in place of its own. `closed` sites take no orders; `capacity` is a day's orders by
    site, 0 for no limit. `prices` multiply a service's tariff. `buffer` units of each article stay
    back in every shop.
    """

    name: Line
    strategy: Code | None = None
    version: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] | None = None
    weights: Weights = {}
    closed: Annotated[list[Code], Field(max_length=2_000)] = []
    capacity: Annotated[
        dict[Code, Annotated[int, Field(strict=True, ge=0, le=1_000_000)]], Field(max_length=2_000)
    ] = {}
    prices: Annotated[dict[Code, Number], Field(max_length=200)] = {}
    buffer: Annotated[int, Field(strict=True, ge=0, le=1_000)] | None = None

    def variant(self) -> Variant:
        """Return it as the room knows it."""
        return Variant(
            name=self.name,
            strategy=self.strategy or "",
            version=self.version,
            weights=_decimals(self.weights),
            closed=tuple(self.closed),
            capacity=self.capacity,
            prices=_decimals(self.prices),
            buffer=self.buffer,
        )


class LabSpanBody(Body):
    """From where to where a weight is tried."""

    lowest: Number
    highest: Number


class LabRunBody(Body):
    """A period that was (without the moment at its end), and what to compare with today's way.

    Either `variants`, or a search: `tries` sets of weights of `strategy` inside `spans`. `draws` is
    how often the shelves of which nothing is known are drawn anew: more draws, surer answers.
    """

    model_config = example(
        {
            "name": "A dearer second parcel",
            "starts_at": "2025-10-06T00:00:00+02:00",
            "ends_at": "2025-10-13T00:00:00+02:00",
            "variants": [{"name": "2 € a parcel", "weights": {"extra_parcel": "2.00"}}],
        }
    )

    name: Line
    starts_at: Moment
    ends_at: Moment
    channels: Annotated[list[Code], Field(max_length=100)] = []
    variants: Annotated[list[LabVariantBody], Field(max_length=20)] = []
    draws: Annotated[int, Field(strict=True, ge=1, le=20)] = 1
    seed: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] = 1
    strategy: Code = "default"
    spans: Annotated[dict[Code, LabSpanBody], Field(max_length=10)] = {}
    tries: Annotated[int, Field(strict=True, ge=0, le=400)] = 0

    def spec(self) -> Spec:
        """Return it as the room knows it."""
        return Spec(
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            channels=tuple(self.channels),
            variants=tuple(item.variant() for item in self.variants),
            draws=self.draws,
            seed=self.seed,
            strategy=self.strategy,
            spans={
                name: Span(lowest=Decimal(span.lowest), highest=Decimal(span.highest))
                for name, span in self.spans.items()
            },
            tries=self.tries,
        )


class LabVariantAnswer(View):
    """What is different from today."""

    name: str
    strategy: str
    version: int | None
    weights: dict[str, str]
    closed: list[str]
    capacity: dict[str, int]
    prices: dict[str, str]
    buffer: int | None


class LabSpanAnswer(View):
    """From where to where a weight is tried."""

    lowest: str
    highest: str


class LabSpecAnswer(View):
    """What a run was asked."""

    starts_at: datetime
    ends_at: datetime
    channels: list[str]
    variants: list[LabVariantAnswer]
    draws: int
    seed: int
    strategy: str
    spans: dict[str, LabSpanAnswer]
    tries: int


class LabIntervalAnswer(View):
    """A mean over the orders, and where it is with 95 % confidence."""

    mean: float
    low: float
    high: float


class LabDifferenceAnswer(LabIntervalAnswer):
    """What a way adds to today's (`before`); `sure` when the interval leaves out 0."""

    before: float
    sure: bool


class LabSiteAnswer(View):
    """What a site had to do: parcels sent, work refused, articles sold out."""

    code: str
    parcels: int
    refusals: int
    stock_outs: int


class LabWayAnswer(View):
    """What one way came to.

    `measures` are means over the orders: `cost` in the group's currency, `parcels`,
    `split`, `refusals`, `late`, `kept`, `co2` in kilograms, `unfilled` units.
    """

    name: str
    weights: dict[str, str]
    measures: dict[str, LabIntervalAnswer]
    differences: dict[str, LabDifferenceAnswer]
    sites: list[LabSiteAnswer]


class LabRunSummary(View):
    """A run; `progress` goes from 0 to 1."""

    id: str
    name: str
    kind: LabKind
    state: LabState
    progress: float
    stop_asked: bool
    problem_code: str
    problem: str
    asked_by: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    spec: LabSpecAnswer

    @classmethod
    def plain(cls, run: RunView) -> dict[str, Any]:
        """Return the fields that a summary shows."""
        own = {"id", "spec"}
        names = [name for name in LabRunSummary.model_fields if name not in own]
        form = spec_form(run.spec)
        form["variants"] = [variant_form(item) for item in run.spec.variants]
        return {
            **{name: getattr(run, name) for name in names},
            "id": to_public(RUN_PREFIX, run.id),
            "spec": LabSpecAnswer(**form),
        }

    @classmethod
    def of(cls, run: RunView) -> "LabRunSummary":
        """Show a run without its answer."""
        return cls(**cls.plain(run))


class LabRunAnswer(LabRunSummary):
    """A run and what it came to so far: today's way first.

    `orders` is how many came in. `frontiers` name the ways (from 0, today's) that no other is
    better than: in cost and promises `kept`, in cost and `co2`.
    """

    orders: int
    ways: list[LabWayAnswer]
    frontiers: dict[str, list[int]]

    @classmethod
    def of(cls, run: RunView) -> "LabRunAnswer":
        """Show a run with its answer."""
        found: Mapping[str, Any] = run.results
        return cls(
            **cls.plain(run),
            orders=found.get("orders", 0),
            ways=[LabWayAnswer(**way) for way in found.get("ways", [])],
            frontiers=found.get("frontiers", {}),
        )


@router.get("/lab/runs", response=Page[LabRunSummary])
@requires("sourcing:read")
def list_lab_runs(
    request: HttpRequest,
    state: LabState | None = None,
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[LabRunSummary]:
    """List runs, the latest first."""
    require_unlimited(actor_of(request))
    found = queries.runs(state=state, before=decode_id(cursor, RUN_PREFIX), limit=limit + 1)
    more = len(found) > limit
    end = encode_cursor([to_public(RUN_PREFIX, found[limit - 1].id)]) if more else None
    return Page(
        items=[LabRunSummary.of(item) for item in found[:limit]], next=next_url(request, end)
    )


@router.post("/lab/runs", response={201: LabRunAnswer})
@requires("sourcing:write")
@idempotent
def start_lab_run(request: HttpRequest, body: LabRunBody) -> Status[LabRunAnswer]:
    """Ask what would have happened. A worker replays the period; live data is only read."""
    actor = actor_of(request)
    require_unlimited(actor)
    with transaction.atomic():
        run = start_run(name=body.name, spec=body.spec(), now=now(), actor=actor)
    return Status(201, LabRunAnswer.of(run))


@router.get("/lab/runs/{lab_run_id}", response=LabRunAnswer)
@requires("sourcing:read")
def get_lab_run(request: HttpRequest, lab_run_id: str) -> LabRunAnswer:
    """Read how far a run is, and what it came to."""
    require_unlimited(actor_of(request))
    return LabRunAnswer.of(queries.run(from_public(RUN_PREFIX, lab_run_id)))


@router.post("/lab/runs/{lab_run_id}/stop", response=LabRunAnswer)
@requires("sourcing:write")
@idempotent
def stop_lab_run(request: HttpRequest, lab_run_id: str) -> LabRunAnswer:
    """Stop a run; what it found so far stays, and it can go on."""
    actor = actor_of(request)
    require_unlimited(actor)
    with transaction.atomic():
        run = ask_to_stop(run_id=from_public(RUN_PREFIX, lab_run_id), now=now(), actor=actor)
    return LabRunAnswer.of(run)


@router.post("/lab/runs/{lab_run_id}/resume", response=LabRunAnswer)
@requires("sourcing:write")
@idempotent
def resume_lab_run(request: HttpRequest, lab_run_id: str) -> LabRunAnswer:
    """Let a stopped run go on where it was."""
    actor = actor_of(request)
    require_unlimited(actor)
    with transaction.atomic():
        run = resume_run(run_id=from_public(RUN_PREFIX, lab_run_id), now=now(), actor=actor)
    return LabRunAnswer.of(run)


def _decimals(texts: Mapping[str, str]) -> dict[str, Decimal]:
    return {name: Decimal(value) for name, value in texts.items()}
