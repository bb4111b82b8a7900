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
