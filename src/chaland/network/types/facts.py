"""What other rooms read about organisations, locations, channels and places."""

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Literal

from chaland.network.types.calendar import Calendar
from chaland.network.types.words import (
    OWNERS_OF_THEIR_STOCK,
    Capability,
    ChannelKind,
    LocationKind,
    OrganisationKind,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationFacts:
    """A legal entity. ``parent`` and ``vat_number`` are empty when there is none.

    ``channels`` are the codes of the channels that may sell its stock. They count for kinds that
    own their stock (``OWNERS_OF_THEIR_STOCK``); that of the group is every channel's.
    """

    id: int
    code: str
    name: str
    kind: OrganisationKind
    parent: str
    vat_number: str
    country: str
    active: bool
    version: int
    channels: frozenset[str] = frozenset()

    def agrees_to(self, channel: str) -> bool:
        """Tell whether the channel called *channel* may sell its stock."""
        return self.kind not in OWNERS_OF_THEIR_STOCK or channel in self.channels


@dataclass(frozen=True, kw_only=True, eq=False)
class LocationFacts:
    """A place that holds or hands over goods.

    ``handling_minutes`` is opening time needed to prepare an order; ``daily_capacity`` is in
    fulfilment orders a day, 0 for no limit; costs are in the retailer's currency; ``cut_off`` is
    the local time of the last departure of the day; ``organisation`` is a code. A paused location
    takes no new work from ``paused_at`` to ``paused_until``, or until further notice (None).
    ``refused_restrictions`` are the restrictions of goods that it does not handle.
    """

    id: int
    index: int
    code: str
    name: str
    kind: LocationKind
    organisation_id: int
    organisation: str
    country: str
    region: str
    postal_code: str
    city: str
    street: str
    latitude: float
    longitude: float
    time_zone: str
    capabilities: frozenset[Capability]
    daily_capacity: int
    handling_minutes: int
    cost_per_order: Decimal
    cost_per_line: Decimal
    cut_off: time
    active: bool
    paused_at: datetime | None
    paused_until: datetime | None
    pause_reason: str
    calendar: Calendar
    version: int
    refused_restrictions: frozenset[str] = frozenset()

    def is_paused(self, now: datetime) -> bool:
        """Tell whether the location takes no new work at *now*."""
        return self.paused_at is not None and (self.paused_until is None or self.paused_until > now)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFacts:
    """Where orders come from. ``pool`` is the code of a location group, empty for all locations.

    ``release_delay_minutes`` is how long an order waits before a site may see it.
    """

    id: int
    code: str
    name: str
    kind: ChannelKind
    brand: str
    currency: str
    countries: frozenset[str]
    pool: str
    release_delay_minutes: int
    active: bool
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationGroupFacts:
    """A named set of locations; ``locations`` are codes, in order."""

    id: int
    code: str
    name: str
    locations: tuple[str, ...]
    version: int


Precision = Literal["postal_code", "region", "department", "given"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a postal code is. ``precision`` says how well we know it.

    ``postal_code``: the middle of that postal code's town; ``region``: the middle of the known
    postal codes that begin alike, ``department``: the seat of its département, both tens of
    kilometres off; ``given``: coordinates that came with the address.
    """

    latitude: float
    longitude: float
    precision: Precision
    name: str = ""
