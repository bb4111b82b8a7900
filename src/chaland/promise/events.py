"""Facts that the promise room tells."""

from dataclasses import dataclass
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
