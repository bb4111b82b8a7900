"""Small worlds in memory: a network, carriers, stock and a clock, all made up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chaland.availability.sellable import SellableStock
from chaland.availability.types import StockRule
from chaland.availability.withholding import Withholding
from chaland.inventory.types import StockMatrix
from chaland.network.types import (
    Calendar,
    Capability,
    ChannelFacts,
    ChannelKind,
    ClosedPeriod,
    LocationFacts,
    LocationGroupFacts,
    LocationKind,
    NetworkSnapshot,
    OpeningWindow,
    OrganisationFacts,
    OrganisationKind,
    unit_vectors,
)
from chaland.promise.engine import PromiseEngine
from chaland.promise.types import (
    CarrierServiceFacts,
    PriceBand,
    PriceRow,
    PromiseFacts,
    ServiceKind,
    TransitBand,
)
from chaland.sourcing.types import (
    Decision,
    Demand,
    DemandLine,
    Method,
    Policy,
    PolicyBook,
    SplitLimits,
    Step,
    StrategyWeights,
    UnitOutlook,
    World,
)

FRIDAY = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""A plain working day in France, 10:00 in Paris."""

PARIS = (48.8566, 2.3522)
LYON = (45.7640, 4.8357)
LILLE = (50.6292, 3.0573)
MARSEILLE = (43.2965, 5.3698)

HOURS = tuple(OpeningWindow(day, time(9), time(19)) for day in range(6))


