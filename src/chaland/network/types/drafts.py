"""What may be written about the network, before it is checked."""

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import NamedTuple

from chaland.network.types.calendar import ClosedPeriod, OpeningWindow
from chaland.network.types.words import Capability, ChannelKind, LocationKind, OrganisationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationDraft:
    """An organisation as it shall be; ``parent`` is another organisation's code, or empty."""

    code: str
    name: str
    kind: OrganisationKind
    country: str
    parent: str = ""
    vat_number: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationDraft:
    """A location as it shall be.

    Without coordinates, those of its postal code are taken. ``daily_capacity`` of 0 is no limit.
    ``hours`` and ``closures`` of None leave what is there; a tuple replaces it.
    ``refused_restrictions`` are the restrictions of goods that it does not handle. A new location
    without ``hours`` is open Monday to Saturday, 09:00 to 19:00.
    """

    code: str
    name: str
    kind: LocationKind
    organisation: str
    country: str
    postal_code: str
    city: str
    street: str = ""
    region: str = ""
    latitude: float | None = None
    longitude: float | None = None
    time_zone: str = "Europe/Paris"
    capabilities: frozenset[Capability] = frozenset({Capability.SHIP})
    daily_capacity: int = 0
    handling_minutes: int = 60
    cost_per_order: Decimal = Decimal(0)
    cost_per_line: Decimal = Decimal(0)
    cut_off: time = time(16)
    open_on_holidays: bool = False
    active: bool = True
    refused_restrictions: frozenset[str] = frozenset()
    hours: tuple[OpeningWindow, ...] | None = None
    closures: tuple[ClosedPeriod, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationGroupDraft:
    """A named set of locations as it shall be; ``locations`` are codes."""

    code: str
    name: str
    locations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDraft:
    """A channel as it shall be; ``pool`` is a location group's code, empty for every location."""

    code: str
    name: str
    kind: ChannelKind
    currency: str
    countries: frozenset[str]
    brand: str = ""
    pool: str = ""
    release_delay_minutes: int = 0
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementDraft:
    """Which channels (codes) may sell an organisation's stock: these and no others."""

    organisation: str
    channels: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalAreaDraft:
    """Where a postal code is, in degrees."""

    country: str
    postal_code: str
    name: str
    latitude: float
    longitude: float


class PostalRow(NamedTuple):
    """One line of a table of postal codes: a code has as many lines as it has places."""

    country: str
    postal_code: str
    name: str
    region: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedAreas:
    """What an import did: postal codes *written*, earlier ones *removed*, those *kept* as given.

    ``kept`` were loaded by hand or by the API before, which goes before any import.
    """

    countries: tuple[str, ...]
    rows: int
    written: int
    removed: int
    kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Why and until when locations take no new work; ``until`` of None: until further notice."""

    reason: str
    until: datetime | None = None


DEFAULT_HOURS = tuple(OpeningWindow(weekday, time(9), time(19)) for weekday in range(6))
