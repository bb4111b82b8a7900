"""The envelope that every event travels in: CloudEvents 1.0, structured JSON."""

from datetime import UTC
from typing import Any

import orjson

from chaland.kernel.ids import to_public
from chaland.outbox.types import EventRecord

CONTENT_TYPE = "application/cloudevents+json"
SOURCE = "/chaland"


def envelope(event: EventRecord) -> dict[str, Any]:
    """Return an event as a CloudEvent.

    ``sequence`` (of the sequence extension) sorts as text and rises inside a ``partitionkey`` (of
    the partitioning extension), which is the stream: for orders, the order's id.
    """
    return {
        "specversion": "1.0",
        "id": to_public("evt", event.id),
        "source": SOURCE,
        "type": f"chaland.{event.type}.v{event.version}",
        "subject": event.subject,
        "time": event.occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "sequence": f"{event.seq:020d}",
        "partitionkey": event.stream,
        "actor": f"{event.actor_kind}:{event.actor_id}",
        "data": event.data,
    }


def encode(event: EventRecord) -> bytes:
    """Return the envelope as the bytes that are signed and sent."""
    return orjson.dumps(envelope(event))
