"""Units kept for baskets, for a while."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chaland.inventory.types.positions import Pair
from chaland.kernel.errors import ConflictError
from chaland.kernel.ids import to_public

HOLD_PREFIX = "hld"
"""Public ids of baskets' holds: ``hld_…``."""


class HoldOutcome(StrEnum):
    """How a hold ended."""

    CONVERTED = "converted"
    RELEASED = "released"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class HoldLine:
    """Keep *quantity* (≥ 1) units of a position; ``keep`` units must remain available after it."""

    sku_id: int
    location_id: int
    quantity: int
    keep: int = 0

    @property
    def pair(self) -> Pair:
        """Return the key of the position."""
        return (self.sku_id, self.location_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketHold:
    """What a basket wants to be kept, one line a position, for ``ttl_seconds`` from now.

    ``reference`` is the channel's own name of the basket. ``organisation_ids`` are those whose
    stock its maker may sell; None for everybody's.
    """

    basket_id: UUID
    channel_id: int
    lines: tuple[HoldLine, ...]
    ttl_seconds: int
    reference: str = ""
    organisation_ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class HeldUnits:
    """What is, or was, kept of one position for a basket. It is open until ``closed_at`` is set."""

    basket_id: UUID
    sku_id: int
    location_id: int
    channel_id: int
    quantity: int
    reference: str
    organisation_ids: tuple[int, ...] | None
    ttl_seconds: int
    created_at: datetime
    expires_at: datetime
    closed_at: datetime | None
    outcome: HoldOutcome | None
    order_id: UUID | None

    @property
    def pair(self) -> Pair:
        """Return the key of the position."""
        return (self.sku_id, self.location_id)


class HoldClosedError(ConflictError):
    """A hold has ended, by conversion, release or expiry, or there never was one of that id."""

    def __init__(self, basket_ids: Collection[UUID]) -> None:
        self.basket_ids = frozenset(basket_ids)
        first = to_public(HOLD_PREFIX, min(self.basket_ids))
        super().__init__(
            "hold_closed",
            f"Hold {first} has ended: nothing is kept for this basket any more.",
            fix="Read it to see how it ended; make a new hold if the basket is still wanted.",
            hold=first,
        )
