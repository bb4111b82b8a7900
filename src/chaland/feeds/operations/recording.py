"""What a run did is written in the transaction in which it did it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from uuid import UUID

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.catalog.queries import sku_facts_by_id
from chaland.feeds.events import FeedRecovered, RunEnded, StockMerged, StockShortfall
from chaland.feeds.models import Feed, QuarantinedLine, Run
from chaland.feeds.queries import tally_of
from chaland.feeds.states import RUN
from chaland.feeds.types import FeedMode, RawLine, Refused, RunState
from chaland.inventory.operations import staged_lines
from chaland.inventory.queries import orders_holding, position_codes
from chaland.inventory.types import Merged, Pair, ReportedLine, ShortLine
from chaland.kernel.actor import Actor
from chaland.kernel.errors import ConflictError
from chaland.kernel.ids import to_public
from chaland.kernel.transitions import IllegalTransitionError
from chaland.network.queries import snapshot
from chaland.outbox.operations import publish

MOST_NAMED = 500
"""An event names the SKUs it is about up to so many."""

REST = "~rest"
"""Ends the line id of the part of a difference that could not be applied."""


def change_state(run: Run, action: str) -> None:
    """Move a run along its table. Raises ConflictError ``illegal_transition``."""
    try:
        run.state = RUN.target(RunState(run.state), action).value
    except IllegalTransitionError as error:
        raise ConflictError(
            "illegal_transition",
            str(error),
            fix="Read the run again: it may have ended meanwhile.",
            state=run.state,
        ) from error


def actor_of_run(run: Run) -> Actor:
    """Return who is responsible for a run: whoever sent its lines."""
    kind = run.actor_kind
    assert kind in {"user", "api_key", "customer", "system"}  # noqa: S101 - written from an Actor
    return Actor(kind=kind, id=run.actor_id, label=run.actor_label)  # type: ignore[arg-type]


def cause_id(run: Run) -> str:
    """Return the id that the ledger names as the cause of a run's lines."""
    return to_public("run", run.id)


def record(
    run: Run,
    merged: Merged,
    details: Mapping[int, ReportedLine],
    *,
    now: datetime,
    actor: Actor,
) -> list[Refused]:
    """Add what became of a chunk to its run, and put in quarantine what could not be used.

    *details* tell what the refused and short lines say. Returns what is in quarantine; the run is
    not saved.
    """
    for name in ("applied", "unchanged", "duplicate", "stale", "superseded"):
        setattr(run, name, getattr(run, name) + getattr(merged, name))
    run.units_in += merged.units_in
    run.units_out += merged.units_out
    refused = _refused(run, merged, details)
    moments = {number: line.occurred_at for number, line in details.items()}
    put_in_quarantine(run, refused, now=now, moments=moments)
    _announce(run, merged, refused, now, actor)
    return refused


def put_in_quarantine(
    run: Run,
    refused: Sequence[Refused],
    *,
    now: datetime,
    moments: Mapping[int, datetime | None] | None = None,
) -> None:
    """Keep lines that could not be used until somebody replays or dismisses them."""
    if not refused:
        return
    ids = {place.code: place.id for place in snapshot().locations}
    known = moments or {}
    QuarantinedLine.objects.bulk_create(
        [
            QuarantinedLine(
                feed_id=run.feed_id,
                run=run,
                line=item.line.line,
                raw=item.line.raw,
                sku=item.line.sku,
                location=item.line.location,
                location_id=ids.get(item.line.location),
                quantity=item.line.quantity,
                as_of=item.line.as_of,
                line_id=item.line.line_id,
                moment=known.get(item.line.line or 0) or run.as_of,
                reason=item.reason,
                field=item.field,
                missing=item.missing,
                orders=list(item.orders),
                created_at=now,
            )
            for item in refused
        ],
        batch_size=2_000,
    )
    run.quarantined += len(refused)


def end(run: Run, action: str, *, now: datetime, actor: Actor) -> None:
    """Let a run end: ``finish``, ``fail`` or ``stop``; tell the world and the auditors."""
    change_state(run, action)
    run.ended_at = now
    run.claim = run.claimed_until = None
    run.stop_asked = False
    run.save()
    tally = {name: int(value) for name, value in asdict(tally_of(run)).items()}
    event = RunEnded(
        occurred_at=now,
        stream=f"feed:{run.feed.code}",
        subject=cause_id(run),
        feed=run.feed.code,
        state=run.state,
        kind=run.kind,
        file_name=run.file_name,
        tally=tally,
        problem=run.problem_code,
    )
    publish([event], actor=actor)
    record_audit(
        [
            AuditFact(
                actor=actor,
                action=f"feeds.{action}_run",
                entity_type="feed_run",
                entity_id=cause_id(run),
                at=now,
                after={"feed": run.feed.code, "kind": run.kind, "file": run.file_name, **tally},
                reason=run.problem,
            )
        ]
    )


