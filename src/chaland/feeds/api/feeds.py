"""Routes of the feeds themselves, and of how they do."""

from datetime import datetime
from typing import Annotated

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import Field, StringConstraints

from chaland.feeds import queries
from chaland.feeds.api.runs import FeedRunAnswer
from chaland.feeds.operations import save_feed
from chaland.feeds.types import FeedDraft, FeedHealth, FeedMode, FeedView, FileFormat, Hearing
from chaland.feeds.types import Layout as FileLayout
from chaland.kernel.clock import now
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.etags import check_if_match, set_etag
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    after_code,
    page_by_code,
)
from chaland.web.schemas import Body, Code, Line, View, example

router = Router()

Text = Annotated[str, StringConstraints(max_length=64)]


class FeedLayoutBody(Body):
    """How the lines of a feed's files are written.

    `columns` maps `sku`, `location`, `quantity`, `as_of` and `line_id` to the names in the file's
    head, or to the members of a JSON object. `time_format` is that of strptime; empty for RFC 3339.
    `trailer` asks that the last line says `# lines=1000`.
    """

    format: FileFormat = FileFormat.CSV
    columns: Annotated[dict[str, Line], Field(max_length=5)] = {}
    separator: Annotated[str, Field(min_length=1, max_length=1)] = ";"
    decimal_comma: bool = True
    encoding: Text = "utf-8"
    time_format: Text = ""
    time_zone: Text = "UTC"
    trailer: bool = False


class StockFeedBody(Body):
    """A source of stock messages.

    `mode`: `delta` tells what came and went, `count` what there is, `snapshot` all there is.
    `hearing`: `physical` sees goods leave, `events` books what it hears of Chaland and acknowledges
    it. A feed that is not heard of for `expected_every_minutes` (0: never) raises an alert.
    `folder` is watched for files, below the installation's folder for feeds.
    """

    model_config = example(
        {
            "name": "ERP",
            "mode": "snapshot",
            "hearing": "events",
            "layout": {"columns": {"sku": "article"}, "separator": ";"},
            "expected_every_minutes": 1500,
        }
    )

    name: Line
    mode: FeedMode
    hearing: Hearing = Hearing.PHYSICAL
    layout: FeedLayoutBody = FeedLayoutBody()
    locations: Annotated[list[Code], Field(max_length=5_000)] = []
    organisations: Annotated[list[Code], Field(max_length=500)] = []
    expected_every_minutes: Annotated[int, Field(ge=0, le=100_000)] = 0
    folder: Annotated[str, StringConstraints(max_length=200)] = ""
    closes_unmentioned: bool = False
    most_closed_percent: Annotated[int, Field(ge=0, le=100)] = 20
    active: bool = True

    def draft(self, code: str) -> FeedDraft:
        """Return the draft of the feed called *code*."""
        plain = self.model_dump(exclude={"layout", "locations", "organisations"})
        return FeedDraft(
            **plain,
            code=code,
            layout=FileLayout(**self.layout.model_dump()),
            locations=tuple(self.locations),
            organisations=tuple(self.organisations),
        )


class FeedLayoutAnswer(View):
    """How the lines of a feed's files are written."""

    format: FileFormat
    columns: dict[str, str]
    separator: str
    decimal_comma: bool
    encoding: str
    time_format: str
    time_zone: str
    trailer: bool


class StockFeedAnswer(View):
    """A source of stock messages; `silent_since` is set while it is overdue."""

    code: str
    name: str
    mode: FeedMode
    hearing: Hearing
    layout: FeedLayoutAnswer
    locations: list[str]
    organisations: list[str]
    expected_every_minutes: int
    folder: str
    closes_unmentioned: bool
    most_closed_percent: int
    active: bool
    acknowledged_to: datetime | None
    last_heard_at: datetime | None
    silent_since: datetime | None
    version: int

    @classmethod
    def of(cls, feed: FeedView) -> "StockFeedAnswer":
        """Show a feed."""
        plain = {
            name: getattr(feed, name)
            for name in cls.model_fields
            if name not in {"layout", "locations", "organisations"}
        }
        return cls(
            **plain,
            layout=FeedLayoutAnswer.model_validate(feed.layout),
            locations=list(feed.locations),
            organisations=list(feed.organisations),
        )


class StockFeedHealthAnswer(View):
    """How a feed does: `lag_seconds` from what its last run is about to its end."""

    feed: str
    name: str
    mode: FeedMode
    active: bool
    last_heard_at: datetime | None
    silent_since: datetime | None
    expected_every_minutes: int
    last_run: FeedRunAnswer | None
    running: FeedRunAnswer | None
    lag_seconds: float | None
    lines_per_second: float | None
    quarantined: dict[str, int]
    drift_units_7_days: int
    lines_7_days: int

    @classmethod
    def of(cls, health: FeedHealth) -> "StockFeedHealthAnswer":
        """Show how a feed does."""
        plain = {
            name: getattr(health, name)
            for name in cls.model_fields
            if name not in {"last_run", "running", "quarantined"}
        }
        return cls(
            **plain,
            last_run=None if health.last_run is None else FeedRunAnswer.of(health.last_run),
            running=None if health.running is None else FeedRunAnswer.of(health.running),
            quarantined=dict(health.quarantined),
        )


class StockFeedHealthList(View):
    """How each feed does."""

    feeds: list[StockFeedHealthAnswer]


@router.get("/stock/feed-health", response=StockFeedHealthList)
@requires("stock:read")
def read_feed_health(request: HttpRequest) -> StockFeedHealthList:
    """Tell how every feed does: last run, lag, throughput, drift, quarantine and silence."""
    found = queries.health(actor=actor_of(request), now=now())
    return StockFeedHealthList(feeds=[StockFeedHealthAnswer.of(item) for item in found])


@router.get("/stock/feeds", response=Page[StockFeedAnswer])
@requires("stock:read")
def list_feeds(
    request: HttpRequest, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[StockFeedAnswer]:
    """List the feeds by code."""
    after = after_code(cursor)
    found = queries.feeds(actor=actor_of(request), after=after, limit=limit + 1)
    return page_by_code(request, found, limit, StockFeedAnswer.of)


@router.get("/stock/feeds/{feed}", response=StockFeedAnswer)
@requires("stock:read")
def get_feed(request: HttpRequest, feed: Code, response: HttpResponse) -> StockFeedAnswer:
    """Read one feed."""
    found = queries.feed(feed, actor=actor_of(request))
    set_etag(response, found.version)
    return StockFeedAnswer.of(found)


@router.put("/stock/feeds/{feed}", response={200: StockFeedAnswer, 201: StockFeedAnswer})
@requires("stock:write")
def put_feed(
    request: HttpRequest, feed: Code, body: StockFeedBody, response: HttpResponse
) -> Status[StockFeedAnswer]:
    """Make a feed, or replace its settings."""
    with transaction.atomic():
        check_if_match(request, queries.feed_version(feed))
        status, shown = save_feed(draft=body.draft(feed), now=now(), actor=actor_of(request))
    set_etag(response, shown.version)
    return Status(201 if status == "created" else 200, StockFeedAnswer.of(shown))
