"""Events that tests publish."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from chaland.kernel.events import DomainEvent

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class BargeMoved(DomainEvent):
    """A barge has moved to a berth."""

    TYPE: ClassVar[str] = "barge.moved"

    berth: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOpened(DomainEvent):
    """A lock was opened."""

    TYPE: ClassVar[str] = "lock.opened"

    berth: str = ""


def moved(
    berth: object = 1, stream: str = "barge:1", kind: type[DomainEvent] = BargeMoved
) -> DomainEvent:
    """Make an event of *kind* on a stream."""
    return kind(occurred_at=NOW, stream=stream, subject=stream, berth=str(berth))  # type: ignore[call-arg]
