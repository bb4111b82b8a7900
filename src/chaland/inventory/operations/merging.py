"""Merge what other systems say with what Chaland knows, a chunk of positions at a time.

A count of a position as of T holds everything that happened strictly before T, as far as its source
knew. What the source did not know stands: what happened from T on, and, for a source that books
what it hears, what Chaland moved and it has not acknowledged. A difference says that units came or
went once; each message counts once, and one from before the last count is in that count already.

A chunk is one transaction of the caller's, with a handful of statements. Positions that are as
counted are neither locked nor written (``guarding`` says why that is safe); those to be changed are
locked in order and looked at again. A moment that has only just passed may still be spoken of by a
transaction that is not finished: then all positions of the chunk are locked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.operations.guarding import guard_count, guard_late
from chaland.inventory.operations.lots import reconcile_overfull_lots
from chaland.inventory.operations.staging import Lines, staged
from chaland.inventory.types import (
    START,
    Chunk,
    Compared,
    CountDifference,
    Knowledge,
    MergeCause,
    Merged,
    Pair,
    RefusedLine,
    ReportedLine,
    ShortLine,
)
from chaland.kernel.actor import Actor

SETTLED = timedelta(seconds=60)
"""No transaction lasts longer, so that nothing of an earlier moment is still being written."""

MOST_POSITIONS = 100_000
"""More positions than a chunk has: those of followed SKUs have their lots looked at."""

SMALL = 1_000
"""Up to so many lines, all positions are locked: it costs nothing, and marks each as counted."""


def next_chunk(*, number: int, after: Pair = START, size: int, as_of: datetime) -> Chunk | None:
    """Return where the lines behind the position *after* end, about *size* of them; None if none.

    *as_of* is the moment of lines that name none.
    """
    params = {"sku": after[0], "location": after[1], "size": size, "as_of": as_of}
    row = statements.fetch_one(*staged("next_chunk", number, params), prepare=False)
    if row is None:
        return None
    sku, location, lines, since, until, sku_ids = row
    return Chunk(
        after=after,
        last=(sku, location),
        lines=lines,
        since=since or as_of,
        until=until or as_of,
        sku_ids=sku_ids,
    )


def whole(lines: Sequence[ReportedLine], as_of: datetime) -> Chunk:
    """Return the one chunk of a few lines (at least one)."""
    moments = [item.occurred_at or as_of for item in lines]
    return Chunk(
        after=START,
        last=max((item.sku_id, item.location_id) for item in lines),
        lines=len(lines),
        since=min(moments),
        until=max(moments),
        sku_ids=sorted({item.sku_id for item in lines}),
    )


def merge_counts(
    *,
    lines: Lines,
    chunk: Chunk,
    as_of: datetime,
    knowledge: Knowledge,
    cause: MergeCause,
    now: datetime,
    actor: Actor,
    again: bool = False,
) -> Merged:
    """Bring the positions of a chunk to what was counted; see the module.

    *again* takes up counts that an earlier merge could not apply in full.
    """
    guard_count(sku_ids=chunk.sku_ids)
    few = chunk.lines <= SMALL
    common = {
        **_range(chunk, as_of),
        **_knowing(knowledge, chunk),
        "since_count": chunk.since,
        "lock_all": again or few or chunk.until > now - SETTLED,
        "again": again,
        "tell": few,
    }
    judged = statements.fetch_one(*staged("judge_counts", lines, common), prepare=False)
    assert judged is not None  # noqa: S101 - a row of sub-selects is always there
    duplicate, stale, *found = judged
    columns = {
        name: values or []
        for name, values in zip(
            ("line", "sku", "location", "quantity", "as_of"), found[:5], strict=True
        )
    }
    written = _Written()
    if columns["sku"]:
        written = _write_counts(columns, {**common, **_signed(cause, now, actor)})
    _settle_lots(written.sku_ids, now, actor)
    refused = _refused(*found[7:])
    unlike = written.applied + duplicate + stale + len(refused) + len(written.short)
    return Merged(
        lines=chunk.lines,
        applied=written.applied,
        unchanged=chunk.lines - unlike,
        duplicate=duplicate,
        stale=stale,
        units_in=written.units_in,
        units_out=written.units_out,
        sku_ids=written.sku_ids,
        refused=refused,
        short=written.short,
        outcomes=_outcomes(found[5], found[6], written),
    )


@dataclass(frozen=True, slots=True)
class _Written:
    """What was done to the positions that a chunk of counts touches."""

    applied: int = 0
    units_in: int = 0
    units_out: int = 0
    sku_ids: Sequence[int] = ()
    lines: Sequence[int] = ()
    short: Sequence[ShortLine] = ()


def _write_counts(columns: Mapping[str, list[Any]], params: Mapping[str, Any]) -> _Written:
    places = {"sku": columns["sku"], "location": columns["location"]}
    statements.execute(sql.load("create_positions"), {**places, "now": params["now"]})
    statements.fetch_all(sql.load("lock_positions"), places)
    text = sql.load("merge/write_counts").replace("{unknown}", sql.load("merge/unknown"))
    rows = statements.fetch_all(text, {**params, **columns}, prepare=False)
    applied, units_in, units_out, touched, changed = rows[0][:5]
    short = _short(row[5:] for row in rows)
    return _Written(applied, units_in, units_out, touched or (), changed or (), short)


def merge_deltas(
    *,
    lines: Lines,
    chunk: Chunk,
    as_of: datetime,
    source: str,
    cause: MergeCause,
    now: datetime,
    actor: Actor,
) -> Merged:
    """Add the differences of a chunk to their positions; see the module.

    A line's reference makes it count once for its position. What would leave fewer units than
    orders hold is applied as far as it goes.
    """
    guard_late(sku_ids=chunk.sku_ids)
    common = {
        **_range(chunk, as_of),
        **_signed(cause, now, actor),
        "since": chunk.since,
        "source": source,
        "tell": chunk.lines <= SMALL,
    }
    made = statements.fetch_all(*staged("places_for_deltas", lines, common), prepare=False)
    statements.fetch_all(*staged("lock_chunk", lines, common), prepare=False)
    rows = statements.fetch_all(*staged("write_deltas", lines, common), prepare=False)
    if made:
        places = {"sku": [row[0] for row in made], "location": [row[1] for row in made]}
        statements.execute(sql.load("merge/drop_unused"), places)
    applied, duplicate, superseded, units_in, units_out, touched, told, verdicts = rows[0][:8]
    short = _short(row[10:] for row in rows)
    _settle_lots(touched or (), now, actor)
    return Merged(
        lines=chunk.lines,
        applied=applied,
        duplicate=duplicate,
        superseded=superseded,
        units_in=units_in,
        units_out=units_out,
        sku_ids=touched or (),
        refused=_refused(*rows[0][8:10]),
        short=short,
        outcomes=_outcomes(told, verdicts, _Written(short=short)),
    )


def _settle_lots(sku_ids: Sequence[int], now: datetime, actor: Actor) -> None:
    """Keep lots within what is on hand: lines of feeds tell of no lots."""
    reconcile_overfull_lots(now=now, actor=actor, sku_ids=sku_ids, limit=MOST_POSITIONS)


def compare_counts(
    *, lines: Lines, chunk: Chunk, as_of: datetime, knowledge: Knowledge
) -> Compared:
    """Return where the counts of a chunk differ from what there is now, and why; reads only."""
    common = {**_range(chunk, as_of), **_knowing(knowledge, chunk)}
    totals = statements.fetch_one(*staged("totals", lines, common), prepare=False) or (0, 0, 0)
    rows = statements.fetch_dicts(*staged("compare", lines, common), prepare=False)
    return Compared(
        positions=totals[0],
        ours=totals[1],
        theirs=totals[2],
        differences=[CountDifference(**row) for row in rows],
    )


def acknowledge(*, source: str, causes: Sequence[tuple[str, datetime]]) -> set[str]:
    """Note that a source had booked what these causes moved, at a moment each; return the new ones.

    A cause is the public id of a fulfilment order or transfer, as the ledger names it.
    """
    if not causes:
        return set()
    rows = statements.fetch_all(
        sql.load("merge/acknowledge"),
        {
            "source": source,
            "cause": [cause for cause, _ in causes],
            "known_at": [known_at for _, known_at in causes],
        },
    )
    return {row[0] for row in rows}


def _range(chunk: Chunk, as_of: datetime) -> dict[str, Any]:
    return {
        "sku": chunk.after[0],
        "location": chunk.after[1],
        "last_sku": chunk.last[0],
        "last_location": chunk.last[1],
        "first_sku": min(chunk.sku_ids),
        "as_of": as_of,
    }


def _knowing(knowledge: Knowledge, chunk: Chunk) -> dict[str, Any]:
    """Say what the source knew; ``since`` is the earliest movement that matters."""
    told = knowledge.acknowledged_to
    return {
        "source": knowledge.source,
        "acknowledges": told is not None,
        "acknowledged_to": told or chunk.since,
        "since": chunk.since if told is None else min(told, chunk.since),
    }


def _signed(cause: MergeCause, now: datetime, actor: Actor) -> dict[str, Any]:
    return {
        "now": now,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "cause_type": cause.type,
        "cause_id": cause.id,
        "reason": cause.reason,
    }


_NAMES = {"same": "unchanged", "changed": "unchanged", "live": "applied"}
"""What a line is called whose verdict is only the first word on it."""


def _outcomes(
    lines: Sequence[int] | None, verdicts: Sequence[str] | None, written: _Written
) -> dict[int, str]:
    """Say what became of each line; those that changed something, or could not, are known last."""
    told = {
        line: _NAMES.get(verdict, verdict)
        for line, verdict in zip(lines or (), verdicts or (), strict=True)
    }
    told.update(dict.fromkeys(written.lines, "applied"))
    told.update((item.line, "short") for item in written.short if item.line is not None)
    return told


def _refused(lines: list[int] | None, codes: list[str] | None) -> list[RefusedLine]:
    return [RefusedLine(*pair) for pair in zip(lines or (), codes or (), strict=True)]


def _short(rows: Iterable[tuple[Any, ...]]) -> list[ShortLine]:
    """Read the lines that stand beside the totals; a position's id is missing where none does."""
    return [ShortLine(*row) for row in rows if row[1] is not None]
