"""Decide where a batch of orders is fulfilled, each seeing what those before it took."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np

from chaland.availability.sellable import SellableStock
from chaland.availability.types import SaleMethod
from chaland.network.types import unit_vectors
from chaland.promise.engine import PromiseEngine, moment_of
from chaland.sourcing.rules.eligibility import (
    Eligibility,
    EligibilityKey,
    eligibility,
    handled,
    key_of,
)
from chaland.sourcing.rules.items import Item, items_of, load_of
from chaland.sourcing.rules.lanes import Entry, LaneGroup
from chaland.sourcing.rules.pickups import counter_of, decide_pickup
from chaland.sourcing.rules.pieces import parcels_of, pieces_of
from chaland.sourcing.rules.pricing import Prices, Rates, handling_of
from chaland.sourcing.rules.shipments import decide_shipment
from chaland.sourcing.rules.shortages import Seen
from chaland.sourcing.rules.sites import site_prices_of
from chaland.sourcing.rules.units import UnitPrices, unit_prices_of
from chaland.sourcing.types import Assignment, Decision, Demand, Method, Policy, Step, World

_NOTHING: Mapping[int, int] = {}
_Codes = tuple[str, ...] | None
_LaneKey = tuple[Policy, PromiseEngine, str, _Codes, frozenset[str], int]
_Lane = tuple[LaneGroup, list[Entry], list[int]]


def decide(demands: Sequence[Demand], world: World) -> list[Decision]:
    """Decide each of *demands* in turn; stock and load of *world* are used up on the way.

    The same demands and world give the same decisions; equal costs go to the location with the
    lower id. Raises KeyError for a channel, or a location to collect at, that the network does
    not know.
    """
    batch = _Batch(demands, world)
    decisions = []
    for number in range(len(demands)):
        decision = batch.decide(number)
        batch.consume(number, decision)
        decisions.append(decision)
    return decisions


def decide_each(demands: Sequence[Demand], world: World) -> list[Decision]:
    """Decide each of *demands* as if it were alone; *world* stays as it is. For quotes and trials.

    Raises KeyError as ``decide`` does.
    """
    batch = _Batch(demands, world)
    return [batch.decide(number) for number in range(len(demands))]


def keep_behind(
    demand: Demand,
    assignment: Assignment,
    stock: SellableStock,
    own: Mapping[int, int] = _NOTHING,
) -> dict[int, int]:
    """Return by SKU how many units the demand's channel must leave at the assignment's location.

    To be checked under lock when the assignment is reserved: the rules held on the stock that the
    decision saw, and must hold on what is there by then. *own* units of a SKU are kept there for
    the demand already: rules only count for what it takes beyond them.
    """
    totals: Counter[int] = Counter()
    for portion in assignment.portions:
        totals[portion.sku_id] += portion.quantity
    method: SaleMethod = "ship" if demand.method is Method.SHIP else "pickup"
    return {
        sku_id: 0
        if quantity <= own.get(sku_id, 0)
        else stock.keep(
            demand.channel_code,
            method,
            sku_id,
            assignment.location_index,
            quantity - own.get(sku_id, 0),
        )
        for sku_id, quantity in totals.items()
    }


class _Batch:
    """One call's demands, sorted into lane groups that share their tables."""

    def __init__(self, demands: Sequence[Demand], world: World) -> None:
        self._demands = demands
        self._world = world
        self._now = moment_of(world.now)
        self._policies = [world.policies.policy_of(demand) for demand in demands]
        self._queue_days = world.promise.queue_days(world.load)
        self._prices: dict[Policy, Prices] = {}
        self._units: dict[tuple[Decimal, ...], UnitPrices | None] = {}
        self._eligibility: dict[tuple[EligibilityKey, Step | None], Eligibility] = {}
        self._steps: dict[Policy, tuple[Step, ...]] = {}
        self._numbers: dict[_LaneKey, list[int]] = {}
        self._places: dict[int, tuple[_LaneKey, int]] = {}
        for number, demand in enumerate(demands):
            if demand.method is Method.SHIP:
                key = self._lane_of(number)
                numbers = self._numbers.setdefault(key, [])
                self._places[number] = key, len(numbers)
                numbers.append(number)
        self._lanes: dict[tuple[_LaneKey, Step], _Lane] = {}

    def decide(self, number: int) -> Decision:
        """Decide one demand against the world as it is now."""
        demand = self._demands[number]
        if demand.method is Method.PICKUP:
            policy = self._policies[number]
            prices = self._prices_of(policy)
            counter = counter_of(demand, self._world, policy, prices, self._now)
            return decide_pickup(demand, counter, self._eligibility_of(demand, None))
        stock = self._world.stock
        seen = Seen(stock.of(demand.channel_code, "ship"), stock.available)
        return self._in_circles(number, handled(demand, self._world.network, seen, stock.row_of))

    def _in_circles(self, number: int, seen: Seen) -> Decision:
        """Look in one circle of sites after the other, the last time in all of them together."""
        key, row = self._places[number]
        *circles, last = self._steps_of(key[0])
        for step in circles:
            group, entries, _ = self._lane(key, step)
            found = decide_shipment(group, entries[row], seen, or_nothing=True)
            if found is not None:
                return found
        group, entries, _ = self._lane(key, last)
        return decide_shipment(group, entries[row], seen)

    def consume(self, number: int, decision: Decision) -> None:
        """Take what was decided out of the world, so that later demands do not see it."""
        stock, channel = self._world.stock, self._demands[number].channel_code
        for assignment in decision.assignments:
            location = assignment.location_index
            for portion in assignment.portions:
                stock.take(channel, portion.sku_id, location, portion.quantity)
            self._world.load[location] += 1
            self._refresh(location, number)

    def _refresh(self, location: int, number: int) -> None:
        """Price a location again, one order fuller, for the demands after *number*."""
        waiting = self._world.load.item(location)
        queue_days = self._world.promise.queue_days_at(location, waiting)
        grown = queue_days != self._queue_days.item(location)
        if grown:
            self._queue_days[location] = queue_days
        moved = {
            policy
            for policy, prices in self._prices.items()
            if prices.sites is not None and prices.sites.refresh(location, waiting)
        }
        if not grown and not moved:
            return
        for group, _, numbers in self._lanes.values():
            if grown or group.policy in moved:
                rows = np.searchsorted(numbers, number, side="right")
                group.refresh(location, queue_days if grown else None, after=int(rows) - 1)

    def _prices_of(self, policy: Policy) -> Prices:
        """Return what a policy makes of sites and units, worked out once a batch."""
        found = self._prices.get(policy)
        if found is None:
            world, weights = self._world, policy.weights
            key = weights.scarcity, weights.unpickable_unit, weights.ageing
            if key not in self._units:
                self._units[key] = unit_prices_of(world.outlook, weights)
            found = self._prices[policy] = Prices(
                handling_of(world.promise, weights),
                site_prices_of(policy, world.network.daily_capacity, world.load),
                self._units[key],
            )
        return found

    def _eligibility_of(self, demand: Demand, step: Step | None) -> Eligibility:
        key = key_of(demand, self._world.network)
        circle = None if step is None else step.sites
        known = key, None if circle is None else step
        found = self._eligibility.get(known)
        if found is None:
            found = eligibility(self._world.network, key, self._world.now, circle)
            self._eligibility[known] = found
        return found

    def _lane_of(self, number: int) -> _LaneKey:
        demand = self._demands[number]
        channel = self._world.network.channels[demand.channel_code]
        delay = 60 * channel.release_delay_minutes
        promise = self._world.promise.for_channel(demand.channel_code)
        # Orders without goods that some service refuses share their tables.
        words = demand.restrictions
        if words:
            words &= promise.facts.refused_restrictions
        codes = demand.service_codes
        return self._policies[number], promise, demand.country, codes, words, delay

    def _steps_of(self, policy: Policy) -> tuple[Step, ...]:
        """Return a policy's circles; of several, all together come last."""
        steps = self._steps.get(policy)
        if steps is None:
            steps = policy.steps
            if len(steps) > 1:
                steps = (*steps, _together(steps))
            self._steps[policy] = steps
        return steps

    def _lane(self, key: _LaneKey, step: Step) -> _Lane:
        """Return the orders of one lane, priced in one circle; worked out when first asked for."""
        lane = self._lanes.get((key, step))
        if lane is None:
            lane = self._lanes[key, step] = self._group(key, step)
        return lane

    def _group(self, key: _LaneKey, step: Step) -> _Lane:
        policy, promise, country, codes, words, delay = key
        numbers = self._numbers[key]
        world = self._world
        demands = [self._demands[number] for number in numbers]
        points = unit_vectors(
            np.array([demand.latitude for demand in demands]),
            np.array([demand.longitude for demand in demands]),
        )
        rates = Rates(
            promise,
            self._prices_of(policy),
            promise.choose_services(_both(codes, step.service_codes), country, words),
            country=country,
            now=self._now,
            delay=delay,
            queue_days=self._queue_days,
            cosines=points @ world.network.unit.T,
            postal_codes=[demand.postal_code for demand in demands],
        )
        entries = [self._entry(row, number, policy, step) for row, number in enumerate(numbers)]
        return LaneGroup(policy, rates, entries), entries, numbers

    def _entry(self, row: int, number: int, policy: Policy, step: Step) -> Entry:
        demand = self._demands[number]
        who = self._eligibility_of(demand, step)
        promised = None if demand.promised_latest is None else moment_of(demand.promised_latest)
        bound = not policy.split.divide_lines
        items = items_of(demand.lines, self._world.stock.row_of, bound=bound)
        refused = frozenset[int]()
        if demand.exclusions:
            index_of = self._world.network.index_of
            known = [index_of[item] for item in demand.exclusions if item in index_of]
            refused = frozenset(index for index in known if who.allowed[index])
        apart: list[tuple[Item, ...]] = []
        if any(line.ships_alone for line in demand.lines):
            pieces = pieces_of(items, demand.lines, divide_lines=not bound)
            apart = parcels_of(pieces)
        load = load_of(items, promised)
        return Entry(
            row, demand, items, load, who, refused, policy, apart if len(apart) > 1 else []
        )


def _together(steps: Sequence[Step]) -> Step:
    """Return one circle of all of *steps*, with the services of the last."""
    sites = [step.sites for step in steps if step.sites is not None]
    everywhere = len(sites) < len(steps)
    return Step(
        sites=None if everywhere else np.logical_or.reduce(sites),
        service_codes=steps[-1].service_codes,
    )


def _both(asked: _Codes, said: _Codes) -> _Codes:
    """Return the services that the order asks for and the strategy's circle allows."""
    if asked is None or said is None:
        return said if asked is None else asked
    return tuple(code for code in asked if code in said)
