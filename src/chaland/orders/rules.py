"""Which state an order is in, from where its units are. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from chaland.kernel.transitions import IllegalTransitionError
from chaland.orders.states import ORDER_TRANSITIONS
from chaland.orders.types import OrderState


@dataclass(frozen=True, slots=True)
class LineFacts:
    """Units of one line: sold, cancelled, waiting at a site, gone."""

    quantity: int
    cancelled: int
    planned: int
    shipped: int

    @property
    def owed(self) -> int:
        """Units sold and not cancelled, whether they have left or not."""
        return self.quantity - self.cancelled

    @property
    def uncovered(self) -> int:
        """Units owed that are neither gone nor waiting at any site."""
        return max(0, self.owed - self.planned - self.shipped)


def state_of(lines: Iterable[LineFacts], *, started: bool, under_way: bool) -> OrderState:
    """Return the state that the facts call for.

    *started*: a site has been told to work on the order. *under_way*: something has left a site and
    has not reached the customer yet.
    """
    facts = list(lines)
    owed = sum(line.owed for line in facts)
    if owed == 0:
        return OrderState.CANCELLED
    if sum(line.shipped for line in facts) >= owed:
        return OrderState.FULFILLED if under_way else OrderState.COMPLETED
    if any(line.uncovered for line in facts):
        return OrderState.BLOCKED
    return OrderState.IN_PROGRESS if started else OrderState.OPEN


def action_towards(current: OrderState, wanted: OrderState) -> str | None:
    """Return the action that leads from *current* to *wanted*; None when they are the same.

    Raises IllegalTransitionError when the table has no such arrow: the facts contradict the
    history.
    """
    if current == wanted:
        return None
    for action in ORDER_TRANSITIONS.actions(current):
        if ORDER_TRANSITIONS.target(current, action) == wanted:
            return action
    message = f"no action leads from {current!r} to {wanted!r}"
    raise IllegalTransitionError(message)