def heard_of(feed: Feed, *, now: datetime, actor: Actor) -> None:
    """Note that a feed was heard of; one that was silent has recovered."""
    if feed.silent_since is not None:
        event = FeedRecovered(
            occurred_at=now,
            stream=f"feed:{feed.code}",
            subject=feed.code,
            name=feed.name,
            silent_since=feed.silent_since.isoformat(),
        )
        publish([event], actor=actor)
    feed.silent_since = None
    feed.last_heard_at = now
    Feed.objects.filter(id=feed.id).update(silent_since=None, last_heard_at=now)


def is_staged(run: Run) -> bool:
    """Tell whether all lines of a run are staged; a crash of the server empties the stage."""
    return run.to_do > 0 and staged_lines(number=run.number) == run.to_do


def lock_run(run_id: UUID) -> Run:
    """Lock a run and return it; the caller has checked that it is there."""
    return Run.objects.select_for_update(of=("self",)).select_related("feed").get(id=run_id)


def _refused(run: Run, merged: Merged, details: Mapping[int, ReportedLine]) -> list[Refused]:
    pairs: dict[int, Pair] = {
        number: (line.sku_id, line.location_id) for number, line in details.items()
    }
    short_pairs = {(item.sku_id, item.location_id) for item in merged.short}
    codes = position_codes({*pairs.values(), *short_pairs})
    orders = orders_holding(short_pairs)
    refused = []
    for item in merged.refused:
        if item.line is not None:
            line = _as_raw(details[item.line], codes[pairs[item.line]])
            refused.append(Refused(line=line, reason=item.code, field="quantity"))
    for short in merged.short:
        pair = (short.sku_id, short.location_id)
        known = details.get(short.line or 0)
        line = _rest_of(run, short, known, codes[pair])
        refused.append(
            Refused(
                line=line,
                reason="fewer_than_promised" if short.reserved else "below_zero",
                field="quantity",
                missing=short.missing,
                orders=tuple(orders.get(pair, ())),
            )
        )
    return refused


def _rest_of(
    run: Run, short: ShortLine, known: ReportedLine | None, codes: tuple[str, str]
) -> RawLine:
    """Return the line that would take what could not be taken.

    A count says the same again. Of a difference the part that is left has a line id of its own,
    when a part was applied under the line's.
    """
    line = RawLine(
        line=short.line,
        sku=codes[0],
        location=codes[1],
        quantity=str(short.quantity),
        line_id=(known.line_ref if known else None) or "",
        raw=f"{codes[0]};{codes[1]};{short.quantity}",
    )
    if FeedMode(run.feed.mode) is not FeedMode.DELTA:
        return line
    partly = short.missing != -short.quantity
    rest = f"{line.line_id}{REST}" if partly else line.line_id
    return replace(line, quantity=str(-short.missing), line_id=rest)


def _as_raw(line: ReportedLine, codes: tuple[str, str]) -> RawLine:
    return RawLine(
        line=line.line,
        sku=codes[0],
        location=codes[1],
        quantity=str(line.quantity),
        line_id=line.line_ref or "",
        raw=f"{codes[0]};{codes[1]};{line.quantity}",
    )


def _announce(
    run: Run, merged: Merged, refused: Sequence[Refused], now: datetime, actor: Actor
) -> None:
    """Tell of a chunk once, however many lines it has; of each shortage by itself."""
    events: list[StockMerged | StockShortfall] = []
    if merged.sku_ids:
        named = merged.sku_ids if len(merged.sku_ids) <= MOST_NAMED else ()
        codes = sorted(facts.code for facts in sku_facts_by_id(named).values()) if named else []
        events.append(
            StockMerged(
                occurred_at=now,
                stream=f"feed:{run.feed.code}",
                subject=cause_id(run),
                feed=run.feed.code,
                run=cause_id(run),
                lines=merged.lines,
                applied=merged.applied,
                units_in=merged.units_in,
                units_out=merged.units_out,
                skus_total=len(merged.sku_ids),
                skus=codes,
            )
        )
    shortages = [item for item in refused if item.missing is not None]
    events += [
        StockShortfall(
            occurred_at=now,
            stream=f"sku:{item.line.sku}",
            subject=item.line.sku,
            feed=run.feed.code,
            run=cause_id(run),
            location=item.line.location,
            missing=short.missing,
            reserved=short.reserved,
            unavailable=short.unavailable,
            orders=list(item.orders),
        )
        for item, short in zip(shortages, merged.short, strict=True)
    ]
    publish(events, actor=actor)
