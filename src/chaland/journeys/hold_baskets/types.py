"""What goes into a batch of baskets, and what comes out for each."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple

from chaland.catalog.types import SkuFacts
from chaland.journeys.hold_baskets.body import HoldBody
from chaland.kernel.actor import Actor
from chaland.network.types import ChannelFacts
from chaland.sourcing.types import Demand

DEFAULT_TTL = 900
"""Seconds that a basket's units are kept when its channel does not say how long."""


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """One basket, as one actor sent it; the key names the request, None when it has none."""

    body: HoldBody
    actor: Actor
    request_hash: bytes = b""
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class HoldAnswer:
    """What the client is told: an HTTP status and a body of JSON, encoded once."""

    status: int
    content: bytes
    replayed: bool = False

    @property
    def refused(self) -> bool:
        """Tell whether the body is a problem."""
        return self.status >= HTTPStatus.BAD_REQUEST


class Part(NamedTuple):
    """Units of a SKU for line number *line* (from 0), at a location (dense index) or anywhere."""

    line: int
    sku: SkuFacts
    quantity: int
    location: int | None


@dataclass(frozen=True, slots=True)
class Wish:
    """A basket whose every reference was found.

    ``demand`` is what is to be found for the parts without a location, when it is known where they
    go. ``visible`` are ids of the locations that its actor may sell from; None for all.
    """

    channel: ChannelFacts
    parts: tuple[Part, ...]
    demand: Demand | None
    visible: frozenset[int] | None

    @property
    def is_fixed(self) -> bool:
        """Tell whether the basket says itself where everything is to be kept."""
        return all(part.location is not None for part in self.parts)
