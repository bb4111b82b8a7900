"""Column generation: ask for plans at the master's prices until none of them would help.

After Dantzig and Wolfe (1960) and Gilmore and Gomory (1961). Whatever the prices are, the sum of
every order's least cost at them, less what all resources together are worth at them, is a bound
that no choice can go below (Lagrange); the best of all rounds is kept.
"""

from collections.abc import Callable, Mapping, Sequence

from chaland.sourcing.rules.joint.columns import (
    Chosen,
    Column,
    Offer,
    Problem,
    Resource,
    reduced_cost,
)
from chaland.sourcing.rules.joint.master import Master, Relaxed

FOR_WHOLE_PLANS = 0.3
"""The share of the time that is kept for choosing whole plans at the end."""

SMOOTHING = 0.5
"""How much of the best prices so far the next ones keep.

Prices of the first rounds jump; steadier ones need fewer rounds (Wentges 1997)."""

_A_UNIT = 1.0
"""Costs are whole: what would save less than one of them saves nothing."""

Prices = Mapping[Resource, int]


def choose_together(problem: Problem, left: Callable[[], float]) -> Chosen:
    """Choose one plan for each order; *left* tells how many seconds there still are.

    The choice never costs more than the present columns, and does not depend on time unless
    *left* comes to 0.
    """
    budget = left()
    search = _Search(problem)
    if budget <= 0:
        return search.unchanged()
    converged = False
    while not converged and left() > budget * FOR_WHOLE_PLANS:
        relaxed = search.master.relax(left())
        if relaxed is None:
            break
        converged = search.round(relaxed, lambda: left() <= budget * FOR_WHOLE_PLANS)
    columns, finished, sound = search.master.choose(left())
    return Chosen(
        columns,
        search.bound,
        finished and converged,
        sound,
        search.rounds,
        len(search.master.columns),
    )


class _Search:
    """The master with the best bound so far and the prices that gave it."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self.master = Master(problem.present, problem.amount)
        self.bound: int | None = None
        self.rounds = 0
        self._best: Prices = {}

    def unchanged(self) -> Chosen:
        """Return what there is."""
        return Chosen(self._problem.present, None, False, True, 0, len(self.master.columns))

    def round(self, relaxed: Relaxed, over: Callable[[], bool]) -> bool:
        """Ask for plans at the prices of *relaxed*; tell whether nothing better is left to find.

        Steadier prices are asked about first; only where those bring nothing, the plain ones.
        """
        plain = {item: round(price) for item, price in relaxed.prices.items()}
        if self._best and self._best != plain:
            steady = _between(self._best, plain)
            if self._ask(steady, relaxed) or over():
                return self._closed(relaxed)
        return not self._ask(plain, relaxed) or self._closed(relaxed)

    def _ask(self, prices: Prices, relaxed: Relaxed) -> bool:
        """Take in every plan offered; tell whether one of them improves on *relaxed*."""
        offers = self._problem.pricer.offers(prices)
        self.rounds += 1
        self._note_bound(prices, offers)
        improving = False
        for offer in offers:
            for column in offer.columns:
                new = self.master.add(column)
                improving |= new and _improves(column, relaxed)
        return improving

    def _note_bound(self, prices: Prices, offers: Sequence[Offer]) -> None:
        bound = 0
        for present, offer in zip(self._problem.present, offers, strict=True):
            stays = reduced_cost(present, prices)
            bound += stays if offer.least is None else min(stays, offer.least)
        for item, price in prices.items():
            bound -= price * (self.master.amount_of(item) or 0)
        if self.bound is None or bound > self.bound:
            self.bound, self._best = bound, prices

    def _closed(self, relaxed: Relaxed) -> bool:
        return self.bound is not None and relaxed.value - self.bound < _A_UNIT


def _improves(column: Column, relaxed: Relaxed) -> bool:
    priced = sum(relaxed.prices.get(item, 0.0) * units for item, units in column.uses)
    return column.cost + priced < relaxed.orders[column.order] - _A_UNIT


def _between(best: Prices, plain: Prices) -> dict[Resource, int]:
    mixed = {
        item: round(SMOOTHING * best.get(item, 0) + (1 - SMOOTHING) * plain.get(item, 0))
        for item in {**best, **plain}
    }
    return {item: price for item, price in mixed.items() if price > 0}
