"""Reads of the outbox."""

from chaland.outbox.queries.feed import events_after, events_of, head, timeline
from chaland.outbox.queries.webhooks import (
    attempts,
    deliveries,
    delivery_figures,
    delivery_view,
    endpoint_view,
    endpoints,
)

__all__ = [
    "attempts",
    "deliveries",
    "delivery_figures",
    "delivery_view",
    "endpoint_view",
    "endpoints",
    "events_after",
    "events_of",
    "head",
    "timeline",
]
