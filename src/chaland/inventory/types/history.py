"""Stock as it was: what the ledger says of a past moment."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionAsOf:
    """A position at a past moment, in units; ``held`` is the part of ``reserved`` in baskets.

    The six statuses add up to ``unavailable``. A quantity may be negative where the ledger learned
    of something later than of what it made possible: that is what was true, or known, then.
    """

    sku_id: int
    location_id: int
    sku: str
    location: str
    on_hand: int
    reserved: int
    held: int
    unavailable: int
    incoming: int
    damaged: int
    display: int
    quarantine: int
    missing: int
    counting: int
    expired: int

    @property
    def available(self) -> int:
        """Units that could be promised."""
        return self.on_hand - self.unavailable - self.reserved


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationValue:
    """What lay at a location. ``value`` is in the group's currency, at the present cost of a unit.

    ``units_without_cost`` are units of SKUs whose cost nobody told; they are worth nothing here.
    """

    location: str
    units: int
    value: Decimal
    units_without_cost: int
