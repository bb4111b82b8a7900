"""Reads."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet

from chaland.database import statements
from chaland.feeds import rules, sql
from chaland.feeds.models import Difference, Feed, QuarantinedLine, Run
from chaland.feeds.types import (
    DifferenceView,
    FeedHealth,
    FeedMode,
    FeedView,
    FileFormat,
    Hearing,
    Layout,
    QuarantineState,
    QuarantineView,
    RunKind,
    RunState,
    RunView,
    Tally,
)
from chaland.inventory.queries import position_codes
from chaland.kernel.actor import Actor
from chaland.kernel.errors import NotFoundError
from chaland.kernel.ids import to_public
from chaland.network.queries import visible_location_ids

WEEK = timedelta(days=7)
_ENDED = (RunState.DONE, RunState.FAILED, RunState.STOPPED)


def feed(code: str, *, actor: Actor) -> FeedView:
    """Return a feed. Raises NotFoundError."""
    row = Feed.objects.filter(code=code).first()
    if row is None or not _may_see(row, actor):
        raise NotFoundError("feed", code)
    return feed_view(row)


def feeds(*, actor: Actor, after: str = "", limit: int = 200) -> list[FeedView]:
    """Return feeds by code, behind the code *after*."""
    rows = Feed.objects.filter(code__gt=after).order_by("code")
    return [feed_view(row) for row in rows if _may_see(row, actor)][:limit]


def feed_version(code: str) -> int:
    """Return a feed's version; 0 when there is none."""
    return Feed.objects.filter(code=code).values_list("version", flat=True).first() or 0


def _may_see(row: Feed, actor: Actor) -> bool:
    """Tell whether a feed speaks for the actor: one that is limited to theirs, if they are."""
    if actor.organisations is None:
        return True
    return bool(row.organisations) and set(row.organisations) <= actor.organisations


def run(run_id: UUID, *, actor: Actor) -> RunView:
    """Return a run. Raises NotFoundError."""
    row = Run.objects.select_related("feed").filter(id=run_id).first()
    if row is None or not _may_see(row.feed, actor):
        raise NotFoundError("run", to_public("run", run_id))
    return run_view(row)


def runs(
    *,
    actor: Actor,
    feed_code: str = "",
    state: RunState | None = None,
    kind: RunKind | None = None,
    before: int | None = None,
    limit: int,
) -> list[RunView]:
    """Return runs, the latest first, below the number *before*."""
    rows = _visible(Run.objects.select_related("feed"), actor)
    if feed_code:
        rows = rows.filter(feed__code=feed_code)
    if state is not None:
        rows = rows.filter(state=state)
    if kind is not None:
        rows = rows.filter(kind=kind)
    if before is not None:
        rows = rows.filter(number__lt=before)
    return [run_view(row) for row in rows.order_by("-number")[:limit]]


def _visible(rows: "QuerySet[Any]", actor: Actor) -> "QuerySet[Any]":
    if actor.organisations is None:
        return rows
    return rows.filter(
        feed__organisations__contained_by=sorted(actor.organisations),
        feed__organisations__len__gt=0,
    )


def quarantine(
    *,
    actor: Actor,
    feed_code: str = "",
    reason: str = "",
    state: QuarantineState | None = QuarantineState.OPEN,
    run_id: UUID | None = None,
    before: int | None = None,
    limit: int,
) -> list[QuarantineView]:
    """Return lines in quarantine, the latest first, below the id *before*."""
    rows = _visible(QuarantinedLine.objects.select_related("feed", "run"), actor)
    filters: dict[str, Any] = {
        "feed__code": feed_code,
        "reason": reason,
        "state": state,
        "run__id": run_id,
        "id__lt": before,
    }
    rows = rows.filter(**{name: value for name, value in filters.items() if value})
    visible = visible_location_ids(actor)
    if visible is not None:
        rows = rows.filter(location_id__in=visible)
    return [_quarantine_view(row) for row in rows.order_by("-id")[:limit]]


def count_waiting(*, actor: Actor) -> int:
    """Return how many lines are in quarantine; one query."""
    rows = _visible(QuarantinedLine.objects.filter(state=QuarantineState.OPEN), actor)
    visible = visible_location_ids(actor)
    if visible is not None:
        rows = rows.filter(location_id__in=visible)
    return int(rows.count())


def differences(
    run_id: UUID, *, actor: Actor, after: int = 0, limit: int, unexplained: bool = False
) -> list[DifferenceView]:
    """Return the differences of a reconciliation in order, behind the id *after*.

    Raises NotFoundError.
    """
    number = run(run_id, actor=actor).number
    rows = Difference.objects.filter(run_id=number, id__gt=after).order_by("id")
    if unexplained:
        rows = rows.exclude(unexplained=0)
    visible = visible_location_ids(actor)
    if visible is not None:
        rows = rows.filter(location_id__in=visible)
    return _difference_views(list(rows[:limit]))


def all_differences(
    run_id: UUID, *, actor: Actor, page: int = 5_000
) -> Iterator[Sequence[DifferenceView]]:
    """Yield all differences of a reconciliation, by the thousand. Raises NotFoundError."""
    after = 0
    while found := differences(run_id, actor=actor, after=after, limit=page):
        yield found
        after = found[-1].id


