"""What given placements of orders cost and when they arrive, by the engine's own prices.

Each order sees a stock of its own that holds nothing but its placement, so that the one engine
prices exactly that, for as many orders as there are in one go.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from chaland.availability.sellable import SellableStock
from chaland.availability.withholding import Withholding
from chaland.inventory.types import StockMatrix
from chaland.sourcing.engine import decide_each
from chaland.sourcing.rules.joint.columns import Placement
from chaland.sourcing.types import (
    Assignment,
    Decision,
    Demand,
    Outcome,
    Policy,
    Portion,
    UnitOutlook,
    World,
)


class FixedBook:
    """A policy for each of some demands, known by identity."""

    def __init__(self, policies: Sequence[tuple[Demand, Policy]]) -> None:
        # The demands are kept too, so that nothing else can come to have their identity.
        self._policies = {id(demand): (demand, policy) for demand, policy in policies}

    def policy_of(self, demand: Demand) -> Policy:
        """Return the policy of one of the demands. Raises KeyError for another."""
        return self._policies[id(demand)][1]

    def weighs(self, weight: str) -> bool:
        """Tell whether any of the policies gives the weight of this name more than 0."""
        return any(getattr(policy.weights, weight) for _, policy in self._policies.values())


def placement_of(assignments: Sequence[Assignment]) -> Placement:
    """Return what assignments take from where."""
    taken: Counter[tuple[int, int]] = Counter()
    for assignment in assignments:
        for portion in assignment.portions:
            taken[portion.sku_id, assignment.location_index] += portion.quantity
    return tuple(sorted((sku, place, units) for (sku, place), units in taken.items()))


def priced_placements(
    placed: Sequence[tuple[Demand, Policy, Placement]], world: World
) -> list[Decision | None]:
    """Return the decision that each placement comes to; None where sourcing would not allow it."""
    book: list[tuple[Demand, Policy]] = []
    rows: list[int] = []
    cells: list[tuple[int, int, int]] = []
    for demand, policy, placement in placed:
        own: dict[int, int] = {}
        for sku_id, location, units in placement:
            if sku_id not in own:
                own[sku_id] = len(rows)
                rows.append(world.stock.row_of[sku_id])
            cells.append((own[sku_id], location, units))
        book.append((_renamed(demand, own), policy))
    if not book:
        return []
    alone = replace(
        world,
        stock=_stock_of(len(rows), cells, world),
        policies=FixedBook(book),
        outlook=_outlook_of(world.outlook, np.array(rows, np.intp)),
    )
    decisions = decide_each([demand for demand, _ in book], alone)
    return [
        _own_names(decision, demand, placement)
        for (demand, _, placement), decision in zip(placed, decisions, strict=True)
    ]


def _renamed(demand: Demand, own: Mapping[int, int]) -> Demand:
    """Name the SKUs by rows that no other order has; one that is placed nowhere has none."""
    lines = tuple(replace(line, sku_id=own.get(line.sku_id, -1)) for line in demand.lines)
    return replace(demand, lines=lines, allow_partial=False)


def _stock_of(rows: int, cells: Sequence[tuple[int, int, int]], world: World) -> SellableStock:
    available = np.zeros((rows, len(world.network)), np.int32)
    for row, location, units in cells:
        available[row, location] = units
    numbers = range(rows)
    free = Withholding(
        world.network,
        now=world.now,
        profiles=lambda _sku_ids: {},
        fences=lambda _sku_ids, _channels: {},
    )
    matrix = StockMatrix(tuple(numbers), available, {row: row for row in numbers})
    return SellableStock(matrix, free, {})


def _outlook_of(outlook: UnitOutlook | None, rows: NDArray[np.intp]) -> UnitOutlook | None:
    if outlook is None:
        return None
    return UnitOutlook(
        scarcity=None if outlook.scarcity is None else outlook.scarcity[rows],
        unpickable=None if outlook.unpickable is None else outlook.unpickable[rows],
        ageing=None if outlook.ageing is None else outlook.ageing[rows],
    )


def _own_names(decision: Decision, demand: Demand, placement: Placement) -> Decision | None:
    if decision.outcome is not Outcome.SOURCED:
        return None
    assignments = tuple(
        item._replace(
            portions=tuple(
                Portion(part.line, demand.lines[part.line].sku_id, part.quantity)
                for part in item.portions
            )
        )
        for item in decision.assignments
    )
    if placement_of(assignments) != placement:
        return None
    return decision._replace(assignments=assignments)
