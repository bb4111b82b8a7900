"""Facts that the room tells about strategies; the stream is ``strategy:<code>``."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from chaland.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyDrafted(DomainEvent):
    """A draft was written (``written``) or thrown away (``discarded``)."""

    TYPE: ClassVar[str] = "strategy.drafted"

    version: int
    edit: int
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyPlanned(DomainEvent):
    """A draft shall be in force from ``activate_at`` on; None: it shall not any more."""

    TYPE: ClassVar[str] = "strategy.planned"

    version: int
    activate_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyActivated(DomainEvent):
    """A version is in force since ``since``, in place of ``before`` (None: of none).

    ``rolled_back_to`` is the earlier version that it repeats.
    """

    TYPE: ClassVar[str] = "strategy.activated"

    version: int
    before: int | None
    since: datetime
    rolled_back_to: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyRetired(DomainEvent):
    """A strategy is in force no more, and nothing followed it."""

    TYPE: ClassVar[str] = "strategy.retired"

    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyAssigned(DomainEvent):
    """A channel follows this strategy from now on, in place of ``before``."""

    TYPE: ClassVar[str] = "strategy.assigned"

    channel: str
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyPilotChanged(DomainEvent):
    """A pilot of this strategy ``started``, was ``changed``, or ``ended``."""

    TYPE: ClassVar[str] = "strategy.pilot_changed"

    change: str
    version: int
