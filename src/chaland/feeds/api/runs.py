"""Routes of runs: how far they are, and to stop them."""

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router

from chaland.feeds import queries
from chaland.feeds.operations import ask_to_stop, resume_run
from chaland.feeds.types import RunKind, RunState, RunView
from chaland.kernel.clock import now
from chaland.kernel.ids import from_public, to_public
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.idempotency import idempotent
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
    next_url,
)
from chaland.web.schemas import View

router = Router()

Filter = Annotated[str, Query(max_length=64)]


class FeedTallyAnswer(View):
    """What became of the lines of a run, and the units that came and went by it."""

    read: int
    applied: int
    unchanged: int
    duplicate: int
    stale: int
    superseded: int
    quarantined: int
    units_in: int
    units_out: int


class FeedRunAnswer(View):
    """One file or batch of a feed: `done` of `to_do` lines are merged.

    `summary` is what a comparison found in all. `problem_code` says why a run failed.
    """

    id: str
    feed: str
    kind: RunKind
    state: RunState
    file_name: str
    sha256: str
    as_of: datetime
    acknowledged_to: datetime | None
    declared_lines: int | None
    to_do: int
    done: int
    closed: int
    tally: FeedTallyAnswer
    problem_code: str
    problem: str
    sent_by: str
    stop_asked: bool
    summary: dict[str, float]
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, run: RunView) -> "FeedRunAnswer":
        """Show a run."""
        own = {"id", "tally", "sent_by", "summary"}
        plain = {name: getattr(run, name) for name in cls.model_fields if name not in own}
        return cls(
            **plain,
            id=to_public("run", run.id),
            tally=FeedTallyAnswer.model_validate(run.tally),
            sent_by=run.actor_label,
            summary={name: float(str(value)) for name, value in run.summary.items()},
        )


@router.get("/stock/feed-runs", response=Page[FeedRunAnswer])
@requires("stock:read")
def list_feed_runs(
    request: HttpRequest,
    feed: Filter = "",
    state: RunState | None = None,
    kind: RunKind | None = None,
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[FeedRunAnswer]:
    """List runs, the latest first."""
    found = queries.runs(
        actor=actor_of(request),
        feed_code=feed,
        state=state,
        kind=kind,
        before=decode_cursor(cursor, int)[0] if cursor else None,
        limit=limit + 1,
    )
    end = encode_cursor([found[limit - 1].number]) if len(found) > limit else None
    return Page(
        items=[FeedRunAnswer.of(item) for item in found[:limit]], next=next_url(request, end)
    )


@router.get("/stock/feed-runs/{run_id}", response=FeedRunAnswer)
@requires("stock:read")
def get_feed_run(request: HttpRequest, run_id: str) -> FeedRunAnswer:
    """Read how far a run is."""
    return FeedRunAnswer.of(queries.run(from_public("run", run_id), actor=actor_of(request)))


@router.post("/stock/feed-runs/{run_id}/stop", response=FeedRunAnswer)
@requires("stock:write")
@idempotent
def stop_feed_run(request: HttpRequest, run_id: str) -> FeedRunAnswer:
    """Stop a run between two chunks; what was merged stays."""
    done = ask_to_stop(run_id=from_public("run", run_id), now=now(), actor=actor_of(request))
    return FeedRunAnswer.of(done)


@router.post("/stock/feed-runs/{run_id}/continue", response=FeedRunAnswer)
@requires("stock:write")
@idempotent
def continue_feed_run(request: HttpRequest, run_id: str) -> FeedRunAnswer:
    """Let a stopped run go on where it was."""
    done = resume_run(run_id=from_public("run", run_id), now=now(), actor=actor_of(request))
    return FeedRunAnswer.of(done)
