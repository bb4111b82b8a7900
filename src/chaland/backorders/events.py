"""Facts that the room tells."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from chaland.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class FutureSaleChanged(DomainEvent):
    """A future sale was made (``created``) or has new values (``updated``) in *changed*."""

    TYPE: ClassVar[str] = "future_sale.changed"

    change: str
    changed: list[str]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BackorderPromised(DomainEvent):
    """Units were promised before they are there; ``due`` is None when nobody knows the day."""

    TYPE: ClassVar[str] = "backorder.promised"

    channel: str
    reference: str
    sku: str
    quantity: int
    kind: str
    due: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackorderClosed(DomainEvent):
    """A back-order was ``filled`` from stock, or ``cancelled``."""

    TYPE: ClassVar[str] = "backorder.closed"

    channel: str
    reference: str
    sku: str
    quantity: int
    state: str
