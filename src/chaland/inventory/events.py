"""What the room tells the world."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from chaland.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class StockAdjusted(DomainEvent):
    """Reported changes were applied to a SKU; ``positions`` are those touched, as they are now."""

    TYPE: ClassVar[str] = "stock.adjusted"

    positions: list[dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyChanged(DomainEvent):
    """A supply line was announced, changed, dispatched, received, closed or cancelled.

    ``change`` says which; the numbers are those after it, in units.
    """

    TYPE: ClassVar[str] = "supply.changed"

    change: str
    kind: str
    source: str
    reference: str
    line: str
    sku: str
    origin: str | None
    destination: str
    quantity: int
    received: int
    damaged: int
    cancelled: int
    lost: int
    state: str
    expected_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferDispatched(DomainEvent):
    """Units left their origin for another location."""

    TYPE: ClassVar[str] = "transfer.dispatched"

    sku: str
    origin: str
    destination: str
    quantity: int
    expected_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferReceived(DomainEvent):
    """Units of a transfer arrived, ``damaged`` of them unfit for sale; ``lost`` ones never will."""

    TYPE: ClassVar[str] = "transfer.received"

    sku: str
    origin: str
    destination: str
    quantity: int
    damaged: int
    lost: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StockHoldExpired(DomainEvent):
    """Nothing is kept for a basket any more: its time was over. ``lines`` are what went back."""

    TYPE: ClassVar[str] = "stock.hold_expired"

    reference: str
    lines: list[dict[str, object]]
