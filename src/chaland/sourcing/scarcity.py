"""Shadow prices of scarce stock: what the last unit of a SKU at a location is worth to others.

An order that is decided alone takes the unit that is cheapest now, although the next customer may
have no other. With a price on that unit the order takes it only if its own next best is dearer
still. The prices are the duals of a linear program (``rules.fluid``) whose ways to serve a demand
are what ``engine.decide`` itself would choose at these prices: the same rate cards, splits, hard
constraints and strategy. Nothing here decides an order.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from chaland.sourcing.engine import decide_each
from chaland.sourcing.rules.fluid import Floats, FluidPlan, Prices, Use
from chaland.sourcing.types import (
    Decision,
    Demand,
    Outcome,
    Policy,
    PolicyBook,
    UnitOutlook,
    World,
)

ROUNDS = 100
"""How often ways to serve are looked for at most before the prices are taken as they are."""

_WORTH_WHILE = 10
"""A way that saves less than this (1/10 000 of the currency unit) is not worth another round."""


class ScarcityPricer:
    """Prices the stock that *demands* may draw on, again and again as stock and time pass.

    Each is one kind of demand: its lines, destination and channel stand for all orders of the kind.
    ``lost[i]`` is what it costs to serve none of the kind *i*, in 1/10 000 of the currency unit.
    Worlds handed in later must hold stock of the same SKUs in the same rows as the first.
    """

    def __init__(self, demands: Sequence[Demand], lost: Sequence[int]) -> None:
        self._demands = demands
        self._lost = lost
        self._plan: FluidPlan | None = None

    def price(
        self, world: World, expected: Sequence[Floats], *, rounds: int = ROUNDS
    ) -> NDArray[np.int64]:
        """Return the worth of the last units (rows × L), in 1/10 000 of the currency unit.

        Each of *expected* says how many orders of each kind may come before the stock is
        replenished; the prices are the mean over them, so that several drawn by chance count what
        may happen beside what is likely. *rounds* bounds the search for further ways to serve, over
        all of them together; with few, prices may come out too high. *world* stays as it is.
        """
        stock = world.stock.available
        plan = self._plan
        if plan is None:
            rows, locations = stock.shape
            plan = self._plan = FluidPlan(self._lost, rows=rows, locations=locations)
        full = replace(world, policies=_FullPrice(world.policies))
        total = np.zeros(stock.shape)
        for numbers in expected:
            prices = plan.solve(numbers, stock)
            while rounds > 0:
                rounds -= 1
                if not self._look_for_ways(plan, full, prices):
                    break
                prices = plan.solve(numbers, stock)
            total += prices.units
        return _whole(total / len(expected))

    def _look_for_ways(self, plan: FluidPlan, world: World, prices: Prices) -> int:
        """Offer what the engine would choose at *prices*; return how many ways are new."""
        before = world.outlook or UnitOutlook()
        world.outlook = replace(before, scarcity=_whole(prices.units))
        found = 0
        for number, decision in enumerate(decide_each(self._demands, world)):
            gain = prices.demands[number] - decision.cost.total
            if decision.outcome is Outcome.SOURCED and gain > _WORTH_WHILE:
                cost = decision.cost.total - decision.cost.scarcity
                found += plan.offer(number, cost, _uses(decision, world))
        return found


class _FullPrice:
    """Strategies as they are, except that shadow prices count in full."""

    def __init__(self, book: PolicyBook) -> None:
        self._book = book
        self._known: dict[Policy, Policy] = {}

    def policy_of(self, demand: Demand) -> Policy:
        """Return what applies to *demand*."""
        policy = self._book.policy_of(demand)
        known = self._known.get(policy)
        if known is None:
            weights = replace(policy.weights, scarcity=Decimal(1))
            known = self._known[policy] = replace(policy, weights=weights)
        return known

    def weighs(self, weight: str) -> bool:
        """Tell whether any strategy gives the weight of this name more than 0."""
        return weight == "scarcity" or self._book.weighs(weight)


def _uses(decision: Decision, world: World) -> list[Use]:
    row_of = world.stock.row_of
    return [
        (row_of[portion.sku_id], assignment.location_index, portion.quantity)
        for assignment in decision.assignments
        for portion in assignment.portions
    ]


def _whole(prices: Floats) -> NDArray[np.int64]:
    whole: NDArray[np.int64] = np.rint(prices).astype(np.int64)
    return whole
