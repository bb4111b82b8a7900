"""The words of the room, as data: what is asked of it and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import numpy as np
import numpy.typing as npt

from chaland.kernel.errors import ConflictError, FieldProblem

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


class UnavailableStatus(StrEnum):
    """Why units that are on hand cannot be sold."""

    DAMAGED = "damaged"
    DISPLAY = "display"
    QUARANTINE = "quarantine"
    MISSING = "missing"


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
class ReservationRequest:
    """Keep *quantity* (≥ 1) units of a SKU at a location for an order line."""

    reservation_id: UUID
    sku_id: int
    location_id: int
    quantity: int
    order_id: UUID
    order_line_id: UUID


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """Give *quantity* units of a reservation back to sale; None means all that is still open.

    ``cause_id`` is the public id of what caused it, of the type named in the call.
    """

    reservation_id: UUID
    quantity: int | None = None
    cause_id: str = ""


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """Let *quantity* units of a reservation leave the building; None means all that is still open.

    ``cause_id`` is the public id of what caused it, of the type named in the call.
    """

    reservation_id: UUID
    quantity: int | None = None
    cause_id: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a release or an issue did to a reservation: *quantity* units were given back or left."""

    reservation_id: UUID
    sku_id: int
    location_id: int
    quantity: int
    order_id: UUID
    order_line_id: UUID


@dataclass(frozen=True, slots=True)
class BlockRequest:
    """Move *quantity* (≥ 1) sellable units of a position to *status*."""

    sku_id: int
    location_id: int
    quantity: int
    status: UnavailableStatus
    cause_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """One change to one position, as a person or a system reports it.

    Either ``on_hand`` (an absolute count: what is there, sold or not) or the deltas. ``status`` is
    needed when ``unavailable_delta`` is not zero. ``source`` and ``source_ref`` identify the
    message: a message that was applied to a position changes it no second time. ``occurred_at`` is
    when it was true in the shop, which may be before it is known here.
    """

    sku_id: int
    location_id: int
    kind: MovementKind
    source: str
    occurred_at: datetime
    on_hand: int | None = None
    on_hand_delta: int = 0
    unavailable_delta: int = 0
    incoming_delta: int = 0
    status: UnavailableStatus | None = None
    source_ref: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PositionChange:
    """What a movement does to a position's quantities, in units."""

    on_hand: int = 0
    reserved: int = 0
    unavailable: int = 0
    incoming: int = 0


@dataclass(frozen=True, slots=True)
class AdjustmentOutcome:
    """What became of one adjustment; ``state`` is the position after it (None when rejected)."""

    status: Literal["applied", "duplicate", "rejected"]
    state: PositionState | None = None
    problem: FieldProblem | None = None


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
    """A position with fewer units than were asked of it; ``available`` is 0 if there is none."""

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


class ReservationSettledError(ConflictError):
    """A reservation is unknown or has fewer open units than asked; nothing was changed."""

    def __init__(self, open_units: Mapping[UUID, int | None]) -> None:
        self.open_units = dict(open_units)
        super().__init__(
            "reservation_settled",
            f"{len(open_units)} reservation(s) were already released or issued, wholly or in part.",
            fix="Read the fulfilment order again: somebody else has dealt with it.",
        )


@dataclass(frozen=True, slots=True)
class StockMatrix:
    """Available units per SKU and location: ``available[row_of[sku_id], dense_location]``."""

    sku_ids: tuple[int, ...]
    available: npt.NDArray[np.int32]
    row_of: Mapping[int, int] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Check:
    """A statement that finds contradictions: rows of (where as JSON, expected, found).

    ``table`` is what it looks at. Each check is one statement, so it sees one moment of a live
    database.
    """

    name: str
    meaning: str
    table: str
    statement: str


@dataclass(frozen=True, slots=True)
class Break:
    """One contradiction: where, what was expected and what was found."""

    where: Mapping[str, object]
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How many rows a check looked at and how many it found broken; ``examples`` are the first."""

    name: str
    meaning: str
    looked_at: int
    broken: int
    examples: tuple[Break, ...] = ()


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """The proof, or disproof, that stock tells the truth."""

    checks: tuple[CheckResult, ...]

    @property
    def clean(self) -> bool:
        """Tell whether no check found a contradiction."""
        return all(check.broken == 0 for check in self.checks)
