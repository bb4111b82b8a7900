"""What the promise speaks of: carriers' services, windows of time, confidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Literal, NamedTuple
from uuid import UUID

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


class Area(NamedTuple):
    """A country, or the postal codes of it that begin with ``prefix``; country ``*``: any other."""

    country: str
    prefix: str = ""

    def __str__(self) -> str:
        """Write the area as in a rate card: ``FR``, ``FR-20``, ``*``."""
        return f"{self.country}-{self.prefix}" if self.prefix else self.country


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A size of parcel: what it holds, what the empty box costs and weighs."""

    volume_cm3: int
    cost: Decimal
    tare_grams: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSurcharge:
    """What each parcel to one of ``areas`` costs more."""

    areas: tuple[Area, ...]
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonSurcharge:
    """What each parcel costs more that leaves from ``first`` to ``last``, both included."""

    first: date
    last: date
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Charges:
    """What a parcel costs beside its price in the table, and what counts as its weight.

    ``volumetric_divisor`` is in cm³ per kilogram: a parcel counts as what it weighs, or as its
    volume divided by this, whichever is more (None: only weight counts). ``fuel_percent`` is added
    to the table's price, rounded to 1/10 000 of the currency unit; ``per_parcel`` to each parcel;
    ``oversize`` to each parcel of a load in which something is longer than ``oversize_mm``;
    ``saturday`` to each parcel that is promised for a Saturday. ``boxes`` are the parcels' sizes,
    the smallest first. ``co2_grams_per_parcel`` is what the last mile causes.
    """

    volumetric_divisor: int | None = None
    fuel_percent: Decimal = Decimal(0)
    per_parcel: Decimal = Decimal(0)
    oversize_mm: int | None = None
    oversize: Decimal = Decimal(0)
    saturday: Decimal = Decimal(0)
    remote: tuple[RemoteSurcharge, ...] = ()
    seasons: tuple[SeasonSurcharge, ...] = ()
    boxes: tuple[Box, ...] = ()
    co2_grams_per_parcel: int = 0


NO_CHARGES = Charges()


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRow:
    """One price of a rate card: a parcel of at most this weight, to these areas, up to a distance.

    ``up_to_km`` None is any distance.
    """

    areas: tuple[Area, ...]
    max_weight_grams: int
    up_to_km: int | None
    price: Decimal


