"""Work out what the last units of scarce SKUs are worth to orders to come.

What is expected comes from the orders of the last weeks, real baskets to real areas, of which older
ones count less. Only SKUs that may run short before more arrives are looked at. What may come is
drawn by chance a few times, always the same way, and the prices are the mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from chaland.catalog.queries import sku_facts_by_id
from chaland.database.revision import read_revisions
from chaland.inventory.queries import expected_supply
from chaland.journeys.decision_world import world_for
from chaland.journeys.order_demands import demands_of
from chaland.network.queries import snapshot
from chaland.orders import queries as order_queries
from chaland.orders.queries import OrderFilter
from chaland.promise import queries as promise_queries
from chaland.promise.types import COST_UNIT
from chaland.sourcing import operations as sourcing_operations
from chaland.sourcing import queries as sourcing_queries
from chaland.sourcing.expectations import Kind, competing, kinds_of, scarce_skus
from chaland.sourcing.scarcity import ScarcityPricer
from chaland.sourcing.types import Outcome, ShadowPrice, UnitOutlook, World

HISTORY = timedelta(days=28)
AHEAD = timedelta(days=14)
"""How far to look when nothing is expected to arrive sooner."""
EVERY = timedelta(minutes=10)
_ALMOST = timedelta(minutes=1)
"""Clocks of several workers differ: what is nearly due is due."""

MOST_ORDERS, MOST_KINDS = 20_000, 1_500
DRAWN, ROUNDS, SEED = 8, 80, 22

LOST_SHARE = 0.3
"""What an order that cannot be served costs, of the goods' value: about a retailer's margin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScarcityReport:
    """What was looked at: orders of the past, their kinds, scarce SKUs, and the prices found."""

    orders: int
    kinds: int
    scarce: int
    prices: Sequence[ShadowPrice]


class NamedPrice(NamedTuple):
    """A price as people read it: codes, and an amount in the group's currency."""

    sku: str
    location: str
    price: str
    until: datetime


def named_prices(prices: Sequence[ShadowPrice], *, limit: int) -> list[NamedPrice]:
    """Return the highest *limit* of *prices*, highest first."""
    highest = sorted(prices, key=lambda item: (-item.price, item.sku_id, item.location_id))[:limit]
    skus = sku_facts_by_id({item.sku_id for item in highest})
    network = snapshot()
    return [
        NamedPrice(
            sku=skus[item.sku_id].code,
            location=network.locations[network.index_of[item.location_id]].code,
            price=f"{item.price / COST_UNIT:.2f}",
            until=item.until,
        )
        for item in highest
    ]


def is_time_to_price(*, now: datetime) -> bool:
    """Tell whether the prices are so old that they should be worked out again."""
    moment = sourcing_queries.priced_at()
    return moment is None or now - moment >= EVERY - _ALMOST


@transaction.atomic
def price_scarcity(*, now: datetime) -> ScarcityReport | None:
    """Work out all shadow prices and let them count; None while somebody else is at it.

    Where no strategy weighs scarcity there are none.
    """
    if not sourcing_operations.take_turn_to_price():
        return None
    report = _priced(now)
    sourcing_operations.replace_shadow_prices(report.prices, now=now)
    return report


def _priced(now: datetime) -> ScarcityReport:
    network, revisions = snapshot(), read_revisions()
    since = OrderFilter(placed_from=now - HISTORY)
    orders = order_queries.search(since, limit=MOST_ORDERS)
    promise = promise_queries.engine(network, revisions.get("promise", 0))
    ages = [(now - order.placed_at) / timedelta(days=1) for order in orders]
    kinds = kinds_of(demands_of(orders, network, promise), ages)
    world = world_for([kind.demand for kind in kinds], network, revisions, now=now)
    if not kinds or not world.policies.weighs("scarcity"):
        return ScarcityReport(orders=len(orders), kinds=len(kinds), scarce=0, prices=[])
    until = _until(world, now)
    days = {sku_id: (moment - now) / timedelta(days=1) for sku_id, moment in until.items()}
    units = world.stock.available.clip(min=0).sum(axis=1).tolist()
    held = dict(zip(world.stock.stock.sku_ids, units, strict=True))
    scarce = scarce_skus(kinds, days, held)
    asking = competing(kinds, scarce, most=MOST_KINDS)
    prices = _prices(world, asking, days, scarce)
    return ScarcityReport(
        orders=len(orders),
        kinds=len(asking),
        scarce=len(scarce),
        prices=_stored(world, prices, until),
    )


def _until(world: World, now: datetime) -> dict[int, datetime]:
    """Return until when each SKU has to last: the next arrival, or as far as is looked ahead."""
    sku_ids = world.stock.stock.sku_ids
    until = dict.fromkeys(sku_ids, now + AHEAD)
    for supply in expected_supply(sku_ids, None, now + AHEAD):
        # What is late may come today, or not: it is not waited for.
        if supply.expected_at > now:
            until[supply.sku_id] = min(until[supply.sku_id], supply.expected_at)
    return until


def _prices(
    world: World, kinds: Sequence[Kind], days: Mapping[int, float], scarce: frozenset[int]
) -> NDArray[np.int64]:
    """Return the worth of the last units (rows × L) to the orders of *kinds*."""
    free = replace(world.outlook or UnitOutlook(), scarcity=None)
    world.outlook = free
    decisions = sourcing_queries.decide_each([kind.demand for kind in kinds], world)
    served = [
        (kind, decision.cost.total)
        for kind, decision in zip(kinds, decisions, strict=True)
        if decision.outcome is Outcome.SOURCED
    ]
    if not served:
        return np.zeros(world.stock.available.shape, np.int64)
    lost = [
        2 * max(cost, 0) + int(float(kind.demand.value) * LOST_SHARE * COST_UNIT)
        for kind, cost in served
    ]
    expected = np.array([kind.per_day * _days(kind, days, scarce) for kind, _ in served])
    draw = np.random.default_rng(SEED)
    drawn = [draw.poisson(expected).astype(np.float64) for _ in range(DRAWN)]
    pricer = ScarcityPricer([kind.demand for kind, _ in served], lost)
    return pricer.price(world, drawn, rounds=ROUNDS)


def _days(kind: Kind, days: Mapping[int, float], scarce: frozenset[int]) -> float:
    """Return how long orders of a kind compete for its scarce SKUs: until the first is there."""
    return min(days[line.sku_id] for line in kind.demand.lines if line.sku_id in scarce)


def _stored(
    world: World, prices: NDArray[np.int64], until: Mapping[int, datetime]
) -> list[ShadowPrice]:
    sku_ids, locations = world.stock.stock.sku_ids, world.network.location_ids
    return [
        ShadowPrice(
            sku_ids[row], int(locations[location]), int(prices[row, location]), until[sku_ids[row]]
        )
        for row, location in np.argwhere(prices > 0).tolist()
    ]
