"""The world as a decision finds it, put together from what the rooms know at one moment."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from chaland.accuracy.queries import pickable
from chaland.availability.queries import sellable
from chaland.availability.sellable import SellableStock
from chaland.journeys.owner_shares import shares_of_work
from chaland.journeys.site_load import waiting_load
from chaland.network.types import NetworkSnapshot
from chaland.promise import queries as promise_queries
from chaland.sourcing import queries as sourcing_queries
from chaland.sourcing.types import Demand, PolicyBook, UnitOutlook, World


def world_for(
    demands: Iterable[Demand],
    network: NetworkSnapshot,
    revisions: Mapping[str, int],
    *,
    now: datetime,
) -> World:
    """Return the world in which *demands* are decided; *revisions* are those of this moment."""
    sku_ids = sorted({line.sku_id for demand in demands for line in demand.lines})
    stock = sellable(sku_ids, network, revisions, now=now)
    return world_of(stock, network, revisions, now=now)


def world_of(
    stock: SellableStock,
    network: NetworkSnapshot,
    revisions: Mapping[str, int],
    *,
    now: datetime,
) -> World:
    """Return the world around *stock*, which was read before."""
    policies = sourcing_queries.policies(
        network, revisions.get("sourcing", 0), now=now, shares=shares_of_work(network, now)
    )
    return World(
        network=network,
        promise=promise_queries.engine(network, revisions.get("promise", 0)),
        stock=stock,
        load=waiting_load(network),
        now=now,
        policies=policies,
        outlook=_outlook(stock, network, policies, revisions, now),
    )


def _outlook(
    stock: SellableStock,
    network: NetworkSnapshot,
    policies: PolicyBook,
    revisions: Mapping[str, int],
    now: datetime,
) -> UnitOutlook | None:
    """Return what is known of the units beyond their number, as far as it counts for anything."""
    sku_ids = stock.stock.sku_ids
    if not sku_ids:
        return None
    unpickable = scarcity = None
    if policies.weighs("unpickable_unit"):
        unpickable = 1 - pickable(sku_ids, network)
    if policies.weighs("scarcity"):
        revision = revisions.get("shadow_prices", 0)
        scarcity = sourcing_queries.unit_prices(sku_ids, network, revision, now=now)
    if unpickable is None and scarcity is None:
        return None
    return UnitOutlook(unpickable=unpickable, scarcity=scarcity)