def health(*, actor: Actor, now: datetime) -> list[FeedHealth]:
    """Return how each feed does: its last run, lag, throughput, drift, quarantine and silence."""
    rows = [row for row in Feed.objects.order_by("code") if _may_see(row, actor)]
    weeks = {
        row["id"]: row
        for row in statements.fetch_dicts(
            sql.load("health"), {"since": now - WEEK, "feeds": [row.id for row in rows]}
        )
    }
    ended = _latest(rows, states=_ENDED)
    working = _latest(rows, states=(RunState.RECEIVING, RunState.CHECKING, RunState.APPLYING))
    return [_health(row, weeks[row.id], ended.get(row.id), working.get(row.id)) for row in rows]


def _latest(feeds: Collection[Feed], *, states: Collection[RunState]) -> dict[int, Run]:
    rows = (
        Run.objects.select_related("feed")
        .filter(feed_id__in=[row.id for row in feeds], state__in=states)
        .order_by("feed_id", "-number")
        .distinct("feed_id")
    )
    return {row.feed_id: row for row in rows}


def _health(row: Feed, week: dict[str, Any], last: Run | None, running: Run | None) -> FeedHealth:
    lag = None
    if last is not None and last.ended_at is not None:
        lag = (last.ended_at - last.as_of).total_seconds()
    seconds = float(week["seconds"] or 0)
    return FeedHealth(
        feed=row.code,
        name=row.name,
        mode=FeedMode(row.mode),
        active=row.active,
        last_heard_at=row.last_heard_at,
        silent_since=row.silent_since,
        expected_every_minutes=row.expected_every_minutes,
        last_run=None if last is None else run_view(last),
        running=None if running is None else run_view(running),
        lag_seconds=lag,
        lines_per_second=round(week["lines"] / seconds, 1) if seconds > 0 else None,
        quarantined=orjson.loads(week["quarantined"]),
        drift_units_7_days=week["drift"],
        lines_7_days=week["lines"],
    )


def feed_view(row: Feed) -> FeedView:
    """Return a feed as others see it."""
    return FeedView(
        id=row.id,
        code=row.code,
        name=row.name,
        mode=FeedMode(row.mode),
        hearing=Hearing(row.hearing),
        layout=layout_of(row),
        locations=tuple(row.locations),
        organisations=tuple(row.organisations),
        expected_every_minutes=row.expected_every_minutes,
        folder=row.folder,
        closes_unmentioned=row.closes_unmentioned,
        most_closed_percent=row.most_closed_percent,
        active=row.active,
        acknowledged_to=row.acknowledged_to,
        last_heard_at=row.last_heard_at,
        silent_since=row.silent_since,
        created_at=row.created_at,
        version=row.version,
    )


def layout_of(row: Feed) -> Layout:
    """Return how a feed's files are written."""
    return Layout(format=FileFormat(row.format), **row.layout)


def run_view(row: Run) -> RunView:
    """Return a run as others see it."""
    return RunView(
        id=row.id,
        number=row.number,
        feed=row.feed.code,
        kind=RunKind(row.kind),
        state=RunState(row.state),
        file_name=row.file_name,
        sha256=row.sha256,
        as_of=row.as_of,
        acknowledged_to=row.acknowledged_to,
        declared_lines=row.declared_lines,
        to_do=row.to_do,
        done=row.done,
        tally=tally_of(row),
        closed=row.closed,
        problem=row.problem,
        problem_code=row.problem_code,
        actor_label=row.actor_label,
        summary=row.summary,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        stop_asked=row.stop_asked,
    )


def tally_of(row: Run) -> Tally:
    """Return what became of a run's lines."""
    return Tally(
        read=row.lines_read,
        applied=row.applied,
        unchanged=row.unchanged,
        duplicate=row.duplicate,
        stale=row.stale,
        superseded=row.superseded,
        quarantined=row.quarantined,
        units_in=row.units_in,
        units_out=row.units_out,
    )


def _quarantine_view(row: QuarantinedLine) -> QuarantineView:
    message, fix = rules.said_of(row.reason)
    return QuarantineView(
        id=row.id,
        feed=row.feed.code,
        run_id=row.run.id,
        line=row.line,
        raw=row.raw,
        sku=row.sku,
        location=row.location,
        quantity=row.quantity,
        reason=row.reason,
        field=row.field,
        message=message,
        fix=fix,
        missing=row.missing,
        orders=tuple(row.orders),
        state=QuarantineState(row.state),
        created_at=row.created_at,
        closed_at=row.closed_at,
    )


def _difference_views(rows: Sequence[Difference]) -> list[DifferenceView]:
    codes = position_codes({(row.sku_id, row.location_id) for row in rows})
    return [
        DifferenceView(
            id=row.id,
            sku=codes[row.sku_id, row.location_id][0],
            location=codes[row.sku_id, row.location_id][1],
            as_of=row.as_of,
            mentioned=row.mentioned,
            ours=row.ours,
            theirs=row.theirs,
            in_flight=row.in_flight,
            unacknowledged=row.unacknowledged,
            unexplained=row.unexplained,
            value=None if row.unit_cost is None else f"{row.unit_cost * row.unexplained:.2f}",
            healed=row.healed_by_id is not None,
        )
        for row in rows
    ]
