"""The words of the room, as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from chaland.kernel.errors import ConflictError

PREFIX = "bko"
"""What the public id of a back-order begins with."""

LONGEST_HORIZON_DAYS = 365
MOST_UNITS = 1_000_000


class FutureSaleKind(StrEnum):
    """``backorder``: sold out, and comes again. ``preorder``: sold before it is first there."""

    BACKORDER = "backorder"
    PREORDER = "preorder"


class BackorderState(StrEnum):
    """Waiting for goods, served from stock by now, or given up."""

    OPEN = "open"
    FILLED = "filled"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class FutureSale:
    """What channels may promise of goods that are not there, as the retailer set it.

    It holds for SKUs that fit each of ``categories``, ``tags`` and ``skus`` that is not empty, on
    the ``channels`` (empty: all). ``limit`` is the units of one SKU that may wait at once on one
    channel, None for no limit. With ``needs_supply`` units are promised only against supply that is
    expected within ``horizon_days``; without it also beyond what is known, with no date.
    ``not_before`` is the day of a pre-order's release. The lowest ``priority`` decides.
    """

    code: str
    name: str
    kind: FutureSaleKind
    channels: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    limit: int | None = None
    needs_supply: bool = True
    horizon_days: int = 90
    not_before: date | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    priority: int = 100
    active: bool = True

    def holds_at(self, moment: datetime) -> bool:
        """Tell whether units may be promised under it at *moment*."""
        return (
            self.active
            and (self.starts_at is None or self.starts_at <= moment)
            and (self.ends_at is None or moment < self.ends_at)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSale:
    """A future sale as it is kept."""

    sale: FutureSale
    version: int
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOutlook:
    """One day: units that arrive and fall due, and what may still be promised for it.

    ``promisable`` takes nothing from what later days have promised already.
    """

    day: date
    arriving: int
    due: int
    promisable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitUse:
    """How much of a future sale a SKU has used on a channel; ``left`` is None without a limit."""

    code: str
    kind: FutureSaleKind
    limit: int | None
    taken: int
    left: int | None
    needs_supply: bool
    not_before: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuOutlook:
    """What may be promised of a SKU, day by day.

    ``now`` is what may be sold today; ``late`` are units whose supply missed its day and that no
    day counts on. Days on which nothing changes are left out.
    """

    sku: str
    now: int
    late: int
    days: tuple[DayOutlook, ...]
    limit: LimitUse | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackorderRequest:
    """Promise *quantity* units of a SKU that are not there; ``reference`` is the channel's own."""

    backorder_id: UUID
    reference: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BackorderView:
    """A back-order; ``due`` is the day on which the goods are there, None when nobody knows."""

    id: UUID
    channel: str
    reference: str
    sku: str
    quantity: int
    kind: FutureSaleKind
    sale: str
    due: date | None
    state: BackorderState
    created_at: datetime
    closed_at: datetime | None


class NotPromisableError(ConflictError):
    """Fewer units may be promised than were asked; nothing was changed by the whole call."""

    def __init__(self, code: str, shortages: Sequence[Mapping[str, object]]) -> None:
        first = shortages[0]
        super().__init__(
            code,
            f"{first['promisable']} unit(s) of {first['sku']} may be promised, not"
            f" {first['wanted']}.",
            fix="Ask for less, raise the limit of the future sale, or wait for more supply.",
            shortages=list(shortages),
        )
