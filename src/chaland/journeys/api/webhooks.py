"""Routes of webhook endpoints and their delivery log."""

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import Field

from chaland.journeys import manage_webhooks
from chaland.kernel.clock import now
from chaland.kernel.ids import from_public
from chaland.outbox import queries
from chaland.outbox.operations import lock_endpoint
from chaland.outbox.schemas import (
    WebhookAttemptView,
    WebhookDeliveryDetail,
    WebhookDeliveryView,
    WebhookEndpointView,
)
from chaland.outbox.types import DeliveryState
from chaland.web.authorisation import require_unlimited, requires
from chaland.web.context import actor_of
from chaland.web.etags import check_if_match, set_etag
from chaland.web.idempotency import idempotent, idempotent_secret
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    decode_id,
    encode_cursor,
    next_url,
)
from chaland.web.schemas import Body, Change, Moment, View, example

router = Router(tags=["Events and webhooks"])

HIGHEST_EVENT_TYPES = 50
EventTypes = Annotated[
    list[Annotated[str, Field(max_length=100)]], Field(max_length=HIGHEST_EVENT_TYPES)
]
Url = Annotated[str, Field(min_length=1, max_length=2000)]
Description = Annotated[str, Field(max_length=500)]


class WebhookEndpointBody(Body):
    """An endpoint to be made; no event types means all of them."""

    model_config = example(
        {"url": "https://example.org/hooks", "event_types": ["order.*", "fulfilment_order.shipped"]}
    )

    url: Url
    event_types: EventTypes = []
    description: Description = ""
    reason: Description = ""


class WebhookEndpointChange(Change):
    """What is to change of an endpoint; fields left out stay as they are."""

    model_config = example({"active": True})

    url: Url | None = None
    event_types: EventTypes | None = None
    description: Description | None = None
    active: bool | None = None


class ReplayBody(Body):
    """From when on to deliver again."""

    model_config = example(
        {"since": "2026-11-20T00:00:00+01:00", "reason": "The receiver lost a day."}
    )

    since: Moment
    reason: Description = ""


class NewWebhookEndpointView(WebhookEndpointView):
    """An endpoint with its secret, which is shown this once."""

    secret: str


class SecretAnswer(View):
    """A new secret, which is shown this once; the old one signs for another day."""

    secret: str


class ReplayAnswer(View):
    """How many events will be delivered again."""

    events: int


@router.post("/webhook-endpoints", response={201: NewWebhookEndpointView})
@requires("webhooks:write")
@idempotent_secret
def create_webhook_endpoint(
    request: HttpRequest, body: WebhookEndpointBody
) -> Status[NewWebhookEndpointView]:
    """Have events delivered to an address from now on, signed as Standard Webhooks describes."""
    endpoint_id, secret = manage_webhooks.create_endpoint(
        url=body.url,
        event_types=body.event_types,
        description=body.description,
        reason=body.reason,
        now=now(),
        actor=actor_of(request),
    )
    shown = WebhookEndpointView.of(queries.endpoint_view(endpoint_id))
    return Status(201, NewWebhookEndpointView(**shown.model_dump(), secret=secret))


def _seen(request: HttpRequest, public_id: str) -> UUID:
    """Return the UUID, after checking, under lock, that the client has seen the present version."""
    require_unlimited(actor_of(request))
    endpoint_id = from_public("whe", public_id)
    if "If-Match" in request.headers:
        check_if_match(request, lock_endpoint(endpoint_id=endpoint_id))
    return endpoint_id


@router.patch("/webhook-endpoints/{endpoint_id}", response=WebhookEndpointView)
@requires("webhooks:write")
@idempotent
def update_webhook_endpoint(
    request: HttpRequest, endpoint_id: str, body: WebhookEndpointChange, response: HttpResponse
) -> WebhookEndpointView:
    """Change an endpoint; one made active again goes on where it stopped."""
    found = _seen(request, endpoint_id)
    manage_webhooks.update_endpoint(
        endpoint_id=found,
        changes=body.changes(),
        reason=body.reason,
        now=now(),
        actor=actor_of(request),
    )
    endpoint = queries.endpoint_view(found)
    set_etag(response, endpoint.version)
    return WebhookEndpointView.of(endpoint)


