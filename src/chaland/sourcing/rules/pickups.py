"""The decision for one order that the customer collects: the location asked for, if it can."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chaland.promise.engine import NEVER, PromiseEngine, Readiness
from chaland.promise.types import PromiseWindow
from chaland.sourcing.rules.eligibility import Eligibility
from chaland.sourcing.rules.items import Item, Portioner, items_of, load_of
from chaland.sourcing.rules.pricing import Prices, waiting_cost
from chaland.sourcing.rules.shortages import holders_of, shortages_of, within_reach
from chaland.sourcing.rules.units import unit_terms
from chaland.sourcing.types import (
    Assignment,
    Candidate,
    CostTerms,
    Decision,
    Demand,
    Elimination,
    Example,
    Outcome,
    Policy,
    Reason,
    Shortage,
    World,
)

_FREE = CostTerms()


@dataclass(frozen=True, slots=True, eq=False)
class Counter:
    """One location's counter as one order finds it: when the goods would be ready there."""

    world: World
    policy: Policy
    engine: PromiseEngine
    prices: Prices
    location: int
    ready: Readiness
    delay: int
    now: int

    @property
    def window(self) -> PromiseWindow:
        """When the customer may come; only where the goods are ever ready."""
        return self.engine.pickup_window(self.location, self.ready, delay=self.delay)

    @property
    def code(self) -> str:
        """The location's code."""
        return self.engine.network.locations[self.location].code

    def cost(self, items: Sequence[Item]) -> CostTerms:
        """Return what preparing *items* costs and what waiting for them is worth."""
        lines, (handling, sites, units) = len(items), self.prices
        work = handling.order_costs[self.location] + lines * handling.line_costs[self.location]
        delay = lines * waiting_cost(self.ready.latest - self.now, handling.delay)
        scarcity, unpickable, ageing = unit_terms(units, items, self.location)
        capacity, owner = (0, 0) if sites is None else sites.terms(self.location)
        return CostTerms(
            handling=work,
            delay=delay,
            capacity=capacity,
            scarcity=scarcity,
            unpickable=unpickable,
            ageing=ageing,
            owner=owner,
        )


def counter_of(demand: Demand, world: World, policy: Policy, prices: Prices, now: int) -> Counter:
    """Look at the counter that *demand* names.

    Raises KeyError when it names none, or one that does not exist.
    """
    if demand.pickup_location_id is None:
        raise KeyError("a pickup needs the location where the customer collects")
    engine = world.promise.for_channel(demand.channel_code)
    location = engine.network.index_of[demand.pickup_location_id]
    delay = 60 * engine.network.channels[demand.channel_code].release_delay_minutes
    queue = engine.queue_days_at(location, int(world.load[location]))
    ready = engine.readiness(location, now=now, delay=delay, queue_days=queue)
    return Counter(world, policy, engine, prices, location, ready, delay, now)


def decide_pickup(demand: Demand, counter: Counter, who: Eligibility) -> Decision:
    """Decide one pickup order against the stock as it is now."""
    reason = _reason(demand, counter, who)
    held = counter.world.stock
    stock = held.of(demand.channel_code, "pickup")
    here = np.zeros(len(who.allowed), np.bool_)
    here[counter.location] = reason is None
    items = items_of(demand.lines, held.row_of)
    shortages = shortages_of(demand.lines, items, here, stock)
    served: Sequence[Item] = items
    if shortages:
        served = within_reach(items, here, stock) if demand.allow_partial else ()
        there = holders_of(items, here, held.available).any()
        reason = reason or (Reason.WITHHELD if there else Reason.SHORT_OF_STOCK)
    if not served:
        return _refusal(counter, reason or Reason.SHORT_OF_STOCK, shortages)
    return _acceptance(demand, counter, served, shortages)


def _reason(demand: Demand, counter: Counter, who: Eligibility) -> Reason | None:
    """Return the hard constraint that the chosen location breaks, if any."""
    reason = who.reasons[counter.location]
    if reason is not None:
        return reason
    if demand.pickup_location_id in demand.exclusions:
        return Reason.REFUSED_BEFORE
    return Reason.CLOSED if counter.ready.latest == NEVER else None


def _acceptance(
    demand: Demand, counter: Counter, items: Sequence[Item], shortages: tuple[Shortage, ...]
) -> Decision:
    portioner = Portioner(demand.lines, items)
    portions = [portion for item in items for portion in portioner.take(item)]
    cost, window = counter.cost(items), counter.window
    location = counter.engine.network.locations[counter.location]
    assignment = Assignment(
        location_id=location.id,
        location_index=counter.location,
        location_code=location.code,
        portions=tuple(portions),
        service_code=None,
        window=window,
        cost=cost,
        distance_km=0.0,
        weight_grams=load_of(items, None).grams,
        handover_location_id=location.id,
    )
    return Decision(
        outcome=Outcome.PARTIAL if shortages else Outcome.SOURCED,
        assignments=(assignment,),
        window=window,
        cost=cost,
        search="single",
        strategy_version=counter.policy.version,
        strategy=counter.policy.strategy,
        rule=counter.policy.rule,
        candidates=(Candidate(counter.code, None, cost, 0.0, window.latest),),
        feasible_count=1,
        shortages=shortages,
        lower_bound=cost.total,
    )


def _refusal(counter: Counter, reason: Reason, shortages: tuple[Shortage, ...]) -> Decision:
    missing = tuple((item.line, item.short) for item in shortages)
    about_stock = reason in (Reason.SHORT_OF_STOCK, Reason.WITHHELD)
    example = Example(counter.code, 0.0, missing if about_stock else ())
    return Decision(
        outcome=Outcome.UNROUTABLE,
        assignments=(),
        window=None,
        cost=_FREE,
        search="none",
        strategy_version=counter.policy.version,
        strategy=counter.policy.strategy,
        rule=counter.policy.rule,
        eliminations=(Elimination(reason, 1, (example,)),),
        shortages=shortages,
    )
