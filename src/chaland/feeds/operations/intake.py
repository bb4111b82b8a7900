"""Messages come in: batches of lines at once, files whole, acknowledgements by name."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.catalog.queries import identify
from chaland.feeds.models import Feed, Run
from chaland.feeds.operations.recording import cause_id, end, heard_of, put_in_quarantine, record
from chaland.feeds.queries import feed as visible_feed
from chaland.feeds.queries import layout_of, run_view
from chaland.feeds.reading import Checker, frame_of
from chaland.feeds.types import (
    FeedMode,
    FileReceipt,
    Hearing,
    Layout,
    LineDraft,
    LineOutcome,
    RawLine,
    Refused,
    RunKind,
    RunState,
    RunView,
)
from chaland.inventory import operations as inventory
from chaland.inventory.types import Knowledge, MergeCause, Merged, ReportedLine
from chaland.kernel.actor import Actor
from chaland.kernel.errors import ConflictError, FieldProblem, InvalidInputError
from chaland.kernel.ids import new_uuid
from chaland.network.queries import snapshot, visible_location_ids

_PLAIN = Layout(decimal_comma=False)
"""How lines of the API are written."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The places that a feed may speak of, by code, and those that exist besides."""

    locations: Mapping[str, int]
    elsewhere: Collection[str]

    @classmethod
    def of(cls, feed: Feed, location_ids: Collection[int] | None) -> "Scope":
        """Take a feed's own limits, and those of whoever speaks for it (None: no limits).

        A location that they may not see is unknown to them.
        """
        own, elsewhere = {}, set()
        for place in snapshot().locations:
            if location_ids is not None and place.id not in location_ids:
                continue
            inside = not feed.locations or place.code in feed.locations
            inside &= not feed.organisations or place.organisation in feed.organisations
            if inside:
                own[place.code] = place.id
            else:
                elsewhere.add(place.code)
        return cls(own, elsewhere)


def receive_lines(
    *,
    feed_code: str,
    lines: Sequence[LineDraft],
    as_of: datetime | None,
    acknowledged_to: datetime | None,
    now: datetime,
    actor: Actor,
) -> tuple[RunView, list[LineOutcome]]:
    """Merge a batch of lines at once; the answer keeps their order.

    A line that cannot be used is in quarantine, and the others are merged. *as_of* is the moment of
    lines that name none. Raises NotFoundError, and ConflictError for a feed that is switched off.
    """
    feed = active_feed(feed_code, actor=actor)
    run = new_run(feed, RunKind.LINES, as_of=as_of or now, now=now, actor=actor)
    run.acknowledged_to = acknowledged_to
    run.started_at = now
    run.lines_read = run.to_do = run.done = len(lines)
    run.state = RunState.APPLYING.value
    run.save()
    checker = checker_of(run, now=now, as_of=as_of, layout=_PLAIN)
    checked = checker.check(
        frame_of(
            [
                RawLine(
                    line=place,
                    sku=item.sku,
                    location=item.location,
                    quantity=str(item.quantity),
                    as_of="" if item.as_of is None else item.as_of.isoformat(),
                    line_id=item.line_id,
                )
                for place, item in enumerate(lines, 1)
            ]
        )
    )
    good = [
        ReportedLine(**row)
        for row in checked.frame.filter(checked.frame["quantity"].is_not_null()).to_dicts()
    ]
    put_in_quarantine(run, checked.refused, now=now)
    outcomes = _outcomes_of(checked.refused)
    if good:
        merged = merge_lines(run, good, now=now, actor=actor)
        told = record(run, merged, {item.line: item for item in good}, now=now, actor=actor)
        outcomes.update({number: LineOutcome(status) for number, status in merged.outcomes.items()})
        outcomes.update(_outcomes_of(told))
    hear_acknowledged(feed, acknowledged_to)
    heard_of(feed, now=now, actor=actor)
    end(run, "finish", now=now, actor=actor)
    return run_view(run), [outcomes[place] for place in range(1, len(lines) + 1)]


def _outcomes_of(refused: Sequence[Refused]) -> dict[int, LineOutcome]:
    return {
        item.line.line: LineOutcome("quarantined", item.reason, item.field, item.missing)
        for item in refused
        if item.line.line is not None
    }


def merge_lines(run: Run, lines: Sequence[ReportedLine], *, now: datetime, actor: Actor) -> Merged:
    """Merge a few lines of a run."""
    chunk = inventory.whole(lines, run.as_of)
    cause = MergeCause(type="feed_run", id=cause_id(run))
    if FeedMode(run.feed.mode) is FeedMode.DELTA:
        return inventory.merge_deltas(
            lines=lines,
            chunk=chunk,
            as_of=run.as_of,
            source=run.feed.code,
            cause=cause,
            now=now,
            actor=actor,
        )
    return inventory.merge_counts(
        lines=lines,
        chunk=chunk,
        as_of=run.as_of,
        knowledge=knowledge_of(run),
        cause=cause,
        now=now,
        actor=actor,
    )


