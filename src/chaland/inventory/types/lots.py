"""Lots with their expiry, and serial numbers, of SKUs that are followed by them."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from chaland.kernel.errors import FieldProblem


class SerialState(StrEnum):
    """Where a unit with a serial number is. What was sold, lost or written off is gone."""

    IN_STOCK = "in_stock"
    UNAVAILABLE = "unavailable"
    IN_TRANSIT = "in_transit"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Tag:
    """What tells units apart: their lot (with the last day they may be sold), or their serials."""

    lot: str | None = None
    expires_on: date | None = None
    serials: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything is said."""
        return bool(self.lot or self.serials or self.expires_on)


NO_TAG = Tag()


@dataclass(frozen=True, slots=True)
class Lot:
    """Units of a lot at a location; ``expired`` ones of them are out of sale for that reason."""

    expires_on: date | None = None
    on_hand: int = 0
    expired: int = 0

    @property
    def free(self) -> int:
        """Units that were not found to be expired."""
        return self.on_hand - self.expired


@dataclass(frozen=True, slots=True)
class Serial:
    """Where the unit with a serial number is, and what brought it there.

    ``order_id`` is the order it left with; ``presumed``: nobody scanned it when it left, it was the
    one that had been there longest.
    """

    location_id: int | None
    state: SerialState
    cause_id: str = ""
    order_id: UUID | None = None
    presumed: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Some units that move together: of one lot, or (None) of a lot that nobody knows."""

    lot: str | None
    units: int


@dataclass(frozen=True, slots=True)
class NamedUnits:
    """Units that somebody scanned: of one lot, or one serial each."""

    tag: Tag
    units: int


@dataclass(frozen=True, slots=True)
class Naming:
    """*units* of a position whose lot or serials are not known are found to be those of *tag*."""

    sku_id: int
    location_id: int
    units: int
    tag: Tag
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LotDate:
    """The last day on which a lot may be sold is another than was told."""

    sku_id: int
    lot: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class NamingOutcome:
    """Whether units were named; *problem* says why not."""

    problem: FieldProblem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LotView:
    """Units of a lot at a location, with the codes the world knows; ``lot`` is None for unknown."""

    sku_id: int
    location_id: int
    sku: str
    location: str
    lot: str | None
    expires_on: date | None
    on_hand: int
    expired: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialView:
    """A unit with a serial number, with the codes that the world knows things by."""

    sku: str
    serial: str
    state: SerialState
    location: str | None
    cause_id: str
    order_id: UUID | None
    presumed: bool
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecalledDelivery:
    """Units of a recalled lot or serial that left with a fulfilment order."""

    order_id: UUID | None
    cause_id: str
    location: str
    lot: str | None
    serial: str | None
    units: int
    presumed: bool
    left_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """Where a lot or a serial is, and who got it.

    ``in_transit`` maps public ids of transfers to units that are on their way or were lost on it.
    ``unknown`` are units at locations of which nobody knows the lot: they may be of it.
    """

    held: tuple[LotView, ...]
    serials: tuple[SerialView, ...]
    in_transit: tuple[tuple[str, int], ...]
    deliveries: tuple[RecalledDelivery, ...]
    unknown: tuple[LotView, ...]
