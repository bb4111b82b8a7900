"""Changes that people and systems report."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from chaland.inventory.types.positions import MovementKind, PositionState, UnavailableStatus
from chaland.kernel.errors import FieldProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """One change to one position, as a person or a system reports it.

    Either ``on_hand`` (an absolute count: what is there, sold or not) or the deltas. ``status`` is
    needed when ``unavailable_delta`` is not zero. ``source`` and ``source_ref`` identify the
    message: a message that was applied to a position changes it no second time. ``occurred_at`` is
    when it was true in the shop, which may be before it is known here. Units of a SKU that is
    followed come and go with their ``lot`` (``expires_on`` is its last day of sale) or ``serials``.
    A return may name the channel that had sold the units (``channel_id``): what of them is fit for
    sale is given back to its quota.
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
    cause_type: str = ""
    cause_id: str = ""
    lot: str | None = None
    expires_on: date | None = None
    serials: tuple[str, ...] = ()
    channel_id: int | None = None


@dataclass(frozen=True, slots=True)
class AdjustmentOutcome:
    """What became of one adjustment; ``state`` is the position after it (None when rejected).

    ``stale``: a count of a later moment was known already, so this one changed nothing.
    ``superseded``: the units moved before the last count, which holds them already; what else the
    message says (expected, blocked units) was applied.
    """

    status: Literal["applied", "duplicate", "stale", "superseded", "rejected"]
    state: PositionState | None = None
    problem: FieldProblem | None = None
