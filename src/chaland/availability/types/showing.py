"""How stock is shown to shoppers: exactly, or in bands that tell competitors nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class StockState(StrEnum):
    """What a product page says of a SKU.

    ``low``: in stock, at or below the channel's low mark. ``backorder``: none here, but the channel
    sells what will come.
    """

    IN_STOCK = "in_stock"
    LOW = "low"
    BACKORDER = "backorder"
    OUT = "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """How a channel shows stock.

    With ``exact`` units are told; else only the band that they fall into. ``bands`` are the lowest
    units of each band, ascending: (1, 3, 10) makes ``0``, ``1-2``, ``3-9`` and ``10+``. Stock of
    ``low_at`` units or fewer is low, in a category that ``low_by_category`` names (or below it, by
    ``/`` or `` > ``) of that many. A client may keep an answer for ``max_age_seconds``. What is
    out and expected within ``horizon_days`` is shown as a back-order; 0: nothing is.
    """

    exact: bool = True
    bands: tuple[int, ...] = (1, 3, 10)
    low_at: int = 3
    low_by_category: Mapping[str, int] = field(default_factory=dict)
    max_age_seconds: int = 1
    horizon_days: int = 0
    version: int = 0


@dataclass(frozen=True, slots=True)
class NextSupply:
    """The first day on which more can be promised, and how many units that day."""

    on: date
    units: int


@dataclass(frozen=True, slots=True)
class StockLine:
    """What a channel may sell of a SKU now: in all, by parcel, by pickup in a shop; in units."""

    sku: str
    category: str
    available: int
    ship: int
    pickup: int
    backorder: bool = False
    next_supply: NextSupply | None = None