@router.delete("/webhook-endpoints/{endpoint_id}", response={204: None})
@requires("webhooks:write")
@idempotent
def delete_webhook_endpoint(request: HttpRequest, endpoint_id: str) -> Status[None]:
    """Remove an endpoint with its delivery log."""
    found = _seen(request, endpoint_id)
    manage_webhooks.delete_endpoint(endpoint_id=found, now=now(), actor=actor_of(request))
    return Status(204, None)


@router.post("/webhook-endpoints/{endpoint_id}/rotate-secret", response=SecretAnswer)
@requires("webhooks:write")
@idempotent_secret
def rotate_webhook_secret(request: HttpRequest, endpoint_id: str) -> SecretAnswer:
    """Give an endpoint a new secret; for a day, messages are signed with both."""
    found = _seen(request, endpoint_id)
    secret = manage_webhooks.rotate_secret(endpoint_id=found, now=now(), actor=actor_of(request))
    return SecretAnswer(secret=secret)


@router.post("/webhook-endpoints/{endpoint_id}/replay", response=ReplayAnswer)
@requires("webhooks:write")
@idempotent
def replay_webhooks(request: HttpRequest, endpoint_id: str, body: ReplayBody) -> ReplayAnswer:
    """Deliver again, in order, every event recorded since a moment."""
    events = manage_webhooks.replay(
        endpoint_id=_seen(request, endpoint_id),
        since=body.since,
        reason=body.reason,
        now=now(),
        actor=actor_of(request),
    )
    return ReplayAnswer(events=events)


@router.post("/webhook-deliveries/{delivery_id}/retry", response=WebhookDeliveryView)
@requires("webhooks:write")
@idempotent
def retry_webhook_delivery(request: HttpRequest, delivery_id: str) -> WebhookDeliveryView:
    """Deliver one event again."""
    found = from_public("whd", delivery_id)
    manage_webhooks.retry_delivery(delivery_id=found, now=now(), actor=actor_of(request))
    return WebhookDeliveryView.of(queries.delivery_view(found))


@router.get("/webhook-endpoints", response=Page[WebhookEndpointView])
@requires("webhooks:write")
def list_webhook_endpoints(
    request: HttpRequest, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[WebhookEndpointView]:
    """List the webhook endpoints, the oldest first."""
    require_unlimited(actor_of(request))
    after = decode_id(cursor, "whe")
    found = queries.endpoints(after=after, limit=limit + 1)
    items = [WebhookEndpointView.of(endpoint) for endpoint in found[:limit]]
    end = encode_cursor([items[-1].id]) if len(found) > limit else None
    return Page(items=items, next=next_url(request, end))


@router.get("/webhook-endpoints/{endpoint_id}", response=WebhookEndpointView)
@requires("webhooks:write")
def get_webhook_endpoint(
    request: HttpRequest, endpoint_id: str, response: HttpResponse
) -> WebhookEndpointView:
    """Read one webhook endpoint."""
    require_unlimited(actor_of(request))
    endpoint = queries.endpoint_view(from_public("whe", endpoint_id))
    set_etag(response, endpoint.version)
    return WebhookEndpointView.of(endpoint)


@router.get("/webhook-endpoints/{endpoint_id}/deliveries", response=Page[WebhookDeliveryView])
@requires("webhooks:write")
def list_webhook_deliveries(
    request: HttpRequest,
    endpoint_id: str,
    state: DeliveryState | None = None,
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[WebhookDeliveryView]:
    """List what was sent to an endpoint, the latest event first."""
    require_unlimited(actor_of(request))
    endpoint = queries.endpoint_view(from_public("whe", endpoint_id))
    before = decode_cursor(cursor, int)[0] if cursor else None
    found = queries.deliveries(endpoint.id, state=state, before_seq=before, limit=limit + 1)
    end = encode_cursor([found[limit - 1].seq]) if len(found) > limit else None
    return Page(
        items=[WebhookDeliveryView.of(delivery) for delivery in found[:limit]],
        next=next_url(request, end),
    )


@router.get("/webhook-deliveries/{delivery_id}", response=WebhookDeliveryDetail)
@requires("webhooks:write")
def get_webhook_delivery(request: HttpRequest, delivery_id: str) -> WebhookDeliveryDetail:
    """Read one delivery with the log of its tries."""
    require_unlimited(actor_of(request))
    delivery = queries.delivery_view(from_public("whd", delivery_id))
    shown = WebhookDeliveryView.of(delivery)
    log = [WebhookAttemptView.of(attempt) for attempt in queries.attempts(delivery.id)]
    return WebhookDeliveryDetail(**shown.model_dump(), log=log)
