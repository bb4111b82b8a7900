"""The sites: every Carrefour and Carrefour Market of the file, and two warehouses."""

from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

import numpy as np
import polars as pl

from chaland.network.types import (
    Calendar,
    Capability,
    ChannelFacts,
    ChannelKind,
    LocationFacts,
    LocationKind,
    NetworkSnapshot,
    OpeningWindow,
    OrganisationFacts,
    OrganisationKind,
    unit_vectors,
)

CHANNEL = "web"
HYPER, MARKET, WAREHOUSE = "Carrefour", "Carrefour Market", "warehouse"

WAREHOUSES = (
    ("Moissy-Cramayel", 48.6261, 2.6012),
    ("Saint-Quentin-Fallavier", 45.6434, 5.1127),
)
"""The two largest places of French logistics: south-east of Paris, east of Lyon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a kind of site is able to, and at what cost; packaging is in ``per_order``."""

    location: LocationKind
    opens: time
    closes: time
    cut_off: time
    handling_minutes: int
    capacity: int
    per_order: Decimal
    per_line: Decimal


KINDS = {
    # A picker with a cart and a carton, one order after the other: 5 minutes an order and 80
    # seconds a line at 24 € an hour, all charges in, and a carton of 0.40 €.
    HYPER: Kind(
        location=LocationKind.STORE,
        opens=time(9),
        closes=time(20),
        cut_off=time(15),
        handling_minutes=90,
        capacity=60,
        per_order=Decimal("2.40"),
        per_line=Decimal("0.55"),
    ),
    MARKET: Kind(
        location=LocationKind.STORE,
        opens=time(9),
        closes=time(19, 30),
        cut_off=time(15),
        handling_minutes=90,
        capacity=20,
        per_order=Decimal("2.40"),
        per_line=Decimal("0.55"),
    ),
    # Batches of orders and a packing line: 2 minutes an order, 35 seconds a line.
    WAREHOUSE: Kind(
        location=LocationKind.WAREHOUSE,
        opens=time(6),
        closes=time(21),
        cut_off=time(16),
        handling_minutes=90,
        capacity=1600,
        per_order=Decimal("1.20"),
        per_line=Decimal("0.24"),
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """The network, and of which kind each of its locations is."""

    network: NetworkSnapshot
    kinds: tuple[str, ...]


def sites_of(data: Path) -> Sites:
    """Read the shops, add the warehouses."""
    table = pl.read_csv(
        data / "fr_store_sites" / "fuel_retail_sites_fr.csv", infer_schema_length=0
    ).filter(pl.col("Enseignes").is_in([HYPER, MARKET]))
    rows = [
        (kind, name, float(latitude), float(longitude))
        for kind, name, latitude, longitude in table.select(
            "Enseignes", "Ville", "lat", "lng"
        ).iter_rows()
    ]
    rows = [(WAREHOUSE, *place) for place in WAREHOUSES] + rows
    locations = tuple(_location(number, *row) for number, row in enumerate(rows))
    return Sites(_snapshot(locations), tuple(row[0] for row in rows))


def _location(index: int, kind: str, name: str, latitude: float, longitude: float) -> LocationFacts:
    facts = KINDS[kind]
    hours = tuple(OpeningWindow(day, facts.opens, facts.closes) for day in range(6))
    return LocationFacts(
        id=index + 1,
        index=index,
        code=f"S{index:04d}",
        name=name,
        kind=facts.location,
        organisation_id=1,
        organisation="group",
        country="FR",
        region="",
        postal_code="",
        city=name,
        street="",
        latitude=latitude,
        longitude=longitude,
        time_zone="Europe/Paris",
        capabilities=frozenset({Capability.SHIP}),
        daily_capacity=facts.capacity,
        handling_minutes=facts.handling_minutes,
        cost_per_order=facts.per_order,
        cost_per_line=facts.per_line,
        cut_off=facts.cut_off,
        active=True,
        paused_at=None,
        paused_until=None,
        pause_reason="",
        calendar=Calendar(
            time_zone="Europe/Paris",
            windows=hours,
            closures=(),
            country="FR",
            region="",
            open_on_holidays=False,
        ),
        version=1,
    )


def _snapshot(locations: tuple[LocationFacts, ...]) -> NetworkSnapshot:
    count = len(locations)
    latitude = np.array([item.latitude for item in locations])
    longitude = np.array([item.longitude for item in locations])
    channel = ChannelFacts(
        id=1,
        code=CHANNEL,
        name="Web",
        kind=ChannelKind.WEB,
        brand="",
        currency="EUR",
        countries=frozenset({"FR"}),
        pool="",
        release_delay_minutes=0,
        active=True,
        version=1,
    )
    group = OrganisationFacts(
        id=1,
        code="group",
        name="Group",
        kind=OrganisationKind.GROUP,
        parent="",
        vat_number="",
        country="FR",
        active=True,
        version=1,
    )
    return NetworkSnapshot(
        revision=1,
        organisations=(group,),
        locations=locations,
        index_of=MappingProxyType({item.id: item.index for item in locations}),
        by_code=MappingProxyType({item.code: item.index for item in locations}),
        index_of_id=np.arange(-1, count, dtype=np.int32),
        location_ids=np.arange(1, count + 1, dtype=np.int64),
        latitude=latitude,
        longitude=longitude,
        unit=unit_vectors(latitude, longitude),
        cost_per_order=np.array([float(item.cost_per_order) for item in locations]),
        cost_per_line=np.array([float(item.cost_per_line) for item in locations]),
        handling_minutes=np.array([item.handling_minutes for item in locations], np.int32),
        daily_capacity=np.array([item.daily_capacity for item in locations], np.int32),
        organisation_index=np.zeros(count, np.int32),
        active=np.ones(count, np.bool_),
        paused_from=np.full(count, np.inf),
        paused_until=np.full(count, np.inf),
        can=MappingProxyType(
            {
                capability: np.array([capability in item.capabilities for item in locations])
                for capability in Capability
            }
        ),
        groups=MappingProxyType({}),
        group_masks=MappingProxyType({}),
        channels=MappingProxyType({CHANNEL: channel}),
        channels_by_id=MappingProxyType({1: channel}),
    )
