"""The feed of events: nothing skipped, nothing twice, and each stream in its order.

Numbers alone cannot say what is new: a transaction draws its numbers before it commits, so a lower
one may appear after a higher one was read. A reader therefore remembers a PostgreSQL snapshot, and
reads what is visible now and was not visible in it, by number. A transaction that waited for
another one's lock commits after it, so it is never visible without it: inside a stream whose
writers lock the thing it is about, numbers rise in the order in which a reader gets them.

The look-up starts at the number of the latest tick before the oldest transaction that the snapshot
has not seen the end of (see ``models.Tick``), not at the beginning of time.
"""

from collections.abc import Collection, Sequence
from typing import Any

import orjson

from chaland.database.statements import fetch_all
from chaland.outbox.rules import like_patterns
from chaland.outbox.types import EventRecord, FeedPage, Position

_COLUMNS = (
    "id, seq, type, version, stream, subject, occurred_at, recorded_at, actor_kind, actor_id,"
    " data::text"
)

_SNAPSHOT = "SELECT pg_current_snapshot()::text"

_BETWEEN = f"""
SELECT {_COLUMNS}
FROM outbox_event
WHERE seq > greatest(%(after)s::bigint, (
        SELECT coalesce(max(seq), 0) FROM outbox_tick
        WHERE xid < pg_snapshot_xmin(%(seen)s::pg_snapshot)
    ))
  AND NOT pg_visible_in_snapshot(xid, %(seen)s::pg_snapshot)
  AND pg_visible_in_snapshot(xid, %(until)s::pg_snapshot)
  AND (%(all)s::boolean OR type LIKE ANY (%(types)s::text[]))
ORDER BY seq
LIMIT %(limit)s
"""  # noqa: S608 - the column list is ours

_STREAMS = f"""
SELECT {_COLUMNS}
FROM outbox_event
WHERE stream = ANY (%s::text[])
ORDER BY stream, seq
"""  # noqa: S608 - the column list is ours


def head() -> Position:
    """Return the position after everything that is visible now."""
    return Position(seen=_snapshot())


def events_after(position: Position, *, types: Sequence[str] = (), limit: int = 200) -> FeedPage:
    """Return the next events after *position*, at most *limit*; no types means all.

    Types may be prefixes such as ``order.*``. Outside a transaction that published itself: events
    of the caller's own transaction are not visible yet.
    """
    until = position.until or _snapshot()
    rows = fetch_all(
        _BETWEEN,
        {
            "after": position.after,
            "seen": position.seen,
            "until": until,
            "all": not types,
            "types": like_patterns(types),
            "limit": limit,
        },
    )
    events = [record_of(row) for row in rows]
    if len(events) < limit:
        # The end of a window that was opened by an earlier page: more may have come since then.
        return FeedPage(events, Position(seen=until), more=position.until is not None)
    return FeedPage(events, Position(position.seen, until, events[-1].seq), more=True)


def timeline(stream: str) -> list[EventRecord]:
    """Return the events of one stream in their order."""
    return events_of([stream]).get(stream, [])


def events_of(streams: Collection[str]) -> dict[str, list[EventRecord]]:
    """Return the events of several streams, each in its order; streams without any are absent."""
    found: dict[str, list[EventRecord]] = {}
    for row in fetch_all(_STREAMS, [list(streams)]):
        event = record_of(row)
        found.setdefault(event.stream, []).append(event)
    return found


def record_of(row: Sequence[Any]) -> EventRecord:
    """Make an event of a row with the feed's columns."""
    values = [*row[:-1], orjson.loads(row[-1])]
    return EventRecord(*values)


def _snapshot() -> str:
    [(snapshot,)] = fetch_all(_SNAPSHOT)
    return str(snapshot)
