"""One delivery at a time: lock it, send it, write down how it went.

The row stays locked while the message is under way. When the process is killed its connection ends,
the lock is gone, and any other worker sends the message again at once.
"""

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction

from chaland.database.statements import execute, fetch_one
from chaland.kernel.actor import SYSTEM
from chaland.kernel.ids import to_public
from chaland.outbox import rules
from chaland.outbox.cloudevents import CONTENT_TYPE, encode
from chaland.outbox.events import WebhookDisabled
from chaland.outbox.operations.publishing import publish
from chaland.outbox.queries.feed import record_of
from chaland.outbox.signing import signature_headers
from chaland.outbox.states import DELIVERY
from chaland.outbox.transport import Reply
from chaland.outbox.types import DeliveryState, EventRecord

USER_AGENT = "Chaland-Webhooks/1"

_NEXT = """
SELECT delivery.id, delivery.endpoint_id, delivery.attempts,
       endpoint.url, endpoint.failing_since, endpoint.secret_encrypted,
       CASE WHEN endpoint.previous_secret_until > %(now)s
            THEN endpoint.previous_secret_encrypted END,
       event.id, event.seq, event.type, event.version, event.stream, event.subject,
       event.occurred_at, event.recorded_at, event.actor_kind, event.actor_id, event.data::text
FROM outbox_webhook_delivery AS delivery
JOIN outbox_webhook_endpoint AS endpoint ON endpoint.id = delivery.endpoint_id
JOIN outbox_event AS event ON event.id = delivery.event_id
WHERE delivery.state = 'pending'
  AND delivery.next_attempt_at <= %(now)s
  AND endpoint.active
  AND (endpoint.retry_at IS NULL OR endpoint.retry_at <= %(now)s)
  AND delivery.endpoint_id <> ALL (%(busy)s::uuid[])
  AND NOT EXISTS (
      SELECT FROM outbox_webhook_delivery AS earlier
      WHERE earlier.endpoint_id = delivery.endpoint_id AND earlier.stream = delivery.stream
        AND earlier.state = 'pending' AND earlier.seq < delivery.seq
  )
ORDER BY delivery.next_attempt_at, delivery.seq
LIMIT 1
FOR NO KEY UPDATE OF delivery SKIP LOCKED
"""

_RECORD = """
WITH attempt AS (
    INSERT INTO outbox_webhook_attempt
        (delivery_id, at, status, latency_ms, error, response_excerpt)
    VALUES (%(id)s, %(at)s, %(status)s, %(latency)s, %(error)s, %(excerpt)s)
)
UPDATE outbox_webhook_delivery
SET state = %(state)s, attempts = %(attempts)s, next_attempt_at = %(next)s,
    last_status = %(status)s, last_error = %(error)s, delivered_at = %(delivered_at)s
WHERE id = %(id)s
"""

_FINE = """
UPDATE outbox_webhook_endpoint SET failing_since = NULL, retry_at = NULL
WHERE id = %s AND failing_since IS NOT NULL
"""

_FAILING = """
UPDATE outbox_webhook_endpoint
SET failing_since = coalesce(failing_since, %(now)s), retry_at = %(retry_at)s
WHERE id = %(id)s
"""

_DISABLE = """
UPDATE outbox_webhook_endpoint
SET active = false, disabled_reason = %s, version = version + 1
WHERE id = %s AND active
"""


class Post(Protocol):
    """How a message is sent: see ``transport.Sender.post``."""

    def __call__(self, url: str, *, body: bytes, headers: dict[str, str]) -> Reply:
        """Send one message."""


@dataclass(frozen=True, slots=True)
class _Due:
    """A delivery whose turn has come."""

    id: UUID
    endpoint_id: UUID
    attempts: int
    url: str
    failing_since: datetime | None
    secrets: list[bytes]
    event: EventRecord


