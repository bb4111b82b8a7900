"""Facts that the catalog room tells."""

from dataclasses import dataclass
from typing import ClassVar

from chaland.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuChanged(DomainEvent):
    """A SKU was made (``created``) or has other values (``updated``) in the fields *changed*."""

    TYPE: ClassVar[str] = "sku.changed"

    change: str
    changed: list[str]
    version: int
