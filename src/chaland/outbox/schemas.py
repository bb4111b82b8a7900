"""How events and webhooks look in the API."""

from datetime import datetime
from typing import Any

from chaland.kernel.ids import to_public
from chaland.outbox.types import AttemptView, DeliveryState, DeliveryView, EndpointView
from chaland.web.schemas import View


class CloudEventView(View):
    """An event as a CloudEvent 1.0."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: str
    sequence: str
    partitionkey: str
    actor: str
    data: dict[str, Any]


class FeedAnswer(View):
    """Some events; ``cursor`` goes on behind them, also when there are none yet."""

    items: list[CloudEventView]
    cursor: str
    next: str | None


class WebhookEndpointView(View):
    """A webhook endpoint; its secret is shown only when it is made."""

    id: str
    url: str
    description: str
    event_types: list[str]
    active: bool
    disabled_reason: str
    created_at: datetime
    failing_since: datetime | None
    version: int

    @classmethod
    def of(cls, endpoint: EndpointView) -> "WebhookEndpointView":
        """Show an endpoint."""
        return cls(
            id=to_public("whe", endpoint.id),
            url=endpoint.url,
            description=endpoint.description,
            event_types=list(endpoint.event_types),
            active=endpoint.active,
            disabled_reason=endpoint.disabled_reason,
            created_at=endpoint.created_at,
            failing_since=endpoint.failing_since,
            version=endpoint.version,
        )


class WebhookAttemptView(View):
    """One try to deliver."""

    at: datetime
    status: int | None
    latency_ms: int
    error: str
    response_excerpt: str

    @classmethod
    def of(cls, attempt: AttemptView) -> "WebhookAttemptView":
        """Show a try."""
        return cls.model_validate(attempt)


class WebhookDeliveryView(View):
    """One event on its way to one endpoint."""

    id: str
    endpoint: str
    event: str
    event_type: str
    subject: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    last_status: int | None
    last_error: str
    delivered_at: datetime | None

    @classmethod
    def of(cls, delivery: DeliveryView) -> "WebhookDeliveryView":
        """Show a delivery."""
        waiting = delivery.state is DeliveryState.PENDING
        return cls(
            id=to_public("whd", delivery.id),
            endpoint=to_public("whe", delivery.endpoint_id),
            event=to_public("evt", delivery.event_id),
            event_type=delivery.event_type,
            subject=delivery.subject,
            state=delivery.state,
            attempts=delivery.attempts,
            created_at=delivery.created_at,
            next_attempt_at=delivery.next_attempt_at if waiting else None,
            last_status=delivery.last_status,
            last_error=delivery.last_error,
            delivered_at=delivery.delivered_at,
        )


class WebhookDeliveryDetail(WebhookDeliveryView):
    """A delivery with its log."""

    log: list[WebhookAttemptView]
