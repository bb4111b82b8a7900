"""The words of the room, as data: what is asked of it and what it answers."""

from chaland.inventory.types.adjustments import (
    Adjustment,
    AdjustmentOutcome,
)
from chaland.inventory.types.changes import (
    NOTHING_READ,
    LedgerPoint,
    StockChanges,
)
from chaland.inventory.types.history import (
    LocationValue,
    PositionAsOf,
)
from chaland.inventory.types.holds import (
    HOLD_PREFIX,
    BasketHold,
    HeldUnits,
    HoldClosedError,
    HoldLine,
    HoldOutcome,
)
from chaland.inventory.types.matrix import (
    StockMatrix,
)
from chaland.inventory.types.positions import (
    MAX_ON_HAND,
    MAX_QUANTITY,
    InsufficientStockError,
    MovementKind,
    MovementView,
    OpeningStock,
    Pair,
    PositionChange,
    PositionState,
    PositionView,
    Shortage,
    StockTotals,
    UnavailableStatus,
)
from chaland.inventory.types.quotas import (
    QuotaGrant,
    QuotaReturn,
    QuotaView,
)
from chaland.inventory.types.reservations import (
    BlockRequest,
    IssueRequest,
    ReleaseRequest,
    ReservationRequest,
    ReservationSettledError,
    Settled,
)
from chaland.inventory.types.supply import (
    OPEN_STATES,
    ExpectedSupply,
    SupplyCancellation,
    SupplyDraft,
    SupplyKind,
    SupplyLine,
    SupplyOutcome,
    SupplyReceipt,
    SupplyState,
    SupplyView,
    TransferDispatch,
)
from chaland.inventory.types.verification import (
    Break,
    Check,
    CheckResult,
    VerificationReport,
)
from chaland.inventory.types.whole import (
    KindTotals,
    StockAt,
    WholeStock,
)

__all__ = [
    "HOLD_PREFIX",
    "MAX_ON_HAND",
    "MAX_QUANTITY",
    "NOTHING_READ",
    "OPEN_STATES",
    "Adjustment",
    "AdjustmentOutcome",
    "BasketHold",
    "BlockRequest",
    "Break",
    "Check",
    "CheckResult",
    "ExpectedSupply",
    "HeldUnits",
    "HoldClosedError",
    "HoldLine",
    "HoldOutcome",
    "InsufficientStockError",
    "IssueRequest",
    "KindTotals",
    "LedgerPoint",
    "LocationValue",
    "MovementKind",
    "MovementView",
    "OpeningStock",
    "Pair",
    "PositionAsOf",
    "PositionChange",
    "PositionState",
    "PositionView",
    "QuotaGrant",
    "QuotaReturn",
    "QuotaView",
    "ReleaseRequest",
    "ReservationRequest",
    "ReservationSettledError",
    "Settled",
    "Shortage",
    "StockAt",
    "StockChanges",
    "StockMatrix",
    "StockTotals",
    "SupplyCancellation",
    "SupplyDraft",
    "SupplyKind",
    "SupplyLine",
    "SupplyOutcome",
    "SupplyReceipt",
    "SupplyState",
    "SupplyView",
    "TransferDispatch",
    "UnavailableStatus",
    "VerificationReport",
    "WholeStock",
]
