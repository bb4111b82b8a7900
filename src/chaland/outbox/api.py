"""The feed of events. Webhooks are in ``journeys``, beside the audit of their changes."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router

from chaland.kernel.errors import InvalidInputError
from chaland.outbox import queries, rules
from chaland.outbox.cloudevents import envelope
from chaland.outbox.schemas import CloudEventView, FeedAnswer
from chaland.outbox.types import START, Position
from chaland.web.authorisation import require_unlimited, requires
from chaland.web.context import actor_of
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
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


def _position(cursor: str) -> Position:
    if not cursor:
        return START
    seen, until, after = decode_cursor(cursor, str, str, int)
    if not rules.is_snapshot(seen) or (until and not rules.is_snapshot(until)):
        raise invalid_cursor()
    if not 0 <= after <= rules.HIGHEST_NUMBER:
        raise invalid_cursor()
    return Position(seen, until or None, after)
