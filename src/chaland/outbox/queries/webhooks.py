"""Webhook endpoints and their delivery log."""

from uuid import UUID

from django.db.models import Count, Min, Q

from chaland.kernel.errors import NotFoundError
from chaland.kernel.ids import to_public
from chaland.outbox.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from chaland.outbox.types import (
    AttemptView,
    DeliveryFigures,
    DeliveryState,
    DeliveryView,
    EndpointView,
)


def endpoints(*, after: UUID | None = None, limit: int = 200) -> list[EndpointView]:
    """Return the endpoints in the order they were made."""
    rows = WebhookEndpoint.objects.order_by("id")
    if after is not None:
        rows = rows.filter(id__gt=after)
    return [_endpoint_view(row) for row in rows[:limit]]


def endpoint_view(endpoint_id: UUID) -> EndpointView:
    """Return one endpoint. Raises NotFoundError."""
    row = WebhookEndpoint.objects.filter(id=endpoint_id).first()
    if row is None:
        raise NotFoundError("webhook endpoint", to_public("whe", endpoint_id))
    return _endpoint_view(row)


def deliveries(
    endpoint_id: UUID,
    *,
    state: DeliveryState | None = None,
    before_seq: int | None = None,
    limit: int = 50,
) -> list[DeliveryView]:
    """Return an endpoint's deliveries, the latest event first."""
    rows = WebhookDelivery.objects.filter(endpoint=endpoint_id)
    if state is not None:
        rows = rows.filter(state=state.value)
    if before_seq is not None:
        rows = rows.filter(seq__lt=before_seq)
    return [_delivery_view(row) for row in rows.select_related("event").order_by("-seq")[:limit]]


def delivery_view(delivery_id: UUID) -> DeliveryView:
    """Return one delivery. Raises NotFoundError."""
    row = WebhookDelivery.objects.filter(id=delivery_id).select_related("event").first()
    if row is None:
        raise NotFoundError("webhook delivery", to_public("whd", delivery_id))
    return _delivery_view(row)


def attempts(delivery_id: UUID) -> list[AttemptView]:
    """Return the tries of one delivery, the first one first."""
    return [
        AttemptView(
            at=row.at,
            status=row.status,
            latency_ms=row.latency_ms,
            error=row.error,
            response_excerpt=row.response_excerpt,
        )
        for row in WebhookAttempt.objects.filter(delivery=delivery_id).order_by("id")
    ]


def delivery_figures() -> DeliveryFigures:
    """Return how deliveries stand over all endpoints."""
    found = WebhookDelivery.objects.exclude(state=DeliveryState.DELIVERED.value).aggregate(
        pending=Count("id", filter=Q(state=DeliveryState.PENDING.value)),
        dead=Count("id", filter=Q(state=DeliveryState.DEAD.value)),
        oldest=Min("created_at", filter=Q(state=DeliveryState.PENDING.value)),
    )
    return DeliveryFigures(
        pending=found["pending"], dead=found["dead"], oldest_pending_at=found["oldest"]
    )


def _endpoint_view(row: WebhookEndpoint) -> EndpointView:
    return EndpointView(
        id=row.id,
        url=row.url,
        description=row.description,
        event_types=tuple(row.event_types),
        active=row.active,
        disabled_reason=row.disabled_reason,
        created_at=row.created_at,
        failing_since=row.failing_since,
        version=row.version,
    )


def _delivery_view(row: WebhookDelivery) -> DeliveryView:
    return DeliveryView(
        id=row.id,
        endpoint_id=row.endpoint_id,
        event_id=row.event_id,
        event_type=row.event.type,
        subject=row.event.subject,
        seq=row.seq,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        created_at=row.created_at,
        next_attempt_at=row.next_attempt_at,
        last_status=row.last_status,
        last_error=row.last_error,
        delivered_at=row.delivered_at,
    )
