"""The words of the joint choice: plans as columns, and the stock and capacity they compete for."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

Placement = tuple[tuple[int, int, int], ...]
"""What a plan takes from where: (SKU, location, units), sorted. Locations are dense indexes."""


class Resource(NamedTuple):
    """Something that plans compete for.

    ``stock``: the units of the stock's row *row* at *location*; ``share``: those of them that the
    channel *channel* may sell; ``day``: the orders that *location* can still do in its day.
    """

    kind: str
    location: int
    row: int = -1
    channel: str = ""


class Column(NamedTuple):
    """One plan for one order (its number): what it costs and what it takes of each resource.

    ``cost`` is in 1/10 000 of the currency unit, the price of a change included.
    """

    order: int
    cost: int
    placement: Placement
    uses: tuple[tuple[Resource, int], ...]


class Offer(NamedTuple):
    """The answer to prices for one order: plans to weigh, and what no plan can cost less than.

    ``least`` counts what the plan takes at the prices asked about; None where no plan was found.
    """

    columns: Sequence[Column]
    least: int | None


class Pricer(Protocol):
    """Whoever finds the best plans at given prices of resources (not named: 0), an order each."""

    def offers(self, prices: Mapping[Resource, int]) -> Sequence[Offer]:
        """Return an offer for every order, in their order."""


class Problem(NamedTuple):
    """Orders with their present columns, and how much there is of each resource.

    ``amount`` is what all orders together may take of a resource; None: it cannot run short. The
    present columns together are within every amount.
    """

    present: Sequence[Column]
    amount: Callable[[Resource], int | None]
    pricer: Pricer


class Chosen(NamedTuple):
    """A column for each order, and how good that is.

    ``bound`` is None where no round of prices came to its end. ``finished``: the search went to
    its end; ``sound``: False where the solver gave no answer that holds, and all stays as it is.
    """

    columns: Sequence[Column]
    bound: int | None
    finished: bool
    sound: bool
    rounds: int
    weighed: int


def reduced_cost(column: Column, prices: Mapping[Resource, int]) -> int:
    """Return what a column costs with what it takes at *prices*."""
    return column.cost + sum(prices.get(item, 0) * units for item, units in column.uses)
