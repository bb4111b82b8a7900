"""What has to be found: the demand of one order."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Method(StrEnum):
    """How the goods reach the customer."""

    SHIP = "ship"
    PICKUP = "pickup"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandLine:
    """*quantity* units of one SKU, ``weight_grams`` each. Two lines may ask for the same SKU.

    ``restrictions`` are what its goods ask of a site and of a carrier (cold, hazardous, bulky);
    lines of one ``parcel_group`` (not empty) travel in one parcel; those of one ``kit`` are its
    components, of which every parcel has whole kits; ``ships_alone`` ones share
    theirs with no other line. ``category`` and ``tags`` are the SKU's, for rules to read.
    """

    sku_id: int
    quantity: int
    weight_grams: int = 0
    volume_cm3: int = 0
    longest_mm: int = 0
    restrictions: frozenset[str] = frozenset()
    category: str = ""
    tags: frozenset[str] = frozenset()
    parcel_group: str = ""
    ships_alone: bool = False
    kit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What has to be found for one order.

    For ``ship``: the destination, and the codes of the services that will do (None: any of kind
    home). For ``pickup``: the location where the customer collects. ``exclusions`` are ids of
    locations that refused before; ``organisation_ids`` limits whose stock may serve (a merchant's
    own order). ``allow_split`` False asks for one location for everything; ``allow_partial`` True
    takes what can be had, split as it may be, and reports the rest; otherwise it is all or
    nothing.
    ``promised_latest`` is a promise already given: arriving after it costs extra.
    ``postal_code``, ``value`` (the goods' price, in the channel's currency), ``tags`` (the
    order's own) are for rules to read; ``pilot_key`` is what puts an order by chance into a pilot
    or beside it, always the same way for the same key.
    """

    lines: tuple[DemandLine, ...]
    method: Method
    channel_code: str
    country: str
    latitude: float
    longitude: float
    service_codes: tuple[str, ...] | None = None
    pickup_location_id: int | None = None
    exclusions: frozenset[int] = frozenset()
    organisation_ids: frozenset[int] | None = None
    allow_split: bool = True
    allow_partial: bool = False
    promised_latest: datetime | None = None
    postal_code: str = ""
    value: Decimal = Decimal(0)
    tags: frozenset[str] = frozenset()
    pilot_key: str = ""

    @property
    def restrictions(self) -> frozenset[str]:
        """What any of its goods asks of a site and of a carrier."""
        return frozenset[str]().union(*(line.restrictions for line in self.lines))
