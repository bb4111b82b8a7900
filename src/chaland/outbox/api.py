"""Reading events and the delivery log; ``journeys`` has what changes endpoints, with audit."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from chaland.kernel.errors import InvalidInputError
from chaland.kernel.ids import from_public
from chaland.outbox import queries, rules
from chaland.outbox.cloudevents import envelope
from chaland.outbox.schemas import (
    CloudEventView,
    FeedAnswer,
    WebhookAttemptView,
    WebhookDeliveryDetail,
    WebhookDeliveryView,
    WebhookEndpointView,
)
from chaland.outbox.types import START, DeliveryState, Position
from chaland.web.authorisation import require_unlimited, requires
from chaland.web.context import actor_of
from chaland.web.etags import set_etag
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
    invalid_cursor,
    next_url,
)

router = Router(tags=["Events and webhooks"])

EventTypes = Annotated[
    list[str],
    Query(
        max_length=rules.HIGHEST_EVENT_TYPES,
        description="Only these types; `order.*` stands for all that start with `order.`.",
    ),
]


@router.get("/events", response=FeedAnswer)
@requires("events:read")
def list_events(
    request: HttpRequest,
    types: EventTypes = [],  # noqa: B006 - never changed
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> FeedAnswer:
    """Read events in order from a cursor on; without one, from the beginning.

    Nothing is skipped and nothing comes twice. Within a `partitionkey` (an order) events come in
    the order in which they happened.
    """
    require_unlimited(actor_of(request))
    if problems := rules.event_type_problems(types, field="types"):
        raise InvalidInputError(problems)
    page = queries.events_after(_position(cursor), types=types, limit=limit)
    end = encode_cursor([page.position.seen, page.position.until or "", page.position.after])
    return FeedAnswer(
        items=[CloudEventView(**envelope(event)) for event in page.events],
        cursor=end,
        next=next_url(request, end if page.more else None),
    )


@router.get("/webhook-endpoints", response=Page[WebhookEndpointView])
@requires("webhooks:write")
def list_webhook_endpoints(
    request: HttpRequest, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[WebhookEndpointView]:
    """List the webhook endpoints, the oldest first."""
    require_unlimited(actor_of(request))
    after = from_public("whe", decode_cursor(cursor, str)[0]) if cursor else None
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


def _position(cursor: str) -> Position:
    if not cursor:
        return START
    seen, until, after = decode_cursor(cursor, str, str, int)
    if not rules.is_snapshot(seen) or (until and not rules.is_snapshot(until)):
        raise invalid_cursor()
    if not 0 <= after <= rules.HIGHEST_NUMBER:
        raise invalid_cursor()
    return Position(seen, until or None, after)
