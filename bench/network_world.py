"""One French retailer on the map: 939 real shops, 2 warehouses, a week of orders.

Everything that is not in a file is said here, once, with where it comes from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from bench.network_map import CHANNEL, HYPER, WAREHOUSE, sites_of
from bench.network_shelves import Shelves
from chaland.availability.withholding import Withholding
from chaland.lab.simulation import Arrival, Scenario, StockChanges
from chaland.network.types import NetworkSnapshot
from chaland.promise.engine import PromiseEngine
from chaland.promise.types import (
    CarrierServiceFacts,
    PriceBand,
    PriceRow,
    PromiseFacts,
    ServiceKind,
    TransitBand,
)
from chaland.sourcing.types import Demand, DemandLine, Method

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
DAYS = 6

PRICES: tuple[tuple[int, tuple[str, str, str]], ...] = (
    (500, ("4.20", "4.60", "5.00")),
    (1_000, ("4.70", "5.20", "5.70")),
    (2_000, ("5.30", "5.90", "6.50")),
    (5_000, ("6.10", "6.80", "7.60")),
    (10_000, ("7.20", "8.10", "9.00")),
    (30_000, ("9.60", "10.90", "12.40")),
)
"""A contract for domestic parcels to the door, by weight step, up to 150 km, 450 km, beyond."""

ZONES = (150, 450, None)

PACKAGING = 4_000
"""A carton with its filling: €0.40, part of what an order costs at every site."""

MOST_LINES, MOST_UNITS = 6, 2
"""A household's basket: real invoices with at most so many articles, each at most so often."""

PROMISED_DAYS = 4
"""Delivery days after the day of the order, the same whoever decides."""

_HOURLY = np.array(
    [2, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 6, 6, 6, 6, 5, 5, 5, 6, 7, 8, 8, 6, 4], np.float64
)
_HYPER_LISTS, _MARKET_LISTS = (0.8, 0.6, 0.4, 0.25), (0.35, 0.2, 0.1, 0.05)
_WAREHOUSE_LISTS = (0.9, 0.85, 0.8, 0.7)
_WAREHOUSE_COVER_DAYS = 3.0
_WAREHOUSE_WRONG = 0.005
_MEDIAN_GRAMS, _SPREAD_GRAMS = 350.0, 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Retailer:
    """The scenario, and which sites are shops."""

    scenario: Scenario
    shops: npt.NDArray[np.bool_]


def retailer(data: Path, known: Shelves, *, orders: int, seed: int) -> Retailer:
    """Put the retailer together from the files in *data*."""
    draw = np.random.default_rng(seed)
    sites = sites_of(data)
    network = sites.network
    engine = engine_of(network)
    baskets, popularity = _baskets(data)
    grams = np.exp(draw.normal(np.log(_MEDIAN_GRAMS), _SPREAD_GRAMS, len(popularity)))
    arrivals = _arrivals(data, baskets, grams.astype(np.int64) + 1, orders=orders, draw=draw)
    shops = np.array([kind != WAREHOUSE for kind in sites.kinds])
    stock = _stock(orders, popularity, sites.kinds, known, draw)
    scenario = Scenario(
        network=network,
        promise=engine,
        sku_ids=tuple(range(len(popularity))),
        recorded=stock.recorded,
        actual=stock.actual,
        chance=stock.chance,
        arrivals=arrivals,
        changes=stock.deliveries,
        withholding=Withholding(
            network, now=MONDAY, profiles=lambda _skus: {}, fences=lambda _skus, _channels: {}
        ),
        starts=int(MONDAY.timestamp()),
        tick=1800,
        whole_lines=True,
        packaging=PACKAGING,
        seed=seed,
    )
    return Retailer(scenario, shops)


def engine_of(network: NetworkSnapshot) -> PromiseEngine:
    """Return the promise engine with the one carrier that everything goes by."""
    tariff = tuple(
        PriceRow(
            max_weight_grams=grams,
            bands=tuple(
                PriceBand(up_to_km=km, price=Decimal(price))
                for km, price in zip(ZONES, prices, strict=True)
            ),
        )
        for grams, prices in PRICES
    )
    service = CarrierServiceFacts(
        id=1,
        version=1,
        code="home",
        name="Home",
        carrier_code="carrier",
        carrier_name="Carrier",
        kind=ServiceKind.HOME,
        collection_weekdays=(0, 1, 2, 3, 4, 5),
        last_collection=time(18),
        delivery_weekdays=(0, 1, 2, 3, 4, 5),
        transit_bands=(
            TransitBand(up_to_km=150, earliest_days=1, latest_days=2),
            TransitBand(up_to_km=None, earliest_days=1, latest_days=3),
        ),
        tariff=tariff,
    )
    facts = PromiseFacts(revision=1, services=(service,), by_code={service.code: service})
    return PromiseEngine(network, facts)


def _baskets(data: Path) -> tuple[list[tuple[tuple[int, int], ...]], npt.NDArray[np.float64]]:
    """Return real household-sized invoices, and how often each of their articles is asked for."""
    lines = (
        pl.read_parquet(data / "uci_online_retail" / "online_retail.parquet")
        .filter(
            ~pl.col("InvoiceNo").str.starts_with("C")
            & (pl.col("Quantity") > 0)
            & (pl.col("UnitPrice") > 0)
            & pl.col("StockCode").str.contains(r"^\d{5}")
        )
        .group_by("InvoiceNo", "StockCode")
        .agg(pl.col("Quantity").sum())
        .filter(pl.len().over("InvoiceNo") <= MOST_LINES)
        .sort("InvoiceNo", "StockCode")
    )
    codes = {code: row for row, code in enumerate(lines["StockCode"].unique().sort())}
    baskets: dict[str, list[tuple[int, int]]] = {}
    popularity = np.zeros(len(codes))
    for invoice, code, quantity in lines.iter_rows():
        units = min(quantity, MOST_UNITS)
        baskets.setdefault(invoice, []).append((codes[code], units))
        popularity[codes[code]] += units
    return [tuple(basket) for basket in baskets.values()], popularity / len(baskets)


