"""What reads the feed in the worker: webhook endpoints and the handlers of rooms.

A reader's row is locked while it reads, and its new position is written in the same transaction as
what it did with the events: killed in between, it reads them again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction

from chaland.database.statements import execute, fetch_all, fetch_one
from chaland.kernel.ids import new_uuid
from chaland.outbox import queries
from chaland.outbox.types import START, EventRecord, FeedPage, Position

log = structlog.get_logger(__name__)

BATCH = 500
LONGEST_WAIT = timedelta(minutes=5)
LONGEST_MESSAGE = 2000

_ENDPOINT = """
SELECT seen::text, until::text, after, event_types
FROM outbox_webhook_endpoint
WHERE id = %s AND active
FOR NO KEY UPDATE SKIP LOCKED
"""

_ADVANCE_ENDPOINT = """
UPDATE outbox_webhook_endpoint
SET seen = %s::pg_snapshot, until = %s::pg_snapshot, after = %s
WHERE id = %s
"""

_DELIVERIES = """
INSERT INTO outbox_webhook_delivery
    (id, endpoint_id, event_id, seq, stream, state, attempts,
     created_at, next_attempt_at, last_error)
SELECT id, %s, event_id, seq, stream, 'pending', 0, %s, %s, ''
FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::text[])
    AS deliveries (id, event_id, seq, stream)
ON CONFLICT (endpoint_id, event_id) DO NOTHING
"""

_REGISTER = """
INSERT INTO outbox_reaction (name, seen, after, failures, last_error)
SELECT name, %s::pg_snapshot, 0, 0, '' FROM unnest(%s::text[]) AS names (name)
ON CONFLICT (name) DO NOTHING
"""

_REACTION = """
SELECT seen::text, until::text, after, failures
FROM outbox_reaction
WHERE name = %s AND (next_attempt_at IS NULL OR next_attempt_at <= %s)
FOR UPDATE SKIP LOCKED
"""

_ADVANCE_REACTION = """
UPDATE outbox_reaction
SET seen = %s::pg_snapshot, until = %s::pg_snapshot, after = %s,
    failures = 0, last_error = '', next_attempt_at = NULL
WHERE name = %s
"""

_NOTE_FAILURE = """
UPDATE outbox_reaction
SET failures = failures + 1, last_error = %s,
    next_attempt_at = %s + least(%s, interval '1 second' * power(2, least(failures, 20)))
WHERE name = %s
"""


@dataclass(frozen=True, slots=True)
class Reactor:
    """A handler and the types it wants; ``run`` is called with a list of events and ``now=``."""

    types: tuple[str, ...]
    run: Callable[..., None]


def fan_out(*, now: datetime) -> bool:
    """Give each active endpoint a delivery for every new event it wants; tell if more wait."""
    ids: list[tuple[UUID]] = fetch_all(
        "SELECT id FROM outbox_webhook_endpoint WHERE active ORDER BY id"
    )
    return max((_fan_out_to(endpoint_id, now) for (endpoint_id,) in ids), default=False)


def _fan_out_to(endpoint_id: UUID, now: datetime) -> bool:
    with transaction.atomic():
        row = fetch_one(_ENDPOINT, [endpoint_id])
        if row is None:
            return False
        seen, until, after, event_types = row
        start = Position(seen, until, after)
        page = queries.events_after(start, types=event_types, limit=BATCH)
        if page.events:
            _insert_deliveries(endpoint_id, page.events, now)
        if page.position != start:
            end = page.position
            execute(_ADVANCE_ENDPOINT, [end.seen, end.until, end.after, endpoint_id])
        return page.more


def _insert_deliveries(endpoint_id: UUID, events: list[EventRecord], now: datetime) -> None:
    execute(
        _DELIVERIES,
        [
            endpoint_id,
            now,
            now,
            [new_uuid() for _ in events],
            [event.id for event in events],
            [event.seq for event in events],
            [event.stream for event in events],
        ],
    )


def react(handlers: Mapping[str, Reactor], *, now: datetime) -> bool:
    """Give each handler the next events it wants; tell if more are waiting.

    A handler that fails on a batch gets its events one by one, so that the log names the one it
    stumbles on, and tries that one again after a growing pause; the other handlers go on.
    """
    execute(_REGISTER, [START.seen, list(handlers)])
    return max(
        (_react_one(name, handler, now) for name, handler in handlers.items()), default=False
    )


def _react_one(name: str, handler: Reactor, now: datetime, limit: int = BATCH) -> bool:
    page: FeedPage | None = None
    try:
        with transaction.atomic():
            row = fetch_one(_REACTION, [name, now])
            if row is None:
                return False
            seen, until, after, failures = row
            start = Position(seen, until, after)
            page = queries.events_after(start, types=handler.types, limit=1 if failures else limit)
            if page.events:
                handler.run(page.events, now=now)
            if page.position != start or failures:
                end = page.position
                execute(_ADVANCE_REACTION, [end.seen, end.until, end.after, name])
            return page.more
    except Exception as error:
        events = page.events if page else []
        if len(events) > 1:
            return _react_one_by_one(name, handler, now, len(events))
        log.exception("reaction failed", reaction=name, event_id=events[0].id if events else None)
        message = f"{type(error).__name__}: {error}".replace("\0", "\ufffd")
        execute(_NOTE_FAILURE, [message[:LONGEST_MESSAGE], now, LONGEST_WAIT, name])
        return False


def _react_one_by_one(name: str, handler: Reactor, now: datetime, count: int) -> bool:
    """Find the event that a whole batch failed on; those before it are done with."""
    return all(_react_one(name, handler, now, limit=1) for _ in range(count))
