"""Facts that the availability room tells."""

from dataclasses import dataclass
from typing import ClassVar

from chaland.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRuleChanged(DomainEvent):
    """A stock rule was made (``created``) or has new values (``updated``) in *changed*."""

    TYPE: ClassVar[str] = "stock_rule.changed"

    kind: str
    change: str
    changed: list[str]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStockChanged(DomainEvent):
    """What a channel may sell of a SKU has changed; in units.

    ``before`` is what was told last, None the first time. ``sequence`` rises with each change in
    the channel, as in the export.
    """

    TYPE: ClassVar[str] = "stock.changed"

    channel: str
    sku: str
    available: int
    ship: int
    pickup: int
    state: str
    before: int | None
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLow(ChannelStockChanged):
    """It has fallen to the channel's low mark."""

    TYPE: ClassVar[str] = "stock.low"


@dataclass(frozen=True, slots=True, kw_only=True)
class StockBack(ChannelStockChanged):
    """There is some again, after none."""

    TYPE: ClassVar[str] = "stock.back"


@dataclass(frozen=True, slots=True, kw_only=True)
class StockOut(ChannelStockChanged):
    """There is none any more."""

    TYPE: ClassVar[str] = "stock.out"
