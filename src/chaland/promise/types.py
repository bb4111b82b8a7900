"""What the promise speaks of: carriers' services, windows of time, confidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Literal

COST_UNIT = 10_000
"""Costs are whole numbers of 1/10 000 of the currency unit: sums are exact, ties are ties."""

Basis = Literal["stated", "learned"]


class ServiceKind(StrEnum):
    """What a service is sold as; an order that names no service takes any ``home`` one."""

    HOME = "home"
    EXPRESS = "express"
    PICKUP_POINT = "pickup_point"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitBand:
    """How many delivery days the carriage takes up to a distance, at best and at worst.

    ``up_to_km`` None means any distance. One day is the first delivery day after the collection.
    """

    up_to_km: int | None
    earliest_days: int
    latest_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBand:
    """The price of one parcel up to a distance; ``up_to_km`` None means any distance."""

    up_to_km: int | None
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """The prices of a parcel of at most ``max_weight_grams``, by distance, in rising order."""

    max_weight_grams: int
    bands: tuple[PriceBand, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierServiceDraft:
    """A carrier's service as the retailer states it; ``code`` is the retailer's own.

    ``collection_weekdays`` and ``delivery_weekdays`` count from Monday = 0. ``last_collection``
    is the wall time at the location that goods must be ready by; a location that closes earlier
    is collected from when it closes. Deliveries happen between ``delivery_from`` and
    ``delivery_until``, wall time of the destination. ``countries`` (ISO 3166 alpha-2) are the
    destinations served; none means all. ``stated_confidence`` is the share of parcels that the
    carrier says arrive inside the window.
    """

    code: str
    name: str
    carrier_code: str
    carrier_name: str
    kind: ServiceKind
    collection_weekdays: tuple[int, ...]
    last_collection: time
    delivery_weekdays: tuple[int, ...]
    delivers_on_holidays: bool = False
    delivery_from: time = time(8)
    delivery_until: time = time(20)
    transit_bands: tuple[TransitBand, ...]
    tariff: tuple[PriceRow, ...]
    countries: tuple[str, ...] = ()
    co2_grams_per_kg_km: Decimal = Decimal("0.1")
    stated_confidence: Decimal = Decimal("0.95")
    active: bool = True

    @property
    def max_weight_grams(self) -> int:
        """The heaviest parcel that the tariff has a price for."""
        return self.tariff[-1].max_weight_grams


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierServiceFacts(CarrierServiceDraft):
    """A stored service: the draft with its number and version."""

    id: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseWindow:
    """What the customer is told: between ``earliest`` and ``latest``, with a ``confidence`` of 0…1.

    ``basis`` says where the confidence comes from: ``stated`` by the retailer or ``learned`` from
    what happened. ``dispatch_by`` is when the goods must leave (or be ready on the pickup shelf);
    ``order_before`` is the last moment at which an order still gets this window.
    """

    earliest: datetime
    latest: datetime
    confidence: float
    basis: Basis
    dispatch_by: datetime
    order_before: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseFacts:
    """The services known at one revision, in order of id, immutable."""

    revision: int
    services: tuple[CarrierServiceFacts, ...]
    by_code: Mapping[str, CarrierServiceFacts]
