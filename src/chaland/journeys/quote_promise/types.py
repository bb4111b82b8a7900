"""What is asked for and answered when a basket is quoted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from chaland.network.types import LocationFacts, Place
from chaland.promise.types import PromiseWindow, ServiceKind
from chaland.sourcing.types import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedLine:
    """*quantity* units of the SKU called *sku*."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRequest:
    """A basket on its way somewhere; coordinates, when given, replace the postal code's.

    ``value`` is the price of the goods, in the channel's currency: what delivery costs the customer
    may depend on it, and so may the rules by which sites are chosen.
    """

    channel: str
    lines: tuple[QuotedLine, ...]
    country: str
    postal_code: str
    latitude: float | None = None
    longitude: float | None = None
    methods: frozenset[Method] = frozenset(Method)
    value: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What one location would give: units by line of the basket; for a kit, of its components."""

    location: LocationFacts
    distance_km: float
    units: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way to get the basket. ``service`` None is what an order gets that names none.

    ``shop`` is where the customer collects, be it a shop or a carrier's pickup point; ``shop_km``
    how far from the destination. ``freight`` and ``handling`` are what the option costs the
    retailer, ``price`` what the customer pays for it (None: no table says it), all in the channel's
    currency. ``pay_in_shop``: the goods can be reserved, and paid when they are collected.
    """

    method: Method
    service: str | None
    kind: ServiceKind | None
    shop: LocationFacts | None
    shop_km: float
    window: PromiseWindow
    freight: Decimal
    handling: Decimal
    price: Decimal | None
    pay_in_shop: bool
    co2_grams: int
    sources: tuple[Source, ...]

    @property
    def cost(self) -> Decimal:
        """What the option costs the retailer."""
        return self.freight + self.handling


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A line of the basket that cannot be shipped whole: *available* units exist."""

    line: int
    sku: str
    wanted: int
    available: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What may be promised at the moment ``as_of``; ``missing`` says why nothing can be shipped.

    ``place`` is where the destination was taken to be, and how well that is known.
    """

    as_of: datetime
    place: Place
    currency: str
    options: tuple[Option, ...]
    missing: tuple[Missing, ...]
