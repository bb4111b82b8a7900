"""From waiting orders to the plans they come to together."""

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from chaland.network.types import NetworkSnapshot
from chaland.promise.engine import as_cost
from chaland.promise.types import PromiseWindow
from chaland.sourcing.engine import decide_each
from chaland.sourcing.joint.placing import placement_of, priced_placements
from chaland.sourcing.joint.pricing import Asking, EnginePricer
from chaland.sourcing.rules.joint.columns import Chosen, Column, Problem, Resource
from chaland.sourcing.rules.joint.generation import choose_together
from chaland.sourcing.types import (
    Assignment,
    Decision,
    Method,
    Policy,
    World,
)
from chaland.sourcing.types.joint import JointPlan, JointResult, JointStatus, Waiting

_DAY = timedelta(days=1)


def reassign(
    waiting: Sequence[Waiting], world: World, *, seconds: float, change_price: int = 0
) -> JointResult:
    """Assign *waiting* orders together within *seconds*; all together never cost more than now.

    *world* is as the next decision would find it: what the orders hold is not in its stock, their
    parcels are in its load. It is left as it is when the plans of the result hold. No order arrives
    after its promise, or later than now if it is late already. An order that changes must save
    *change_price* (in 1/10 000 of the currency unit), or help others to save it. Orders to be
    collected, and those whose plan sourcing would not allow any more, stay as they are.

    The same orders and world give the same result unless the time ends first.
    """
    began = time.monotonic()
    table = _Table(waiting, world, change_price)
    chosen = table.choose(lambda: seconds - (time.monotonic() - began))
    plans = table.plans(chosen)
    table.settle(plans)
    return JointResult(
        status=_status(chosen, plans),
        plans=tuple(plans),
        cost_before=sum(plan.cost_before for plan in plans),
        cost_after=sum(plan.cost_after for plan in plans),
        lower_bound=None if chosen.bound is None else chosen.bound + table.aside,
        change_price=change_price,
        seconds=time.monotonic() - began,
        rounds=chosen.rounds,
        columns=chosen.weighed,
    )


def _status(chosen: Chosen, plans: Sequence[JointPlan]) -> JointStatus:
    if not chosen.sound:
        return JointStatus.FAILED
    if not chosen.finished:
        return JointStatus.BUDGET
    changed = any(plan.decision is not None for plan in plans)
    return JointStatus.OPTIMAL if changed else JointStatus.UNCHANGED


class _Table:
    """The orders on the table: what they hold is lent to the world until they are settled."""

    def __init__(self, waiting: Sequence[Waiting], world: World, change_price: int) -> None:
        self._waiting, self._world = waiting, world
        asking = _allowed(waiting, world)
        self._open = list(asking)
        for number in self._open:
            # Every view has to exist before the first loan.
            world.stock.of(waiting[number].demand.channel_code, "ship")
        for number in self._open:
            self._lend(number)
        self._asking = list(asking.values())
        self._days = _room_of_days(len(self._open), world)
        network = _released([waiting[number] for number in self._open], world)
        self._seen = replace(world, network=network)
        self._pricer = EnginePricer(
            self._asking,
            self._seen,
            limited=frozenset(self._days),
            change_price=change_price,
        )
        self._pricer.price([(place, item.present) for place, item in enumerate(self._asking)])
        self._present = [self._present_column(place) for place in range(len(self._asking))]
        self._in_day = Counter(
            item for column in self._present for item, _ in column.uses if item.kind == "day"
        )
        self._wanted = self._wanted_units()

    @property
    def aside(self) -> int:
        """What the orders cost that take no part."""
        taking_part = set(self._open)
        return sum(
            _cost_of(item.present)
            for number, item in enumerate(self._waiting)
            if number not in taking_part
        )

    def choose(self, left: Callable[[], float]) -> Chosen:
        """Choose plans for the open orders."""
        if not self._open:
            return Chosen((), 0, True, True, 0, 0)
        return choose_together(Problem(self._present, self._amount, self._pricer), left)

    def plans(self, chosen: Chosen) -> list[JointPlan]:
        """Return what each order comes to, with the reasons of those that change."""
        plans = [
            JointPlan(decision=None, cost_before=cost, cost_after=cost)
            for cost in (_cost_of(item.present) for item in self._waiting)
        ]
        moved = []
        for place, column in enumerate(chosen.columns):
            before = self._present[place].cost
            plans[self._open[place]] = JointPlan(
                decision=None, cost_before=before, cost_after=before
            )
            if column.placement != self._asking[place].present:
                moved.append((place, column))
        demands = [self._waiting[self._open[place]].demand for place, _ in moved]
        for (place, column), seen in zip(moved, decide_each(demands, self._seen), strict=True):
            decision = self._pricer.decisions[place, column.placement]
            if decision is not None:
                plans[self._open[place]] = JointPlan(
                    decision=_explained(decision, seen),
                    cost_before=self._present[place].cost,
                    cost_after=decision.cost.total,
                )
        return plans

    def settle(self, plans: Sequence[JointPlan]) -> None:
        """Take what was chosen out of the world; what was lent is given back by that."""
        for number in self._open:
            decision = plans[number].decision
            kept = self._waiting[number].present
            self._take(number, kept if decision is None else decision.assignments)

    def _present_column(self, place: int) -> Column:
        """Return what an order has, by today's prices and the windows it was given.

        A parcel that was given a later day than the site's next one takes nothing of that.
        """
        asked = self._asking[place]
        column = self._pricer.column(place, asked.present)
        decision = self._pricer.decisions[place, asked.present]
        if column is None or decision is None:
            raise LookupError("a plan that is not allowed cannot be present")
        given = {
            item.location_index: item.window for item in self._waiting[self._open[place]].present
        }
        later = {
            Resource("day", item.location_index)
            for item in decision.assignments
            if given[item.location_index].dispatch_by > item.window.dispatch_by
        }
        return column._replace(
            cost=column.cost + _waiting_as_given(asked, given, decision),
            uses=tuple(use for use in column.uses if use[0] not in later),
        )

    def _amount(self, resource: Resource) -> int | None:
        if resource.kind == "day":
            # A day that is overfull already stays as full as it is.
            return max(self._days[resource.location], self._in_day[resource])
        stock = self._world.stock
        units = stock.of(resource.channel, "ship") if resource.channel else stock.available
        there = units.item(resource.row, resource.location)
        return there if self._wanted[resource.row] > there else None

    def _wanted_units(self) -> Counter[int]:
        wanted: Counter[int] = Counter()
        for number in self._open:
            for line in self._waiting[number].demand.lines:
                wanted[self._world.stock.row_of[line.sku_id]] += line.quantity
        return wanted

    def _lend(self, number: int) -> None:
        world, channel = self._world, self._waiting[number].demand.channel_code
        for assignment in self._waiting[number].present:
            location = assignment.location_index
            for portion in assignment.portions:
                world.stock.lend(channel, "ship", portion.sku_id, location, portion.quantity)
            world.load[location] -= 1

    def _take(self, number: int, assignments: Sequence[Assignment]) -> None:
        world, channel = self._world, self._waiting[number].demand.channel_code
        for assignment in assignments:
            location = assignment.location_index
            for portion in assignment.portions:
                world.stock.take(channel, portion.sku_id, location, portion.quantity)
            world.load[location] += 1


