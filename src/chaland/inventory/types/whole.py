"""Every kind of stock of one SKU, side by side."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from chaland.inventory.types.lots import LotView
from chaland.inventory.types.positions import UnavailableStatus
from chaland.inventory.types.supply import SupplyView
from chaland.network.types import LocationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class StockAt:
    """The stock of a SKU at one location, in units.

    ``reserved`` is for orders, ``held`` for baskets, ``sellable`` may still be promised before any
    channel's rules. ``inbound`` are the lines that come here (purchases and transfers on their
    way), ``outbound`` the transfers that left and have not arrived. At a supplier's or a
    marketplace's location ``on_hand`` is what they declared or hold for us: see ``kind``.
    ``lots`` are those of a SKU that is followed by lot, one without a name for unknown units.
    ``counted_at`` is the moment of the last count, None if there was none.
    """

    location_id: int
    location: str
    name: str
    kind: LocationKind
    organisation: str
    on_hand: int
    reserved: int
    held: int
    sellable: int
    statuses: Mapping[UnavailableStatus, int]
    incoming: int
    inbound: tuple[SupplyView, ...]
    outbound: tuple[SupplyView, ...]
    lots: tuple[LotView, ...]
    counted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KindTotals:
    """The stock of a SKU over all locations of one kind, in units."""

    locations: int
    on_hand: int
    reserved: int
    held: int
    sellable: int
    unavailable: int
    incoming: int

    @classmethod
    def of(cls, places: Iterable[StockAt]) -> "KindTotals":
        """Add up *places*."""
        listed = list(places)
        return cls(
            locations=len(listed),
            on_hand=sum(place.on_hand for place in listed),
            reserved=sum(place.reserved for place in listed),
            held=sum(place.held for place in listed),
            sellable=sum(place.sellable for place in listed),
            unavailable=sum(sum(place.statuses.values()) for place in listed),
            incoming=sum(place.incoming for place in listed),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeStock:
    """Every kind of stock of one SKU: by location, by kind of location, and between locations.

    ``in_transit`` counts units of transfers that have left and not arrived, ``on_order`` units of
    open purchases, both towards locations that were asked for; ``late`` is how many of the two
    should have come already.
    """

    sku_id: int
    places: tuple[StockAt, ...]
    kinds: Mapping[LocationKind, KindTotals]
    in_transit: int
    on_order: int
    late: int
