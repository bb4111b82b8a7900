"""A position, its quantities, and the lines of the ledger that explain them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chaland.kernel.errors import ConflictError

Pair = tuple[int, int]
"""A position's key: ``(sku_id, location_id)``."""


MAX_QUANTITY = 1_000_000
"""The most units that one request may move."""


MAX_ON_HAND = 1_000_000_000
"""The most units that a position may hold; sums of changes stay far inside a 4-byte integer."""


class MovementKind(StrEnum):
    """Why a line of the ledger was written."""

    OPENING = "opening"
    RECEIPT = "receipt"
    ADJUSTMENT = "adjustment"
    COUNT = "count"
    EXPECTATION = "expectation"
    RESERVATION = "reservation"
    RELEASE = "release"
    ISSUE = "issue"
    BLOCKING = "blocking"
    UNBLOCKING = "unblocking"
    HOLD = "hold"
    HOLD_RELEASE = "hold_release"
    RETURN = "return"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"


class UnavailableStatus(StrEnum):
    """Why units that are on hand cannot be sold."""

    DAMAGED = "damaged"
    DISPLAY = "display"
    QUARANTINE = "quarantine"
    MISSING = "missing"
    COUNTING = "counting"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class PositionState:
    """The four quantities of a position, in units."""

    on_hand: int = 0
    reserved: int = 0
    unavailable: int = 0
    incoming: int = 0

    @property
    def available(self) -> int:
        """Units that may still be promised; never negative."""
        return self.on_hand - self.unavailable - self.reserved


@dataclass(frozen=True, slots=True)
class PositionChange:
    """What a movement does to a position's quantities, in units."""

    on_hand: int = 0
    reserved: int = 0
    unavailable: int = 0
    incoming: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionView:
    """A position with the codes that the world knows it by; quantities in units."""

    sku_id: int
    location_id: int
    sku: str
    location: str
    on_hand: int
    reserved: int
    unavailable: int
    incoming: int
    available: int
    version: int
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StockTotals:
    """The stock of a SKU over several locations, in units.

    ``selling`` counts the locations with a unit that may be promised, ``positions`` those that have
    the SKU in their range.
    """

    on_hand: int = 0
    reserved: int = 0
    unavailable: int = 0
    incoming: int = 0
    selling: int = 0
    positions: int = 0

    @property
    def available(self) -> int:
        """Units that may still be promised, before any channel's rules."""
        return self.on_hand - self.unavailable - self.reserved


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementView:
    """One line of the ledger: true since ``occurred_at``, known since ``recorded_at``."""

    id: int
    sku: str
    location: str
    kind: MovementKind
    on_hand_delta: int
    reserved_delta: int
    unavailable_delta: int
    incoming_delta: int
    counted: int | None
    lot: str | None
    status: UnavailableStatus | None
    reservation_id: UUID | None
    cause_type: str
    cause_id: str
    source: str
    source_ref: str | None
    occurred_at: datetime
    recorded_at: datetime
    actor_kind: str
    actor_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class OpeningStock:
    """What is on the shelf on the first day, in units."""

    sku_id: int
    location_id: int
    on_hand: int
    incoming: int = 0


@dataclass(frozen=True, slots=True)
class Shortage:
    """A position with fewer units than were asked of it.

    ``available`` is what these requests may take: without the units that must be left; never below
    0, and 0 if there is no such position.
    """

    sku_id: int
    location_id: int
    wanted: int
    available: int


class InsufficientStockError(ConflictError):
    """A position has fewer sellable units than asked; nothing was changed, by the whole call."""

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        self.shortages = tuple(shortages)
        first = shortages[0]
        super().__init__(
            "insufficient_stock",
            f"{len(shortages)} stock position(s) have too little: the first has {first.available}"
            f" available of {first.wanted} wanted.",
            fix="Ask for less, or for another location.",
        )
