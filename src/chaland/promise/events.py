"""Facts that the promise room tells."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from chaland.kernel.events import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierServiceChanged(DomainEvent):
    """A carrier's service was made (``created``) or has other values (``updated``) in *changed*."""

    TYPE: ClassVar[str] = "carrier_service.changed"

    change: str
    changed: list[str]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCardChanged(DomainEvent):
    """A rate card was made (``created``), has other prices (``updated``) or is gone (``removed``).

    *changed_prices* counts the prices that are new, gone or another.
    """

    TYPE: ClassVar[str] = "rate_card.changed"

    change: str
    service: str
    valid_from: str
    origin_kind: str
    origin: str
    changed_prices: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPricesChanged(DomainEvent):
    """A table of delivery prices was made (``created``), ``updated`` or ``removed``."""

    TYPE: ClassVar[str] = "delivery_prices.changed"

    change: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseTermsChanged(DomainEvent):
    """Terms of promises were made (``created``), ``updated`` or ``removed``."""

    TYPE: ClassVar[str] = "promise_terms.changed"

    change: str
    channel: str
    location: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseAtRisk(DomainEvent):
    """A promise will hardly be kept; told once, before it is late; the stream is the order's.

    ``reason`` is what it waits for: ``planned``, ``unanswered``, ``unprepared``, ``not_collected``
    or ``in_transit``.
    """

    TYPE: ClassVar[str] = "promise.at_risk"

    order: str
    location: str
    chance: float
    reason: str
    promised_latest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseRenewed(DomainEvent):
    """The customer is told another day: ``latest`` in place of ``promised_latest``."""

    TYPE: ClassVar[str] = "promise.renewed"

    order: str
    location: str
    reason: str
    promised_latest: datetime
    latest: datetime
