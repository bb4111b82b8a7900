"""What is told to the world of a SKU in a channel."""

from dataclasses import dataclass
from datetime import datetime

from chaland.availability.types.showing import StockState


@dataclass(frozen=True, slots=True)
class Told:
    """The numbers of one line as they were told, in units."""

    available: int
    ship: int
    pickup: int
    state: StockState


@dataclass(frozen=True, slots=True)
class ExportLine:
    """A published line with the SKU's code; ``sequence`` orders the changes of one channel."""

    sku: str
    available: int
    ship: int
    pickup: int
    state: StockState
    sequence: int
    changed_at: datetime