def _allowed(waiting: Sequence[Waiting], world: World) -> dict[int, Asking]:
    """Return by number the orders that may change: shipped, and placed as sourcing allows now."""
    asking = {}
    for number, item in enumerate(waiting):
        if item.demand.method is Method.SHIP and item.present:
            asking[number] = _asking_of(item, world.policies.policy_of(item.demand))
    priced = priced_placements(
        [(item.demand, item.policy, item.present) for item in asking.values()], world
    )
    return {
        number: item
        for (number, item), decision in zip(asking.items(), priced, strict=True)
        if decision is not None
    }


def _asking_of(item: Waiting, policy: Policy) -> Asking:
    latest = max(assignment.window.latest for assignment in item.present)
    promised = item.demand.promised_latest
    return Asking(
        demand=item.demand,
        policy=policy,
        present=placement_of(item.present),
        latest=latest if promised is None else max(promised, latest),
        hard=promised is None or latest <= promised,
    )


def _room_of_days(orders: int, world: World) -> dict[int, int]:
    """Return how many parcels more the sites take before they need another day, where it counts."""
    daily, load = world.network.daily_capacity, world.load
    queue = world.promise.queue_days(load)
    room = {
        location: (int(queue[location]) + 1) * int(daily[location]) - max(int(load[location]), 0)
        for location in np.flatnonzero(daily > 0).tolist()
    }
    return {location: units for location, units in room.items() if units < orders}


def _released(waiting: Sequence[Waiting], world: World) -> NetworkSnapshot:
    """Let goods leave when the last order of their channel is released; none leaves sooner."""
    network = world.network
    delays: dict[str, int] = {}
    for item in waiting:
        code = item.demand.channel_code
        minutes = network.channels[code].release_delay_minutes
        if item.release_at is not None:
            minutes = max(0, math.ceil((item.release_at - world.now) / timedelta(minutes=1)))
        delays[code] = max(delays.get(code, 0), minutes)
    channels = {
        code: replace(facts, release_delay_minutes=delays.get(code, facts.release_delay_minutes))
        for code, facts in network.channels.items()
    }
    return replace(network, channels=channels)


def _waiting_as_given(asked: Asking, given: Mapping[int, PromiseWindow], decision: Decision) -> int:
    """Return what waiting costs more by the windows that were given than by those of *decision*.

    An order that came before the cut-off leaves today from where it is (less than 0); sent
    elsewhere after the cut-off it would not. One that was given a later day than there is now keeps
    it while it stays.
    """
    weights, promised = asked.policy.weights, asked.demand.promised_latest
    delay, late = as_cost(weights.delay_per_line_day), as_cost(weights.late_per_line_day)
    total = 0
    for item in decision.assignments:
        lines = len({portion.sku_id for portion in item.portions})
        now, then = item.window.latest, given[item.location_index].latest
        total += lines * ((then - now) * delay // _DAY)
        if promised is not None:
            total += lines * ((max(then, promised) - max(now, promised)) * late // _DAY)
    return total


def _explained(decision: Decision, seen: Decision) -> Decision:
    """Give a decision the reasons for and against every site that *seen*, alone, came to."""
    return decision._replace(
        candidates=seen.candidates,
        feasible_count=seen.feasible_count,
        eliminations=seen.eliminations,
    )


def _cost_of(assignments: Sequence[Assignment]) -> int:
    return sum(item.cost.total for item in assignments)