class OriginKind(StrEnum):
    """For which sites of departure a rate card holds."""

    ALL = "all"
    GROUP = "group"
    LOCATION = "location"


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCardDraft:
    """What one carrier's service costs from a day on, from some sites.

    A site's own card goes before its group's, a group's before the one for all, and that before
    the service's own tariff; of one kind the latest that is in force. The day that counts is the
    one on which the parcel leaves. ``origin`` is the code of a location or of a location group.
    """

    service_code: str
    valid_from: date
    rows: tuple[RateRow, ...]
    origin_kind: OriginKind = OriginKind.ALL
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCardFacts(RateCardDraft):
    """A stored rate card."""

    id: UUID
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RateChange:
    """One price that a new card changes; None where there is none before, or after."""

    area: str
    max_weight_grams: int
    up_to_km: int | None
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierServiceDraft:
    """A carrier's service as the retailer states it; ``code`` is the retailer's own.

    ``collection_weekdays`` and ``delivery_weekdays`` count from Monday = 0. ``last_collection``
    is the wall time at the location that goods must be ready by; a location that closes earlier
    is collected from when it closes. Deliveries happen between ``delivery_from`` and
    ``delivery_until``, wall time of the destination. ``countries`` (ISO 3166 alpha-2) are the
    destinations served; none means all. ``stated_confidence`` is the share of parcels that the
    carrier says arrive inside the window. ``refused_restrictions`` are those of goods that it
    does not carry.
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
    charges: Charges = NO_CHARGES
    refused_restrictions: tuple[str, ...] = ()

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
    what happened, to so many ``observations``. ``dispatch_by`` is when the goods must leave (or be
    ready on the pickup shelf); ``order_before`` is the last moment at which an order still gets
    this window.
    """

    earliest: datetime
    latest: datetime
    confidence: float
    basis: Basis
    dispatch_by: datetime
    order_before: datetime
    observations: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPriceRow:
    """What the customer pays: to these areas, from a basket's value on, up to a weight.

    ``max_weight_grams`` None is any weight.
    """

    areas: tuple[Area, ...]
    from_value: Decimal
    max_weight_grams: int | None
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPricesDraft:
    """A table of what customers pay for delivery; ``code`` is the retailer's own.

    ``channel`` and ``service`` are codes; empty is any. ``method`` is ``ship`` or ``pickup``. Of
    the tables that fit, the one for the service and the channel goes first, then the service's,
    the channel's, and the one for all.
    """

    code: str
    method: str
    rows: tuple[DeliveryPriceRow, ...]
    channel: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPrices(DeliveryPricesDraft):
    """A stored table."""

    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsDraft:
    """How sure promises shall be, and how long a site may be silent; ``code`` is the retailer's.

    They hold for a ``channel`` and a ``location`` (codes, empty: for any). A value that is None is
    left to less specific terms. ``confidence`` is the share of parcels that shall be in time;
    ``answer_minutes`` of opening time a site has to accept work; after ``most_refusals`` of an
    order a person decides; below ``at_risk_below`` a promise is told to be at risk.
    """

    code: str
    channel: str = ""
    location: str = ""
    confidence: float | None = None
    answer_minutes: int | None = None
    most_refusals: int | None = None
    at_risk_below: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTerms(TermsDraft):
    """Terms as they are stored."""

    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for one channel and one location; None: nobody has said anything."""

    confidence: float | None = None
    answer_minutes: int | None = None
    most_refusals: int | None = None
    at_risk_below: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedWork:
    """What was promised for a site's part of an order, and what has happened to it; None: not yet.

    ``site``, ``channel`` and ``service`` are codes. ``confidence`` is this part's own.
    """

    id: UUID
    order_id: UUID
    channel: str
    site: str
    method: str
    service: str
    country: str
    postal_code: str
    distance_km: float | None
    weight_grams: int | None
    items: int
    ordered_at: datetime
    released_at: datetime | None
    prepared_at: datetime | None
    handed_at: datetime | None
    done_at: datetime | None
    promised_earliest: datetime | None
    promised_latest: datetime | None
    confidence: float | None
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPromises:
    """Promises of one kind (``key``: a code, a week, a level) and how many of them were kept.

    ``told`` is the mean chance that customers were told; ``lowest`` and ``highest`` bound the true
    share kept with 95 % (Wilson's interval).
    """

    key: str
    promises: int
    kept: int
    told: float
    lowest: float
    highest: float

    @property
    def share(self) -> float:
        """The share that was kept."""
        return self.kept / self.promises


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """Promises kept against what was told, by kind; ``risk_factor`` corrects drift (1: none)."""

    whole: KeptPromises | None
    levels: tuple[KeptPromises, ...]
    weeks: tuple[KeptPromises, ...]
    channels: tuple[KeptPromises, ...]
    sites: tuple[KeptPromises, ...]
    carriers: tuple[KeptPromises, ...]
    lanes: tuple[KeptPromises, ...]
    risk_factor: float
    learned_at: datetime | None
    learned_from: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseFacts:
    """The services known at one revision, in order of id, with the rate cards of each by code.

    ``delivery_prices`` is what customers pay; ``terms`` say how sure promises shall be.
    """

    revision: int
    services: tuple[CarrierServiceFacts, ...]
    by_code: Mapping[str, CarrierServiceFacts]
    cards: Mapping[str, tuple[RateCardFacts, ...]] = field(default_factory=dict)
    delivery_prices: tuple[DeliveryPrices, ...] = ()
    terms: tuple[StoredTerms, ...] = ()

    @property
    def refused_restrictions(self) -> frozenset[str]:
        """The restrictions of goods that some service does not carry."""
        return frozenset[str]().union(*(item.refused_restrictions for item in self.services))