def _arrivals(
    data: Path,
    baskets: Sequence[tuple[tuple[int, int], ...]],
    grams: npt.NDArray[np.int64],
    *,
    orders: int,
    draw: np.random.Generator,
) -> list[Arrival]:
    """Draw orders: a commune by its population, a real basket, a moment of the week."""
    towns = _towns(data)
    weights = towns["population"].to_numpy().astype(np.float64)
    places = draw.choice(len(towns), orders, p=weights / weights.sum())
    points = towns.select("latitude", "longitude").to_numpy()[places]
    which = draw.integers(len(baskets), size=orders)
    days = np.sort(draw.integers(DAYS, size=orders))
    hours = draw.choice(24, orders, p=_HOURLY / _HOURLY.sum())
    moments = np.sort(
        int(MONDAY.timestamp()) + days * 86_400 + hours * 3600 + draw.integers(3600, size=orders)
    )
    return [
        Arrival(
            int(moment),
            Demand(
                lines=tuple(
                    DemandLine(sku_id=row, quantity=units, weight_grams=int(grams[row]))
                    for row, units in baskets[basket]
                ),
                method=Method.SHIP,
                channel_code=CHANNEL,
                country="FR",
                latitude=float(point[0]),
                longitude=float(point[1]),
                promised_latest=_promised(int(moment)),
                allow_partial=True,
            ),
        )
        for moment, basket, point in zip(moments, which, points, strict=True)
    ]


def _towns(data: Path) -> pl.DataFrame:
    """Return metropolitan communes with their population and the middle of their postal code."""
    codes = (
        pl.read_parquet(data / "geonames_postal" / "eu_postal.parquet")
        .filter(pl.col("country_code") == "FR")
        .group_by("zipcode")
        .agg(pl.col("latitude").mean(), pl.col("longitude").mean())
    )
    return (
        pl.read_csv(data / "fr_communes" / "communes.csv", infer_schema_length=0)
        .filter(
            (pl.col("type") == "commune-actuelle")
            & ~pl.col("dep").str.starts_with("97")
            & ~pl.col("dep").str.starts_with("98")
        )
        .select(
            pl.col("pop").cast(pl.Float64).alias("population"),
            pl.col("cps").str.slice(0, 5).alias("zipcode"),
            "code",
        )
        .filter(pl.col("population") > 0)
        .join(codes, on="zipcode")
        .sort("code")
    )


def _promised(moment: int) -> datetime:
    """Return the evening of the day that is promised: Sundays do not count."""
    day = datetime.fromtimestamp(moment, UTC).replace(hour=19, minute=0, second=0, microsecond=0)
    left = PROMISED_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() != 6
    return day


@dataclass(frozen=True, slots=True, eq=False)
class _Stock:
    recorded: npt.NDArray[np.int32]
    actual: npt.NDArray[np.int32]
    chance: npt.NDArray[np.float32]
    deliveries: StockChanges


def _stock(
    orders: int,
    popularity: npt.NDArray[np.float64],
    kinds: Sequence[str],
    known: Shelves,
    draw: np.random.Generator,
) -> _Stock:
    """Fill shops with shelves as they are, and warehouses for half of what will be asked for."""
    shape = len(popularity), len(kinds)
    quarter = 3 - (popularity.argsort(kind="stable").argsort(kind="stable") * 4) // shape[0]
    lists = {HYPER: _HYPER_LISTS, WAREHOUSE: _WAREHOUSE_LISTS}
    listed = np.stack([np.array(lists.get(kind, _MARKET_LISTS))[quarter] for kind in kinds], axis=1)
    held = draw.random(shape) < listed
    shelf = draw.integers(len(known.record), size=shape)
    recorded = np.where(held, known.record[shelf], 0).astype(np.int32)
    actual = np.where(held, known.shelf[shelf], 0).astype(np.int32)
    chance = known.chance[shelf]
    daily = popularity * orders / DAYS / 2
    back: list[tuple[npt.NDArray[np.int64], int, npt.NDArray[np.int64]]] = []
    for place in np.flatnonzero([kind == WAREHOUSE for kind in kinds]).tolist():
        cover = 1 + draw.poisson(daily * _WAREHOUSE_COVER_DAYS)
        wrong = draw.random(shape[0]) < _WAREHOUSE_WRONG
        recorded[:, place] = np.where(held[:, place], cover, 0)
        actual[:, place] = np.where(held[:, place] & ~wrong, cover, 0)
        chance[:, place] = 1 - _WAREHOUSE_WRONG
        rows = np.flatnonzero(held[:, place])
        back.append((rows, place, draw.poisson(daily[rows] * _WAREHOUSE_COVER_DAYS)))
    return _Stock(recorded, actual, chance, _deliveries(back))


def _deliveries(
    back: Sequence[tuple[npt.NDArray[np.int64], int, npt.NDArray[np.int64]]],
) -> StockChanges:
    """Let what warehouses ordered come on Thursday morning."""
    rows = np.concatenate([item[0] for item in back])
    units = np.concatenate([item[2] for item in back])
    at = int(MONDAY.timestamp()) + 3 * 86_400 + 7 * 3600
    return StockChanges(
        at=np.full(len(rows), at, np.int64),
        row=rows,
        location=np.concatenate([np.full(len(item[0]), item[1]) for item in back]),
        recorded=units,
        actual=units,
    )
