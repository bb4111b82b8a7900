"""Webhook endpoints: made, changed, removed, and told again what they missed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from chaland.database.statements import execute
from chaland.kernel.errors import (
    ConflictError,
    FieldProblem,
    InvalidInputError,
    NotFoundError,
)
from chaland.kernel.ids import new_uuid, to_public
from chaland.outbox import queries, rules, signing
from chaland.outbox.models import WebhookDelivery, WebhookEndpoint
from chaland.outbox.states import DELIVERY
from chaland.outbox.types import DeliveryState

CHANGEABLE = ("url", "description", "event_types", "active")
SECRET_OVERLAP = timedelta(days=1)

# A version 7 UUID starts with its 48-bit time in milliseconds: the lowest one of a moment bounds
# the events recorded since, by the primary key.
_REPLAY = """
INSERT INTO outbox_webhook_delivery
    (id, endpoint_id, event_id, seq, stream, state, attempts,
     created_at, next_attempt_at, last_error)
SELECT gen_random_uuid(), %(endpoint)s, id, seq, stream, 'pending', 0, %(now)s, %(now)s, ''
FROM outbox_event
WHERE id >= %(since)s
  AND (%(all)s::boolean OR type LIKE ANY (%(types)s::text[]))
ORDER BY seq
ON CONFLICT (endpoint_id, event_id) DO UPDATE
SET state = 'pending', attempts = 0, next_attempt_at = excluded.next_attempt_at, delivered_at = NULL
"""


def create_endpoint(
    *, url: str, event_types: Sequence[str], now: datetime, description: str = ""
) -> tuple[UUID, str]:
    """Make an endpoint that hears events from now on; return its id and, this once, its secret.

    Raises InvalidInputError for an address that may not be called, or a wrong event type.
    """
    _check(url, event_types)
    secret = signing.new_secret()
    row = WebhookEndpoint.objects.create(
        id=new_uuid(),
        url=url,
        description=description,
        secret_encrypted=signing.seal(secret),
        event_types=list(event_types),
        created_at=now,
        seen=queries.head().seen,
    )
    return row.id, secret


def lock_endpoint(*, endpoint_id: UUID) -> int:
    """Keep others from changing the endpoint in this transaction; return its version.

    Raises NotFoundError.
    """
    return _locked(endpoint_id).version


def update_endpoint(*, endpoint_id: UUID, changes: Mapping[str, Any]) -> None:
    """Change some of ``CHANGEABLE``; an endpoint made active again goes on where it stopped.

    Raises NotFoundError and InvalidInputError.
    """
    row = _locked(endpoint_id)
    for name in CHANGEABLE:
        if name in changes:
            setattr(row, name, changes[name])
    _check(row.url, row.event_types)
    if row.active:
        row.disabled_reason, row.failing_since, row.retry_at = "", None, None
    row.version += 1
    row.save()


def rotate_secret(*, endpoint_id: UUID, now: datetime) -> str:
    """Give the endpoint a new secret and return it; for a day the old one signs too.

    Raises NotFoundError.
    """
    row = _locked(endpoint_id)
    secret = signing.new_secret()
    row.previous_secret_encrypted = row.secret_encrypted
    row.previous_secret_until = now + SECRET_OVERLAP
    row.secret_encrypted = signing.seal(secret)
    row.version += 1
    row.save()
    return secret


def delete_endpoint(*, endpoint_id: UUID) -> None:
    """Remove an endpoint and its delivery log. Raises NotFoundError."""
    row = _locked(endpoint_id)
    execute(
        "DELETE FROM outbox_webhook_attempt WHERE delivery_id IN"
        " (SELECT id FROM outbox_webhook_delivery WHERE endpoint_id = %s)",
        [endpoint_id],
    )
    execute("DELETE FROM outbox_webhook_delivery WHERE endpoint_id = %s", [endpoint_id])
    row.delete()


def replay(*, endpoint_id: UUID, since: datetime, now: datetime) -> int:
    """Deliver again everything recorded since that moment, in order; return how many events.

    Also what happened before the endpoint was made, and what was given up. Raises NotFoundError and
    ConflictError (``endpoint_inactive``).
    """
    row = _locked(endpoint_id)
    if not row.active:
        raise ConflictError(
            "endpoint_inactive",
            "The endpoint is switched off.",
            fix="Set active to true first.",
        )
    return execute(
        _REPLAY,
        {
            "endpoint": endpoint_id,
            "since": UUID(int=int(since.timestamp() * 1000) << 80),
            "now": now,
            "all": not row.event_types,
            "types": rules.like_patterns(row.event_types),
        },
    )


def retry_delivery(*, delivery_id: UUID, now: datetime) -> None:
    """Deliver one event again at once. Raises NotFoundError."""
    row = WebhookDelivery.objects.select_for_update().filter(id=delivery_id).first()
    if row is None:
        raise NotFoundError("webhook delivery", to_public("whd", delivery_id))
    row.state = DELIVERY.target(DeliveryState(row.state), "replay").value
    row.attempts, row.next_attempt_at, row.delivered_at = 0, now, None
    row.save()


def _locked(endpoint_id: UUID) -> WebhookEndpoint:
    row = WebhookEndpoint.objects.select_for_update().filter(id=endpoint_id).first()
    if row is None:
        raise NotFoundError("webhook endpoint", to_public("whe", endpoint_id))
    return row


def _check(url: str, event_types: Sequence[str]) -> None:
    problems = rules.event_type_problems(event_types, field="event_types")
    wrong = rules.url_problem(url, allow_private=settings.CHALAND_WEBHOOK_ALLOW_PRIVATE)
    if wrong:
        problems.append(
            FieldProblem(
                field="url",
                code="invalid_url",
                message=wrong,
                fix="Send an https:// address that can be reached from the internet.",
            )
        )
    if problems:
        raise InvalidInputError(problems)
