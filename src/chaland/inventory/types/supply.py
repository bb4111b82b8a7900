"""Goods that are on their way: ordered from suppliers, or sent from one location to another."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from chaland.kernel.errors import FieldProblem


class SupplyKind(StrEnum):
    """Where the goods come from: a supplier's delivery, or another location's shelf."""

    PURCHASE = "purchase"
    TRANSFER = "transfer"


class SupplyState(StrEnum):
    """How far the goods are.

    A transfer is planned until it is dispatched. What has arrived in part is still open; what is
    received or cancelled is closed for good.
    """

    PLANNED = "planned"
    EXPECTED = "expected"
    PARTLY_RECEIVED = "partly_received"
    RECEIVED = "received"
    CANCELLED = "cancelled"


OPEN_STATES = frozenset({SupplyState.PLANNED, SupplyState.EXPECTED, SupplyState.PARTLY_RECEIVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyDraft:
    """A line of a purchase order or of a transfer, as it shall be.

    ``source``, ``reference`` and ``line`` identify it in the world outside. *quantity* is in units,
    ``expected_at`` is when the goods can be on the shelf. A transfer needs an origin; a purchase
    may name its supplier, the id of an organisation.
    """

    source: str
    reference: str
    line: str
    kind: SupplyKind
    sku_id: int
    destination_id: int
    quantity: int
    expected_at: datetime
    origin_id: int | None = None
    supplier_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyReceipt:
    """*quantity* units arrived, *damaged* of them not fit for sale; 0 with *close* if none did.

    *close* says that no more will come: what is still open of a purchase is cancelled, of a
    transfer it is lost. ``source_ref`` identifies the message: it counts once. A SKU followed by
    lot needs the *lot*, one followed by serial number a serial for each unit.
    """

    supply_id: UUID
    quantity: int
    occurred_at: datetime
    damaged: int = 0
    close: bool = False
    source_ref: str | None = None
    reason: str = ""
    lot: str | None = None
    expires_on: date | None = None
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SupplyCancellation:
    """*quantity* units will not come; None means all that are still open."""

    supply_id: UUID
    quantity: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TransferDispatch:
    """A planned transfer leaves its origin; *quantity* below the plan shortens it (None: all).

    ``lot`` or ``serials`` name the units; without them the lots that expire first leave first.
    """

    supply_id: UUID
    occurred_at: datetime
    quantity: int | None = None
    lot: str | None = None
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyView:
    """A supply line with the codes that the world knows things by; quantities in units.

    ``open`` units are still to come; ``lost`` ones were dispatched and never arrived. ``late``:
    some are open although ``expected_at`` has passed.
    """

    id: UUID
    kind: SupplyKind
    source: str
    reference: str
    line: str
    sku_id: int
    destination_id: int
    origin_id: int | None
    sku: str
    destination: str
    origin: str | None
    supplier: str | None
    quantity: int
    received: int
    damaged: int
    cancelled: int
    lost: int
    open: int
    state: SupplyState
    expected_at: datetime
    dispatched_at: datetime | None
    closed_at: datetime | None
    late: bool
    version: int


@dataclass(frozen=True, slots=True)
class SupplyOutcome:
    """What became of one item; ``supply_id`` is None when it was rejected unknown."""

    status: Literal["created", "updated", "unchanged", "duplicate", "rejected"]
    supply_id: UUID | None = None
    problem: FieldProblem | None = None


@dataclass(frozen=True, slots=True)
class ExpectedSupply:
    """Units that open supply will bring to a location at a moment, which may have passed (late)."""

    supply_id: UUID
    kind: SupplyKind
    sku_id: int
    location_id: int
    quantity: int
    expected_at: datetime


@dataclass(frozen=True, slots=True)
class SupplyLine:
    """The numbers of a supply line that decisions are made from."""

    kind: SupplyKind
    quantity: int
    received: int = 0
    damaged: int = 0
    cancelled: int = 0
    lost: int = 0
    dispatched: bool = True

    @property
    def open(self) -> int:
        """Units that are still to come; a supplier may send more than was ordered."""
        return max(0, self.quantity - self.received - self.cancelled - self.lost)

    @property
    def announced(self) -> int:
        """Units that count as incoming at the destination: none while a transfer is planned."""
        return self.open if self.dispatched else 0

    @property
    def state(self) -> SupplyState:
        """How far the goods are; follows from the numbers alone."""
        if self.open:
            if not self.dispatched:
                return SupplyState.PLANNED
            return SupplyState.PARTLY_RECEIVED if self.received else SupplyState.EXPECTED
        return SupplyState.RECEIVED if self.received else SupplyState.CANCELLED
