"""Facts that the promise room tells."""

from dataclasses import dataclass
from typing import ClassVar

from chaland.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierServiceChanged(DomainEvent):
    """A carrier's service was made (``created``) or has other values (``updated``) in *changed*."""

    TYPE: ClassVar[str] = "carrier_service.changed"

    change: str
    changed: list[str]
    version: int
