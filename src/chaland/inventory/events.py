"""What the room tells the world."""

from dataclasses import dataclass
from typing import ClassVar

from chaland.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class StockAdjusted(DomainEvent):
    """Reported changes were applied to a SKU; ``positions`` are those touched, as they are now."""

    TYPE: ClassVar[str] = "stock.adjusted"

    positions: list[dict[str, object]]