def knowledge_of(run: Run) -> Knowledge:
    """Return what a run's source had heard when it counted."""
    told = None
    if Hearing(run.feed.hearing) is Hearing.EVENTS:
        told = run.acknowledged_to or run.feed.acknowledged_to
    return Knowledge(source=run.feed.code, acknowledged_to=told)


def receive_file(*, feed_code: str, receipt: FileReceipt, now: datetime, actor: Actor) -> RunView:
    """Take a file that was received in full, to be checked and merged in the background.

    Raises NotFoundError; ConflictError for a feed that is switched off; InvalidInputError when the
    file is to close what it does not mention and the feed may not.
    """
    feed = active_feed(feed_code, actor=actor)
    if receipt.closes_unmentioned and not feed.closes_unmentioned:
        raise InvalidInputError(
            [
                FieldProblem(
                    "closes_unmentioned",
                    "not_allowed",
                    "this feed may not close what it does not mention",
                    "Leave it out, or allow it in the feed's settings.",
                )
            ]
        )
    kind = RunKind.COMPARE if receipt.compare else RunKind.FILE
    if receipt.compare and FeedMode(feed.mode) is FeedMode.DELTA:
        raise ConflictError(
            "nothing_to_compare",
            "This feed tells differences, which cannot be compared with stock.",
            fix="Use a feed whose mode is count or snapshot.",
        )
    run = new_run(feed, kind, as_of=receipt.as_of, now=now, actor=actor)
    run.path, run.file_name, run.sha256 = receipt.path, receipt.name, receipt.sha256
    run.size, run.declared_lines = receipt.size, receipt.lines
    run.from_folder = receipt.from_folder
    run.acknowledged_to = receipt.acknowledged_to
    run.closes_unmentioned = receipt.closes_unmentioned
    run.save()
    heard_of(feed, now=now, actor=actor)
    record_audit(
        [
            AuditFact(
                actor=actor,
                action="feeds.receive_file",
                entity_type="feed_run",
                entity_id=cause_id(run),
                at=now,
                after={"feed": feed.code, "file": receipt.name, "sha256": receipt.sha256},
            )
        ]
    )
    return run_view(run)


def acknowledge_causes(
    *,
    feed_code: str,
    causes: Sequence[tuple[str, datetime]],
    acknowledged_to: datetime | None,
    now: datetime,
    actor: Actor,
) -> set[str]:
    """Note what a source has booked: causes by name, and all before *acknowledged_to*.

    Returns the causes that are new. Raises NotFoundError.
    """
    feed = active_feed(feed_code, actor=actor)
    new = inventory.acknowledge(source=feed.code, causes=causes)
    hear_acknowledged(feed, acknowledged_to)
    heard_of(feed, now=now, actor=actor)
    record_audit(
        [
            AuditFact(
                actor=actor,
                action="feeds.acknowledge",
                entity_type="feed",
                entity_id=feed.code,
                at=now,
                after={
                    "causes": len(causes),
                    "acknowledged_to": acknowledged_to and acknowledged_to.isoformat(),
                },
            )
        ]
    )
    return new


def hear_acknowledged(feed: Feed, acknowledged_to: datetime | None) -> None:
    """Move a feed's mark of what it has heard, never back."""
    if acknowledged_to is None:
        return
    if feed.acknowledged_to is None or feed.acknowledged_to < acknowledged_to:
        feed.acknowledged_to = acknowledged_to
        Feed.objects.filter(id=feed.id).update(acknowledged_to=acknowledged_to)


def active_feed(code: str, *, actor: Actor) -> Feed:
    """Return a feed that may be used. Raises NotFoundError, ConflictError ``feed_inactive``."""
    visible_feed(code, actor=actor)
    row = Feed.objects.get(code=code)
    if not row.active:
        raise ConflictError(
            "feed_inactive",
            f"The feed {code!r} is switched off.",
            fix="Switch it on, or use another.",
        )
    return row


def new_run(feed: Feed, kind: RunKind, *, as_of: datetime, now: datetime, actor: Actor) -> Run:
    """Return a run that is not saved yet."""
    return Run(
        id=new_uuid(),
        feed=feed,
        kind=kind.value,
        state=RunState.RECEIVING.value,
        as_of=as_of,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        location_ids=visible_location_ids(actor),
        created_at=now,
    )


def checker_of(
    run: Run, *, now: datetime, as_of: datetime | None, layout: Layout | None = None
) -> Checker:
    """Return what checks the lines of a run, written as its feed's files are or as *layout* says.

    *as_of* is the moment of lines that name none; with None they must.
    """
    scope = Scope.of(run.feed, run.location_ids)
    return Checker(
        layout=layout or layout_of(run.feed),
        mode=FeedMode(run.feed.mode),
        now=now,
        as_of=as_of,
        locations=scope.locations,
        elsewhere=scope.elsewhere,
        lookup=identify,
    )
