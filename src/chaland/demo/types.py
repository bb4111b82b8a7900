"""What the invented retailer is made of, before it is written into any room."""

from dataclasses import dataclass
from datetime import time, timedelta
from typing import Literal

from chaland.network.types import OpeningWindow

HOUSE = "tilvert"
"""The code of the group, and the brand of its channels."""

HOUSE_SELLER = "house"
AGE = timedelta(days=42)
"""How long the retailer's books have been open when the demo begins."""

SiteKind = Literal["warehouse", "store", "supplier"]
Rhythm = Literal["metropolis", "city", "town"]


@dataclass(frozen=True, slots=True)
class OrganisationPlan:
    """A legal entity: ``kind`` and ``parent`` as the network room understands them."""

    code: str
    name: str
    kind: Literal["group", "subsidiary", "franchisee", "merchant", "supplier"]
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """A place that holds stock. ``size`` (0 to 1) is the part of the range that it carries.

    ``region`` is the ISO 3166-2 subdivision whose own public holidays count, if any.
    """

    code: str
    name: str
    kind: SiteKind
    organisation: str
    street: str
    postal_code: str
    city: str
    latitude: float
    longitude: float
    hours: tuple[OpeningWindow, ...]
    capabilities: tuple[str, ...]
    daily_capacity: int
    handling_minutes: int
    cost_per_order_cents: int
    cost_per_line_cents: int
    cut_off: time
    size: float = 1.0
    seller: str = HOUSE_SELLER
    region: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """A SKU of the range; ``rank`` 0 sells best, a kit has ``components`` (code, units)."""

    code: str
    name: str
    gtin: str
    seller: str
    category: str
    price_cents: int
    weight_grams: int
    length_mm: int
    width_mm: int
    height_mm: int
    vat_class: str
    tags: tuple[str, ...]
    rank: int
    components: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Town:
    """A town that people order from, with its share of the orders (inhabitants)."""

    name: str
    postal_code: str
    latitude: float
    longitude: float
    inhabitants: int


@dataclass(frozen=True, slots=True)
class StockRow:
    """So many units of an article at a site when the demo begins."""

    article: str
    site: str
    on_hand: int
    unavailable: int = 0
