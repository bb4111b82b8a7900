"""Time passes: goods come, pickers look, orders are decided, and work is given again.

In each tick stock changes and picks happen in the order of their moments; then what pickers missed
is decided again, then the orders that came in. A site prepares as many orders a day as its
capacity allows; what is beyond goes the next open day. Whether a unit is there is found out when
it is picked; what was missed goes to the next best site, and the labour was spent all the same.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from chaland.lab.simulation.carriage import Carrier
from chaland.lab.simulation.players import Choice, Moment, Player
from chaland.lab.simulation.scenario import Scenario
from chaland.lab.simulation.state import State, Task
from chaland.promise.engine import Cargo, as_datetime
from chaland.promise.types import PromiseWindow
from chaland.sourcing.types import Assignment, CostTerms, Demand, DemandLine, Portion, Waiting

TOLD_BEFORE = 3600
"""A site is told of its work so many seconds before it has to begin."""

LONGEST_QUEUE = 60
"""Days of work before a site; what would wait longer waits as long."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An order, or what is missing of one: *lines* are the numbers of the demand's own lines."""

    order: int
    attempt: int
    demand: Demand
    lines: tuple[int, ...]


class Simulation:
    """One scenario under one player. ``step`` lets a tick pass; ``state`` is where it stands."""

    def __init__(self, scenario: Scenario, player: Player, state: State | None = None) -> None:
        self.scenario = scenario
        self.player = player
        self.state = state if state is not None else State.at_start(scenario)
        self._carrier = Carrier(scenario)
        self._capacity: list[int] = scenario.network.daily_capacity.tolist()

    @property
    def done(self) -> bool:
        """Whether every order was decided and every piece of work is finished."""
        arrived = self.state.next_arrival >= len(self.scenario.arrivals)
        return arrived and not self.state.tasks

    @property
    def progress(self) -> float:
        """The share of the orders that came in so far, 0 to 1."""
        count = len(self.scenario.arrivals)
        return self.state.next_arrival / count if count else 1.0

    def run(self) -> State:
        """Go on to the end."""
        while not self.done:
            self.step()
        return self.state

    def step(self) -> None:
        """Let one tick pass; after the last order, everything up to the next moment of work."""
        until = self.state.now + self.scenario.tick
        if self.state.next_arrival >= len(self.scenario.arrivals) and self.state.due:
            until = max(until, self.state.due[0][0] + 1)
        missed = self._work(until)
        self.state.now = until
        wanted = [*missed, *self._arrivals(until)]
        if wanted:
            self._decide(wanted)
        every = self.player.every
        if every and until // every != (until - self.scenario.tick) // every:
            self._reconsider()

    def _arrivals(self, until: int) -> list[_Wanted]:
        arrivals, first = self.scenario.arrivals, self.state.next_arrival
        end = first
        while end < len(arrivals) and arrivals[end].at < until:
            end += 1
        self.state.next_arrival = end
        return [
            _Wanted(number, 0, demand, tuple(range(len(demand.lines))))
            for number in range(first, end)
            for demand in (replace(arrivals[number].demand, allow_partial=True),)
        ]

    def _work(self, until: int) -> list[_Wanted]:
        """Let stock change and pickers pick, in order; return what they missed."""
        missed: list[_Wanted] = []
        state, changes = self.state, self.scenario.changes
        while True:
            change_at = (
                int(changes.at[state.next_change]) if state.next_change < len(changes.at) else until
            )
            pick_at = state.due[0][0] if state.due else until
            if min(change_at, pick_at) >= until:
                return missed
            if change_at <= pick_at:
                self._change(state.next_change)
                state.next_change += 1
                continue
            _, number = heapq.heappop(state.due)
            task = state.tasks.pop(number, None)
            if task is not None:  # it may have been taken back
                wanted = self._pick(task)
                if wanted is not None:
                    missed.append(wanted)

    def _change(self, number: int) -> None:
        changes, state = self.scenario.changes, self.state
        at = int(changes.row[number]), int(changes.location[number])
        state.recorded[at] = max(0, int(state.recorded[at]) + int(changes.recorded[number]))
        state.actual[at] = max(0, int(state.actual[at]) + int(changes.actual[number]))

    def _pick(self, task: Task) -> _Wanted | None:
        """Look for everything; send what is there, and return what is not."""
        state, demand = self.state, self.scenario.arrivals[task.order].demand
        cargo, sent = Cargo(0), 0
        missing: list[tuple[int, int]] = []
        for line, quantity in task.units:
            row = self.scenario.row_of[demand.lines[line].sku_id]
            at = row, task.location
            there = min(quantity, int(state.actual[at]))
            if there < quantity:
                missing.append((line, quantity if self.scenario.whole_lines else quantity - there))
                state.missed[at] = state.missed.get(at, 0) + 1
                if self.scenario.whole_lines:
                    state.recorded[at] += there
                    continue
            state.actual[at] -= there
            if there:
                cargo = _more(cargo, demand.lines[line], there)
            sent += there
        self._book(task, cargo, sent, missing)
        if not missing:
            return None
        state.refused.setdefault(task.order, set()).add(task.location)
        return self._again(task, missing)

    def _book(
        self, task: Task, cargo: Cargo, sent: int, missing: Sequence[tuple[int, int]]
    ) -> None:
        bill = self._carrier.bill(
            task.order, task.location, task.service, cargo, len(task.units), self.state.now
        )
        facts, order = self.state.orders, task.order
        facts["freight"][order] += bill.freight
        facts["handling"][order] += bill.handling
        facts["packaging"][order] += bill.packaging
        facts["co2"][order] += bill.co2
        facts["units_sent"][order] += sent
        facts["refusals"][order] += len(missing)
        self.state.site_refusals[task.location] += bool(missing)
        if sent:
            facts["parcels"][order] += 1
            facts["arrived_at"][order] = max(facts["arrived_at"][order], task.arrives_at)
            self.state.site_parcels[task.location] += 1

    def _again(self, task: Task, missing: Sequence[tuple[int, int]]) -> _Wanted:
        demand = self.scenario.arrivals[task.order].demand
        ids = self.scenario.network.location_ids
        refused = {int(ids[index]) for index in self.state.refused[task.order]}
        return _Wanted(
            task.order,
            task.attempt + 1,
            replace(
                demand,
                lines=tuple(replace(demand.lines[line], quantity=units) for line, units in missing),
                exclusions=demand.exclusions | refused,
                allow_partial=True,
                allow_split=True,
            ),
            tuple(line for line, _ in missing),
        )

    def _decide(self, wanted: Sequence[_Wanted]) -> None:
        state = self.state
        now = datetime.fromtimestamp(state.now, UTC)
        moment = Moment(self.scenario, state, now, self._load())
        choices = self.player.choose([item.demand for item in wanted], moment)
        for item, chosen in zip(wanted, choices, strict=True):
            given = 0
            for choice in chosen:
                given += self._give(item, choice)
            asked = sum(line.quantity for line in item.demand.lines)
            state.orders["units_unfilled"][item.order] += asked - given

    def _give(self, wanted: _Wanted, choice: Choice) -> int:
        """Let a site have a part of an order; return the units, 0 when they would never leave."""
        state, scenario = self.state, self.scenario
        way = None
        now, queue_days = state.now, 0
        while queue_days <= LONGEST_QUEUE:
            way = self._carrier.way_out(
                wanted.order,
                choice.location,
                choice.service,
                now=now,
                queue_days=queue_days,
                attempt=wanted.attempt,
            )
            capacity = self._capacity[choice.location]
            if way is None or not capacity:
                break
            if state.slots.get((choice.location, way.day), 0) < capacity:
                break
            queue_days += 1
        if way is None:
            return 0
        units = tuple((wanted.lines[line], quantity) for line, quantity in choice.units)
        for line, quantity in choice.units:
            at = scenario.row_of[wanted.demand.lines[line].sku_id], choice.location
            state.recorded[at] -= quantity
            if state.recorded[at] == 0:
                state.stock_outs[choice.location] += 1
        handling = 60 * int(scenario.network.handling_minutes[choice.location])
        delay = 60 * scenario.network.channels[wanted.demand.channel_code].release_delay_minutes
        release_at = now + delay
        state.add(
            Task(
                number=state.next_number,
                order=wanted.order,
                location=choice.location,
                service=choice.service,
                attempt=wanted.attempt,
                decided_at=now,
                release_at=release_at,
                pick_at=max(release_at, way.departs_at - handling),
                depart_at=way.departs_at,
                arrives_at=way.arrives_at,
                latest=way.latest,
                day=way.day,
                units=units,
            )
        )
        return sum(quantity for _, quantity in choice.units)

    def _reconsider(self) -> None:
        """Let the player assign anew what no site was told of yet, all orders together."""
        state = self.state
        open_orders = self._open_orders()
        if not open_orders:
            return
        now = datetime.fromtimestamp(state.now, UTC)
        moment = Moment(self.scenario, state, now, self._load())
        waiting = [self._waiting(order, tasks) for order, tasks in open_orders.items()]
        found = self.player.reconsider(waiting, moment)
        changed = [
            (order, tasks, choices)
            for (order, tasks), choices in zip(open_orders.items(), found, strict=True)
            if choices is not None
        ]
        for _, tasks, _ in changed:
            for task in tasks:
                self._take_back(task)
        for order, _, choices in changed:
            demand = self.scenario.arrivals[order].demand
            wanted = _Wanted(order, 0, demand, tuple(range(len(demand.lines))))
            given = sum(self._give(wanted, choice) for choice in choices)
            asked = sum(line.quantity for line in demand.lines)
            state.orders["units_unfilled"][order] += asked - given

    def _open_orders(self) -> dict[int, list[Task]]:
        """Return the tasks of orders of which nothing was begun and every unit has a site."""
        told = self.state.now + TOLD_BEFORE
        found: dict[int, list[Task]] = {}
        begun = set[int]()
        for task in self.state.tasks.values():
            found.setdefault(task.order, []).append(task)
            if task.pick_at <= told or task.attempt or task.service < 0:
                begun.add(task.order)
        return {
            order: tasks
            for order, tasks in found.items()
            if order not in begun
            and sum(units for task in tasks for _, units in task.units)
            == sum(line.quantity for line in self.scenario.arrivals[order].demand.lines)
        }

    def _waiting(self, order: int, tasks: Sequence[Task]) -> Waiting:
        demand = self.scenario.arrivals[order].demand
        return Waiting(
            demand=demand, present=tuple(self._assignment(demand, task) for task in tasks)
        )

    def _assignment(self, demand: Demand, task: Task) -> Assignment:
        location = self.scenario.network.locations[task.location]
        leaves = as_datetime(task.depart_at)
        return Assignment(
            location_id=location.id,
            location_index=task.location,
            location_code=location.code,
            portions=tuple(
                Portion(line, demand.lines[line].sku_id, units) for line, units in task.units
            ),
            service_code=self.scenario.promise.services[task.service].code,
            window=PromiseWindow(
                earliest=leaves,
                latest=as_datetime(task.latest),
                confidence=1.0,
                basis="stated",
                dispatch_by=leaves,
                order_before=leaves,
            ),
            cost=CostTerms(),
            distance_km=0.0,
            weight_grams=0,
        )

    def _take_back(self, task: Task) -> None:
        self.state.take_back(task.number)
        demand = self.scenario.arrivals[task.order].demand
        for line, units in task.units:
            at = self.scenario.row_of[demand.lines[line].sku_id], task.location
            self.state.recorded[at] += units

    def _load(self) -> NDArray[np.int32]:
        load = np.zeros(len(self.scenario.network), np.int32)
        for task in self.state.tasks.values():
            load[task.location] += 1
        return load


def _more(cargo: Cargo, line: DemandLine, units: int) -> Cargo:
    """Return *cargo* with some units of a line in it too; every unit weighs something."""
    weight = max(1, line.weight_grams)
    return Cargo(
        cargo.grams + units * weight,
        max(cargo.heaviest_unit, weight),
        cargo.volume_cm3 + units * line.volume_cm3,
        max(cargo.longest_mm, line.longest_mm),
    )
