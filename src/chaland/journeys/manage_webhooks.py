"""Webhook endpoints with their audit: make, change, remove, renew the secret, replay, retry, test.

Each function runs in the caller's transaction and refuses actors that are limited to some
organisations, since events tell of all of them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.kernel.actor import Actor
from chaland.kernel.ids import to_public
from chaland.outbox import operations, queries
from chaland.outbox.types import EndpointView
from chaland.web.authorisation import require_scope, require_unlimited

SCOPE = "webhooks:write"


def create_endpoint(
    *,
    url: str,
    event_types: Sequence[str],
    description: str = "",
    reason: str = "",
    now: datetime,
    actor: Actor,
) -> tuple[UUID, str]:
    """Make an endpoint that hears events from now on; return its id and its secret.

    Raises InvalidInputError for an address that may not be called or an unknown form of event type.
    """
    _authorise(actor)
    endpoint_id, secret = operations.create_endpoint(
        url=url, event_types=event_types, description=description, now=now
    )
    after = _shown(queries.endpoint_view(endpoint_id))
    _audit("create_endpoint", endpoint_id, now=now, actor=actor, after=after, reason=reason)
    return endpoint_id, secret


def update_endpoint(
    *,
    endpoint_id: UUID,
    changes: Mapping[str, Any],
    reason: str = "",
    now: datetime,
    actor: Actor,
) -> None:
    """Change an endpoint's url, description, event types or activity.

    Raises NotFoundError and InvalidInputError.
    """
    _authorise(actor)
    before = _shown(queries.endpoint_view(endpoint_id))
    operations.update_endpoint(endpoint_id=endpoint_id, changes=changes)
    after = _shown(queries.endpoint_view(endpoint_id))
    _audit(
        "update_endpoint",
        endpoint_id,
        now=now,
        actor=actor,
        before=before,
        after=after,
        reason=reason,
    )


def delete_endpoint(*, endpoint_id: UUID, reason: str = "", now: datetime, actor: Actor) -> None:
    """Remove an endpoint with its delivery log. Raises NotFoundError."""
    _authorise(actor)
    before = _shown(queries.endpoint_view(endpoint_id))
    operations.delete_endpoint(endpoint_id=endpoint_id)
    _audit("delete_endpoint", endpoint_id, now=now, actor=actor, before=before, reason=reason)


def rotate_secret(*, endpoint_id: UUID, reason: str = "", now: datetime, actor: Actor) -> str:
    """Give an endpoint a new secret and return it; the old one signs for another day."""
    _authorise(actor)
    secret = operations.rotate_secret(endpoint_id=endpoint_id, now=now)
    _audit("rotate_secret", endpoint_id, now=now, actor=actor, reason=reason)
    return secret


def replay(
    *, endpoint_id: UUID, since: datetime, reason: str = "", now: datetime, actor: Actor
) -> int:
    """Deliver everything since a moment again; return how many events.

    Raises NotFoundError and ConflictError (``endpoint_inactive``).
    """
    _authorise(actor)
    count = operations.replay(endpoint_id=endpoint_id, since=since, now=now)
    after: dict[str, object] = {"since": since.isoformat(), "events": count}
    _audit("replay", endpoint_id, now=now, actor=actor, after=after, reason=reason)
    return count


def retry_delivery(*, delivery_id: UUID, reason: str = "", now: datetime, actor: Actor) -> None:
    """Deliver one event again. Raises NotFoundError."""
    _authorise(actor)
    delivery = queries.delivery_view(delivery_id)
    operations.retry_delivery(delivery_id=delivery_id, now=now)
    after: dict[str, object] = {"delivery": to_public("whd", delivery_id)}
    _audit("retry_delivery", delivery.endpoint_id, now=now, actor=actor, after=after, reason=reason)


def _authorise(actor: Actor) -> None:
    require_scope(actor, SCOPE)
    require_unlimited(actor)


def _shown(endpoint: EndpointView) -> dict[str, object]:
    return {
        "url": endpoint.url,
        "description": endpoint.description,
        "event_types": list(endpoint.event_types),
        "active": endpoint.active,
    }


def _audit(
    verb: str,
    endpoint_id: UUID,
    *,
    now: datetime,
    actor: Actor,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
    reason: str,
) -> None:
    fact = AuditFact(
        actor=actor,
        action=f"webhooks.{verb}",
        entity_type="webhook_endpoint",
        entity_id=to_public("whe", endpoint_id),
        at=now,
        before=before,
        after=after,
        reason=reason,
    )
    record_audit([fact])
