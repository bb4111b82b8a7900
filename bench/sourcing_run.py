"""Policies on the instances of ``bench.sourcing_world``, and the bound that hindsight gives."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np

from bench.sourcing_world import ARRIVALS, BOX, SIZES, Floats, Instance, Integers, Shop
from chaland.promise.types import COST_UNIT
from chaland.sourcing.queries import decide
from chaland.sourcing.scarcity import ScarcityPricer
from chaland.sourcing.types import Demand, UnitOutlook, World

EVERY = 200
"""Prices are worked out again after so many arrivals."""
DRAWN = 5
"""Prices are the mean over so many numbers of orders that may still come."""
LATER_ROUNDS = 1
"""After the first time, ways to serve are looked for so often: few are missing by then."""

Prices = Callable[[World, int], Integers | None]
"""The shadow prices of a world from which so many arrivals are left; None: as they were."""


@dataclass(frozen=True)
class Result:
    """What one policy made of one sequence. ``unfilled`` units came from the last resort."""

    cost: float
    orders: int
    boxes: int
    split: int
    unfilled: int
    seconds: float


def run(known: Instance, number: int, prices: Prices) -> Result:
    """Let the product decide every arrival of a sequence at what *prices* say."""
    shop = Shop(known)
    world = shop.world()
    types, cities = known.arrivals(number)
    cost = boxes = split = unfilled = orders = 0
    last = len(known.centres)
    started = time.process_time()
    for first in range(0, len(types), EVERY):
        fresh = prices(world, len(types) - first)
        if fresh is not None:
            world.outlook = UnitOutlook(scarcity=fresh)
        batch = slice(first, first + EVERY)
        pairs = zip(types[batch].tolist(), cities[batch].tolist(), strict=True)
        for decision in decide(
            [shop.demands[kind][city] for kind, city in pairs if kind >= 0], world
        ):
            orders += 1
            cost += decision.cost.freight
            boxes += len(decision.assignments)
            split += len(decision.assignments) > 1
            for assignment in decision.assignments:
                if assignment.location_index == last:
                    unfilled += len(assignment.portions)
    seconds = time.process_time() - started
    return Result(cost / COST_UNIT, orders, boxes, split, unfilled, seconds)


def no_prices(_world: World, _left: int) -> None:
    """Decide each order for itself."""


def prices_once(known: Instance) -> Prices:
    """Work prices out before the first order, from what is expected, and keep them."""
    pricer, shares = _pricer(known)

    def prices(world: World, left: int) -> Integers | None:
        return pricer.price(world, [shares * left]) if left == ARRIVALS else None

    return prices


def prices_again(known: Instance) -> Prices:
    """Work prices out again and again, from what is left and what may still come."""
    pricer, shares = _pricer(known)
    draw = np.random.default_rng([known.seed, 99])

    def prices(world: World, left: int) -> Integers:
        drawn = [draw.poisson(shares * left).astype(np.float64) for _ in range(DRAWN)]
        if left == ARRIVALS:
            return pricer.price(world, [shares * left, *drawn])
        return pricer.price(world, drawn, rounds=LATER_ROUNDS)

    return prices


def nearest(known: Instance, number: int) -> float:
    """Return what it costs to take each item from the nearest centre that has it."""
    stock = known.stock.copy()
    total = 0.0
    for kind, city in zip(*(item.tolist() for item in known.arrivals(number)), strict=True):
        used = set()
        for item in known.types[kind] if kind >= 0 else ():
            centre = next((near for near in known.nearest[city] if stock[item, near]), None)
            if centre is None:
                total += known.last_resort_costs[city]
            else:
                stock[item, centre] -= 1
                total += known.unit_costs[city, centre]
            used.add(centre)
        total += sum(2 * BOX if centre is None else BOX for centre in used)
    return total


def hindsight(known: Instance, number: int) -> float:
    """Return the linear program's cost for the orders that really came: nothing can cost less.

    For each type and city: shares of each item by source, and of a box by source, of which there
    are as many as of any item in it.
    """
    types, cities = known.arrivals(number)
    counts = np.zeros((len(known.types), len(known.cities)))
    np.add.at(counts, (types[types >= 0], cities[types >= 0]), 1)
    program = _Program()
    by_stock: dict[tuple[int, int], list[int]] = {}
    sources = len(known.centres) + 1
    for kind, city in zip(*counts.nonzero(), strict=True):
        boxes = [program.variable(BOX if at < sources - 1 else 2 * BOX) for at in range(sources)]
        units = [*known.unit_costs[city], known.last_resort_costs[city]]
        for item in known.types[kind]:
            shares = []
            for source in range(sources):
                if source < sources - 1 and not known.stock[item, source]:
                    continue
                share = program.variable(units[source])
                shares.append(share)
                program.row([share, boxes[source]], [1, -1], -highspy.kHighsInf, 0)
                if source < sources - 1:
                    by_stock.setdefault((item, source), []).append(share)
            wanted = float(counts[kind, city])
            program.row(shares, [1] * len(shares), wanted, wanted)
    for (item, source), shares in by_stock.items():
        held = float(known.stock[item, source])
        program.row(shares, [1] * len(shares), -highspy.kHighsInf, held)
    return program.solve()


class _Program:
    """A linear program in the making; variables are 0 or more."""

    def __init__(self) -> None:
        self._costs: list[float] = []
        self._rows: list[tuple[list[int], list[int], float, float]] = []

    def variable(self, cost: float) -> int:
        self._costs.append(cost)
        return len(self._costs) - 1

    def row(self, variables: list[int], values: list[int], lower: float, upper: float) -> None:
        self._rows.append((variables, values, lower, upper))

    def solve(self) -> float:
        solver = highspy.Highs()  # type: ignore[no-untyped-call] # its stubs say nothing
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)
        count = len(self._costs)
        solver.addVars(count, np.zeros(count), np.full(count, highspy.kHighsInf))
        solver.changeColsCost(count, np.arange(count, dtype=np.int32), np.array(self._costs))
        lengths = [len(variables) for variables, *_ in self._rows]
        solver.addRows(
            len(self._rows),
            np.array([lower for _, _, lower, _ in self._rows]),
            np.array([upper for _, _, _, upper in self._rows]),
            sum(lengths),
            np.cumsum([0, *lengths[:-1]]).astype(np.int32),
            np.concatenate([variables for variables, *_ in self._rows]).astype(np.int32),
            np.concatenate([values for _, values, _, _ in self._rows]).astype(np.float64),
        )
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            message = f"the solver stopped with {solver.getModelStatus()}"
            raise ArithmeticError(message)
        return float(solver.getInfo().objective_function_value)


def _pricer(known: Instance) -> tuple[ScarcityPricer, Floats]:
    """Return a pricer of every type from every city, and how likely an arrival is to be each."""
    demands: list[Demand] = [demand for row in Shop(known).demands for demand in row]
    # Nothing is ever lost: the last resort serves. Its price for each unit alone is dear enough.
    dearest = 2 * BOX + float(known.last_resort_costs.max())
    lost = [int(SIZES * dearest * COST_UNIT)] * len(demands)
    return ScarcityPricer(demands, lost), known.shares.ravel()
