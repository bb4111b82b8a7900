"""Facts that the network room tells."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from chaland.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingChanged(DomainEvent):
    """Something was made (``created``) or has new values (``updated``) in the fields *changed*."""

    TYPE: ClassVar[str] = ""

    change: str
    changed: list[str]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationChanged(ThingChanged):
    """An organisation was made or changed."""

    TYPE: ClassVar[str] = "organisation.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationChanged(ThingChanged):
    """A location was made or changed."""

    TYPE: ClassVar[str] = "location.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationGroupChanged(ThingChanged):
    """A location group was made or changed."""

    TYPE: ClassVar[str] = "location_group.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelChanged(ThingChanged):
    """A channel was made or changed."""

    TYPE: ClassVar[str] = "channel.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementChanged(ThingChanged):
    """An organisation agreed to other channels than before; ``subject`` is its code."""

    TYPE: ClassVar[str] = "agreement.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationPaused(DomainEvent):
    """A location takes no new work, until a time or until further notice (None)."""

    TYPE: ClassVar[str] = "location.paused"

    reason: str
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationResumed(DomainEvent):
    """A location takes new work again."""

    TYPE: ClassVar[str] = "location.resumed"