def deliver_next(
    *,
    post: Post,
    clock: Callable[[], datetime],
    busy: Collection[UUID] = (),
    on_start: Callable[[UUID], None] = lambda _: None,
) -> UUID | None:
    """Send the next message that is due and write down how it went; return its endpoint's id.

    None when nothing is due. *busy* endpoints are left out; *on_start* hears which endpoint is
    being called. *clock* is asked before and after the call, which takes its time.
    """
    now = clock()
    with transaction.atomic():
        row = fetch_one(_NEXT, {"now": now, "busy": list(busy)}, prepare=True)
        if row is None:
            return None
        due = _due(row)
        on_start(due.endpoint_id)
        reply = post(due.url, **_message(due, now))
        # Losing this note costs a repeated message at worst, so the commit need not reach the disk.
        execute("SET LOCAL synchronous_commit = off")
        _write_down(due, reply, clock())
    return due.endpoint_id


def _due(row: tuple[Any, ...]) -> _Due:
    identifier, endpoint_id, attempts, url, failing_since, secret, previous = row[:7]
    return _Due(
        id=identifier,
        endpoint_id=endpoint_id,
        attempts=attempts,
        url=url,
        failing_since=failing_since,
        secrets=[secret] if previous is None else [secret, previous],
        event=record_of(row[7:]),
    )


def _message(due: _Due, now: datetime) -> dict[str, Any]:
    body = encode(due.event)
    headers = signature_headers(
        message_id=to_public("evt", due.event.id), body=body, at=now, sealed_secrets=due.secrets
    )
    return {
        "body": body,
        "headers": {**headers, "content-type": CONTENT_TYPE, "user-agent": USER_AGENT},
    }


def _write_down(due: _Due, reply: Reply, now: datetime) -> None:
    attempts = due.attempts + 1
    succeeded = reply.status is not None and HTTPStatus(200) <= reply.status < HTTPStatus(300)
    delay = None
    if succeeded:
        action = "deliver"
    else:
        asked = _asked_delay(reply.retry_after, now)
        delay = rules.retry_delay(attempts, random.random(), asked=asked)  # noqa: S311 - jitter
        action = "give_up" if delay is None else "retry"
    execute(
        _RECORD,
        {
            "id": due.id,
            "at": now,
            "status": reply.status,
            "latency": reply.latency_ms,
            "error": "" if succeeded else reply.error or f"HTTP {reply.status}",
            "excerpt": reply.excerpt,
            "state": DELIVERY.target(DeliveryState.PENDING, action).value,
            "attempts": attempts,
            "next": now if delay is None else now + delay,
            "delivered_at": now if succeeded else None,
        },
        prepare=True,
    )
    if succeeded:
        if due.failing_since is not None:
            execute(_FINE, [due.endpoint_id])
        return
    _note_failing_endpoint(due, reply, now)


def _note_failing_endpoint(due: _Due, reply: Reply, now: datetime) -> None:
    failing_for = now - due.failing_since if due.failing_since else timedelta()
    if reply.status == HTTPStatus.GONE:
        _disable(due, "The receiver answered 410 Gone.", now)
    elif failing_for > rules.DISABLED_AFTER:
        _disable(due, f"Every delivery has failed for {failing_for.days} days.", now)
    else:
        retry_at = now + rules.endpoint_pause(failing_for)
        execute(_FAILING, {"id": due.endpoint_id, "now": now, "retry_at": retry_at})


def _disable(due: _Due, reason: str, now: datetime) -> None:
    if execute(_DISABLE, [reason, due.endpoint_id]):
        public_id = to_public("whe", due.endpoint_id)
        event = WebhookDisabled(
            occurred_at=now, stream=public_id, subject=public_id, url=due.url, reason=reason
        )
        publish([event], actor=SYSTEM)


def _asked_delay(text: str, now: datetime) -> timedelta | None:
    """Read ``Retry-After``: seconds, or a date; None when it is neither."""
    if text.isascii() and text.isdecimal():
        return timedelta(seconds=min(int(text), int(rules.LONGEST_RETRY_AFTER.total_seconds())))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment - now if moment.tzinfo else None
