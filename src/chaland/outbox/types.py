"""What other rooms see of events and webhooks."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class EventRecord:
    """A published event; ``seq`` rises inside a stream, ``data`` is the event's payload."""

    id: UUID
    seq: int
    type: str
    version: int
    stream: str
    subject: str
    occurred_at: datetime
    recorded_at: datetime
    actor_kind: str
    actor_id: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a reader of the feed stands.

    Everything visible in the snapshot ``seen`` has been read. When ``until`` is not None, the
    reader is in the middle of what was committed between the two snapshots, and has read up to the
    number ``after``. Snapshots are PostgreSQL's text form, ``xmin:xmax:running,…``.
    """

    seen: str
    until: str | None = None
    after: int = 0


START = Position(seen="1:1:")
"""The position before the first event."""


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Some events, the position behind them, and whether more are known to wait."""

    events: list[EventRecord]
    position: Position
    more: bool


@dataclass(frozen=True, slots=True)
class EndpointView:
    """A webhook endpoint without its secret; no event types means all of them."""

    id: UUID
    url: str
    description: str
    event_types: tuple[str, ...]
    active: bool
    disabled_reason: str
    created_at: datetime
    failing_since: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One event on its way to one endpoint."""

    id: UUID
    endpoint_id: UUID
    event_id: UUID
    event_type: str
    subject: str
    seq: int
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_attempt_at: datetime
    last_status: int | None
    last_error: str
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One try to deliver. ``status`` is None when no answer came."""

    at: datetime
    status: int | None
    latency_ms: int
    error: str
    response_excerpt: str


@dataclass(frozen=True, slots=True)
class DeliveryFigures:
    """How many deliveries wait, how many were given up, and since when the oldest waits."""

    pending: int
    dead: int
    oldest_pending_at: datetime | None