@dataclass(frozen=True, kw_only=True)
class Site:
    """A location as a test speaks of it."""

    code: str
    at: tuple[float, float] = PARIS
    hours: tuple[OpeningWindow, ...] = HOURS
    closures: tuple[ClosedPeriod, ...] = ()
    open_on_holidays: bool = False
    per_order: str = "1.00"
    per_line: str = "0.20"
    handling_minutes: int = 60
    cut_off: time = time(16)
    capacity: int = 0
    capabilities: frozenset[Capability] = frozenset({Capability.SHIP, Capability.PICKUP})
    organisation: int = 1
    active: bool = True
    paused_at: datetime | None = None
    paused_until: datetime | None = None
    country: str = "FR"
    region: str = ""
    time_zone: str = "Europe/Paris"
    kind: LocationKind = LocationKind.STORE
    refuses: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A channel as a test speaks of it: ``pool`` holds location codes, empty for all."""

    code: str = "web"
    pool: tuple[str, ...] = ()
    release_delay_minutes: int = 0


def location_facts(index: int, site: Site) -> LocationFacts:
    return LocationFacts(
        id=100 + index,
        index=index,
        code=site.code,
        name=site.code,
        kind=site.kind,
        organisation_id=site.organisation,
        organisation=f"org-{site.organisation}",
        country=site.country,
        region=site.region,
        postal_code="",
        city="",
        street="",
        latitude=site.at[0],
        longitude=site.at[1],
        time_zone=site.time_zone,
        capabilities=site.capabilities,
        daily_capacity=site.capacity,
        handling_minutes=site.handling_minutes,
        cost_per_order=Decimal(site.per_order),
        cost_per_line=Decimal(site.per_line),
        cut_off=site.cut_off,
        active=site.active,
        paused_at=site.paused_at,
        paused_until=site.paused_until,
        pause_reason="",
        calendar=Calendar(
            time_zone=site.time_zone,
            windows=site.hours,
            closures=site.closures,
            country=site.country,
            region=site.region,
            open_on_holidays=site.open_on_holidays,
        ),
        version=1,
        refused_restrictions=site.refuses,
    )


def network_of(
    sites: Sequence[Site], channels: Sequence[Channel] = (Channel(),)
) -> NetworkSnapshot:
    locations = tuple(location_facts(index, site) for index, site in enumerate(sites))
    by_code = {item.code: item.index for item in locations}
    organisation_ids = sorted({item.organisation_id for item in locations})
    latitude = np.array([item.latitude for item in locations])
    longitude = np.array([item.longitude for item in locations])
    index_of_id = np.full(100 + len(locations), -1, np.int32)
    index_of_id[100:] = np.arange(len(locations))
    masks = {
        channel.code: np.array([item.code in channel.pool for item in locations], np.bool_)
        for channel in channels
        if channel.pool
    }
    facts = [
        ChannelFacts(
            id=number,
            code=channel.code,
            name=channel.code,
            kind=ChannelKind.WEB,
            brand="",
            currency="EUR",
            countries=frozenset({"FR"}),
            pool=channel.code if channel.pool else "",
            release_delay_minutes=channel.release_delay_minutes,
            active=True,
            version=1,
        )
        for number, channel in enumerate(channels, start=1)
    ]
    return NetworkSnapshot(
        revision=1,
        organisations=tuple(
            OrganisationFacts(
                id=number,
                code=f"org-{number}",
                name="",
                kind=OrganisationKind.GROUP,
                parent="",
                vat_number="",
                country="FR",
                active=True,
                version=1,
            )
            for number in organisation_ids
        ),
        locations=locations,
        index_of={item.id: item.index for item in locations},
        by_code=by_code,
        index_of_id=index_of_id,
        location_ids=np.array([item.id for item in locations], np.int64),
        latitude=latitude,
        longitude=longitude,
        unit=unit_vectors(latitude, longitude),
        cost_per_order=np.array([float(item.cost_per_order) for item in locations]),
        cost_per_line=np.array([float(item.cost_per_line) for item in locations]),
        handling_minutes=np.array([item.handling_minutes for item in locations], np.int32),
        daily_capacity=np.array([item.daily_capacity for item in locations], np.int32),
        organisation_index=np.array(
            [organisation_ids.index(item.organisation_id) for item in locations], np.int32
        ),
        active=np.array([item.active for item in locations]),
        paused_from=np.array(
            [np.inf if i.paused_at is None else i.paused_at.timestamp() for i in locations]
        ),
        paused_until=np.array(
            [np.inf if i.paused_until is None else i.paused_until.timestamp() for i in locations]
        ),
        can={
            capability: np.array([capability in item.capabilities for item in locations])
            for capability in Capability
        },
        groups={
            channel.code: LocationGroupFacts(
                id=number, code=channel.code, name="", locations=channel.pool, version=1
            )
            for number, channel in enumerate(channels)
            if channel.pool
        },
        group_masks=masks,
        channels={item.code: item for item in facts},
        channels_by_id={item.id: item for item in facts},
        refuses={
            word: np.array([word in site.refuses for site in sites])
            for word in frozenset[str]().union(*(site.refuses for site in sites))
        },
    )


def tariff(*rows: tuple[int, Sequence[tuple[int | None, str]]]) -> tuple[PriceRow, ...]:
    return tuple(
        PriceRow(
            max_weight_grams=grams,
            bands=tuple(PriceBand(up_to_km=km, price=Decimal(price)) for km, price in bands),
        )
        for grams, bands in rows
    )


HOME_TARIFF = tariff(
    (1_000, [(100, "4.90"), (400, "5.60"), (None, "6.30")]),
    (5_000, [(100, "7.40"), (400, "8.60"), (None, "9.90")]),
    (30_000, [(100, "14.90"), (400, "18.00"), (None, "22.00")]),
)


def service(
    code: str = "home-standard",
    *,
    number: int = 1,
    kind: ServiceKind = ServiceKind.HOME,
    bands: Sequence[tuple[int | None, int, int]] = ((150, 1, 2), (500, 2, 3), (None, 2, 4)),
    prices: tuple[PriceRow, ...] = HOME_TARIFF,
    collection_weekdays: tuple[int, ...] = (0, 1, 2, 3, 4),
    last_collection: time = time(17),
    delivery_weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5),
    delivers_on_holidays: bool = False,
    countries: tuple[str, ...] = (),
    active: bool = True,
    refuses: tuple[str, ...] = (),
) -> CarrierServiceFacts:
    return CarrierServiceFacts(
        id=number,
        version=1,
        code=code,
        name=code,
        carrier_code="post",
        carrier_name="Post",
        kind=kind,
        collection_weekdays=collection_weekdays,
        last_collection=last_collection,
        delivery_weekdays=delivery_weekdays,
        delivers_on_holidays=delivers_on_holidays,
        transit_bands=tuple(
            TransitBand(up_to_km=km, earliest_days=early, latest_days=late)
            for km, early, late in bands
        ),
        tariff=prices,
        countries=countries,
        active=active,
        refused_restrictions=refuses,
    )


def engine_of(
    sites: Sequence[Site],
    services: Sequence[CarrierServiceFacts] | None = None,
    channels: Sequence[Channel] = (Channel(),),
) -> PromiseEngine:
    facts = tuple(services) if services is not None else (service(),)
    return PromiseEngine(
        network_of(sites, channels),
        PromiseFacts(revision=1, services=facts, by_code={item.code: item for item in facts}),
    )


@dataclass(frozen=True)
class _Book:
    """One policy for every order."""

    policy: Policy

    def policy_of(self, demand: Demand) -> Policy:  # noqa: ARG002 - the same for every demand
        return self.policy

    def weighs(self, weight: str) -> bool:
        return bool(getattr(self.policy.weights, weight))


@dataclass(kw_only=True)
class Scene:
    """A world in the making: ``stock`` maps a SKU to what each site (by code) has of it."""

    sites: Sequence[Site]
    stock: Mapping[int, Mapping[str, int]]
    services: Sequence[CarrierServiceFacts] | None = None
    channels: Sequence[Channel] = (Channel(),)
    weights: StrategyWeights = field(default_factory=StrategyWeights)
    now: datetime = FRIDAY
    load: Mapping[str, int] = field(default_factory=dict)
    rules: Sequence[StockRule] = ()
    circles: Sequence[Sequence[str]] = ()
    split: SplitLimits = field(default_factory=SplitLimits)
    site_prices: Mapping[str, int] = field(default_factory=dict)
    scarcity: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    unpickable: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    ageing: Mapping[int, Mapping[str, int]] = field(default_factory=dict)

    def world(self) -> World:
        """Make a new world; nothing in it is shared with another but what never changes."""
        engine = engine_of(self.sites, self.services, self.channels)
        sku_ids = tuple(self.stock)
        available = np.array(
            [[self.stock[sku].get(site.code, 0) for site in self.sites] for sku in sku_ids],
            np.int32,
        ).reshape(len(sku_ids), len(self.sites))
        return World(
            network=engine.network,
            promise=engine,
            stock=SellableStock(
                StockMatrix(sku_ids, available, {sku: row for row, sku in enumerate(sku_ids)}),
                self._withholding(engine.network),
                {},
            ),
            load=np.array([self.load.get(site.code, 0) for site in self.sites], np.int32),
            now=self.now,
            policies=self._book(),
            outlook=UnitOutlook(
                scarcity=self._table(self.scarcity).astype(np.int64),
                unpickable=self._table(self.unpickable).astype(np.float32),
                ageing=self._table(self.ageing).astype(np.int64),
            ),
        )

    def _table(self, values: Mapping[int, Mapping[str, float]]) -> NDArray[np.float64]:
        return np.array(
            [[values.get(sku, {}).get(site.code, 0) for site in self.sites] for sku in self.stock],
            np.float64,
        ).reshape(len(self.stock), len(self.sites))

    def _book(self) -> PolicyBook:
        prices = np.array([self.site_prices.get(site.code, 0) for site in self.sites], np.int64)
        circles = [
            np.array([site.code in codes for site in self.sites], np.bool_)
            for codes in self.circles
        ]
        policy = Policy(
            strategy="default",
            version=1,
            weights=self.weights,
            site_prices=prices if self.site_prices else None,
            steps=tuple(Step(sites=circle) for circle in circles) or (Step(),),
            split=self.split,
        )
        return _Book(policy)

    def _withholding(self, network: NetworkSnapshot) -> Withholding:
        return Withholding(
            network,
            self.rules,
            now=self.now,
            profiles=lambda _sku_ids: {},
            fences=lambda _sku_ids, _channels: {},
        )


def ship(
    lines: Mapping[int, int] | Sequence[tuple[int, int]],
    *,
    at: tuple[float, float] = PARIS,
    grams: int = 300,
    needs: Mapping[int, str] = MappingProxyType({}),
    **more: Any,
) -> Demand:
    """Make a demand for SKUs and quantities, each unit weighing *grams*.

    *needs* is the restriction that a SKU's goods have.
    """
    pairs = lines.items() if isinstance(lines, Mapping) else lines
    facts: dict[str, Any] = {"method": Method.SHIP, "channel_code": "web", "country": "FR", **more}
    return Demand(
        lines=tuple(
            DemandLine(
                sku_id=sku,
                quantity=quantity,
                weight_grams=grams,
                restrictions=frozenset({needs[sku]} if sku in needs else ()),
            )
            for sku, quantity in pairs
        ),
        latitude=at[0],
        longitude=at[1],
        **facts,
    )


def chosen(decision: Decision) -> dict[str, dict[int, int]]:
    """Return what each location gives: units by line."""
    given: dict[str, dict[int, int]] = {}
    for assignment in decision.assignments:
        lines = given.setdefault(assignment.location_code, {})
        for portion in assignment.portions:
            lines[portion.line] = lines.get(portion.line, 0) + portion.quantity
    return given
