"""Ways to choose: the product's own engine, and whatever it is to be compared with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from chaland.availability.sellable import SellableStock
from chaland.inventory.types import StockMatrix
from chaland.lab.simulation.scenario import Scenario
from chaland.lab.simulation.state import State
from chaland.sourcing.engine import decide
from chaland.sourcing.joint import reassign
from chaland.sourcing.types import (
    Assignment,
    Decision,
    Demand,
    PolicyBook,
    UnitOutlook,
    Waiting,
    World,
)

Prices = NDArray[np.int64]

MISS_LOG_ODDS = 4.0
"""How much less likely a unit is where one was missed: what the accuracy room believes at first."""


class Choice(NamedTuple):
    """What one site gives: pairs of line and quantity; ``service`` -1 for what is collected."""

    location: int
    service: int
    units: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """What can be known when orders are decided. Players read it and change nothing but memory.

    ``load`` counts the work that waits at each site. ``state.memory`` keeps what a player wants to
    know the next time.
    """

    scenario: Scenario
    state: State
    now: datetime
    load: NDArray[np.int32]

    def rows_of(self, demands: Sequence[Demand]) -> NDArray[np.int64]:
        """Return the rows of the SKUs that *demands* ask for, in rising order."""
        row_of = self.scenario.row_of
        wanted = {line.sku_id for demand in demands for line in demand.lines}
        return np.array(sorted(row_of[sku] for sku in wanted if sku in row_of), np.int64)

    def chances(self, rows: NDArray[np.int64]) -> NDArray[np.float32] | None:
        """Return the probability that a unit is found, after what was missed so far (rows by L)."""
        known = self.scenario.chance
        if known is None:
            return None
        chances = known[rows]
        place = {row: number for number, row in enumerate(rows.tolist())}
        for (row, location), times in self.state.missed.items():
            at = place.get(row)
            if at is not None:
                odds = chances[at, location] / max(1e-6, 1 - chances[at, location])
                odds *= np.exp(-MISS_LOG_ODDS * times)
                chances[at, location] = odds / (1 + odds)
        return chances

    def stock(self, rows: NDArray[np.int64]) -> SellableStock:
        """Return what the records say of *rows*, as channels may sell it; free to be changed."""
        sku_ids = tuple(self.scenario.sku_ids[row] for row in rows.tolist())
        matrix = StockMatrix(
            sku_ids, self.state.recorded[rows], {sku: place for place, sku in enumerate(sku_ids)}
        )
        return SellableStock(matrix, self.scenario.withholding, {})


class Player(Protocol):
    """A way to choose. It keeps nothing to itself: what it remembers is in the state's memory.

    ``every`` is how many seconds pass before it looks again at orders that no site was told of
    yet, all together; 0: never.
    """

    @property
    def every(self) -> int:
        """Seconds between two looks at waiting orders; 0: never."""

    def choose(self, demands: Sequence[Demand], moment: Moment) -> list[list[Choice]]:
        """Decide *demands* in turn; fewer units than asked for mean that no more were found."""

    def reconsider(self, waiting: Sequence[Waiting], moment: Moment) -> list[list[Choice] | None]:
        """Assign waiting orders together; None where an order stays as it is."""


PriceOfScarcity = Callable[[Moment], Prices | None]
"""Shadow prices of all positions (rows by L) at a moment, in 1/10 000 of the currency unit."""


@dataclass(slots=True, kw_only=True)
class EnginePlayer:
    """The product's own choice, by the strategies that *books* has in force at a moment.

    ``looks_ahead`` tells it the chances and, where *scarcity* is given, the shadow prices; without
    it, it believes the records and thinks of the order alone. *seconds* bound one look at waiting
    orders.
    """

    books: Callable[[datetime], PolicyBook]
    looks_ahead: bool = True
    scarcity: PriceOfScarcity | None = None
    every: int = 0
    seconds: float = 60.0

    def choose(self, demands: Sequence[Demand], moment: Moment) -> list[list[Choice]]:
        """Decide with the engine that decides live orders."""
        world = self.world(moment, moment.rows_of(demands))
        return [_choices(decision, world) for decision in decide(demands, world)]

    def reconsider(self, waiting: Sequence[Waiting], moment: Moment) -> list[list[Choice] | None]:
        """Assign waiting orders together, as the product does until their release."""
        world = self.world(moment, moment.rows_of([item.demand for item in waiting]))
        result = reassign(waiting, world, seconds=self.seconds)
        return [
            None if plan.decision is None else _choices(plan.decision, world)
            for plan in result.plans
        ]

    def world(self, moment: Moment, rows: NDArray[np.int64]) -> World:
        """Return the world as a decision about *rows* finds it."""
        return World(
            network=moment.scenario.network,
            promise=moment.scenario.promise,
            stock=moment.stock(rows),
            load=moment.load.copy(),
            now=moment.now,
            policies=self.books(moment.now),
            outlook=self._outlook(moment, rows),
        )

    def _outlook(self, moment: Moment, rows: NDArray[np.int64]) -> UnitOutlook | None:
        if not self.looks_ahead:
            return None
        chances = moment.chances(rows)
        prices = None if self.scarcity is None else self.scarcity(moment)
        return UnitOutlook(
            scarcity=None if prices is None else prices[rows],
            unpickable=None if chances is None else (1 - chances).astype(np.float32),
        )


def _choices(decision: Decision, world: World) -> list[Choice]:
    return [_choice(item, world) for item in decision.assignments]


def _choice(assignment: Assignment, world: World) -> Choice:
    code = assignment.service_code
    service = None if code is None else world.promise.service_index(code)
    return Choice(
        assignment.location_index,
        -1 if service is None else service,
        tuple((portion.line, portion.quantity) for portion in assignment.portions),
    )
