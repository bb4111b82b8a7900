"""What becomes of an order that finds no site, as its strategy says: it waits, or loses the rest.

An order that waits is blocked, as one for a person to decide is. The worker looks at those that
wait for stock again and again, and gives them sites as soon as all that is missing is there.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction

from chaland.database.revision import read_revisions
from chaland.fulfilment import operations as fulfilment
from chaland.journeys.cancel_order import UnitsToCancel, cancel_order
from chaland.journeys.decision_world import world_for
from chaland.journeys.missing_units import missing_units
from chaland.journeys.order_backorders import close_backorders_of
from chaland.journeys.order_demands import demands_of
from chaland.journeys.owner_shares import shares_of_work
from chaland.journeys.source_again import source_again
from chaland.kernel.actor import SYSTEM
from chaland.network.queries import snapshot
from chaland.orders import queries as order_queries
from chaland.orders.queries import OrderFilter
from chaland.orders.types import OrderState, OrderView
from chaland.promise import queries as promise_queries
from chaland.sourcing import queries as sourcing_queries
from chaland.sourcing.types import NothingFits, Outcome

REASON = "nothing fits"
PAGE, MOST_PAGES = 200, 25
"""So many waiting orders are looked at together, the latest first, and so many times in a round."""


def cancel_missing(order_id: UUID, *, now: datetime) -> None:
    """Cancel the units of an order that no site gives, and bring it to the state that follows."""
    lines = order_queries.lines_of([order_id])[order_id]
    units: dict[UUID, int] = {}
    for gap in missing_units(order_id, lines):
        kits = -(-gap.quantity // gap.per_kit)
        units[gap.order_line_id] = max(units.get(gap.order_line_id, 0), kits)
    if units:
        cancel_order(
            order_id=order_id,
            reason=REASON,
            now=now,
            actor=SYSTEM,
            units=[UnitsToCancel(line_id, count) for line_id, count in units.items()],
        )


def settle_unserved(order_id: UUID, *, now: datetime) -> None:
    """Cancel what an order that lost its site cannot get, if its strategy says so."""
    order = order_queries.orders_by_id([order_id])[order_id]
    if order.state is OrderState.BLOCKED and _said_of([order], now)[0] is NothingFits.CANCEL:
        cancel_missing(order_id, now=now)


def serve_waiting(*, now: datetime) -> int:
    """Give sites to orders that wait for stock, where all that they miss is there now.

    Returns how many were served. An order that is tried in vain leaves no trace.
    """
    return sum(_serve(order, now=now) for order in _ready(now))


def _ready(now: datetime) -> Iterator[OrderView]:
    """Yield the orders that wait for stock and would be served whole."""
    before = None
    for _ in range(MOST_PAGES):
        blocked = order_queries.search(
            OrderFilter(states=(OrderState.BLOCKED,)), before=before, limit=PAGE
        )
        if not blocked:
            return
        before = blocked[-1].id
        said = _said_of(blocked, now)
        waiting = [
            order
            for order, choice in zip(blocked, said, strict=True)
            if choice in {NothingFits.QUEUE, NothingFits.BACK_ORDER}
        ]
        yield from _that_fit(waiting, now)


def _that_fit(waiting: list[OrderView], now: datetime) -> Iterator[OrderView]:
    """Yield those of which everything could be had, were each alone; the earliest first."""
    if not waiting:
        return
    network = snapshot()
    earliest_first = waiting[::-1]
    demands = demands_of(
        earliest_first, network, promise_queries.engine(network), missing_only=True
    )
    world = world_for(demands, network, read_revisions(), now=now)
    decided = sourcing_queries.decide_each(demands, world)
    for order, decision in zip(earliest_first, decided, strict=True):
        if decision.outcome is Outcome.SOURCED:
            yield order


@transaction.atomic
def _serve(order: OrderView, *, now: datetime) -> bool:
    fulfilment.lock_work_of([order.id])
    present = order_queries.orders_by_id([order.id])[order.id]
    if present.state is not OrderState.BLOCKED:
        return False
    source_again(order_id=order.id, reason="stock arrived", now=now, actor=SYSTEM)
    states = fulfilment.settle_orders(order_ids=[order.id], now=now, actor=SYSTEM)
    if states[order.id] is OrderState.BLOCKED:
        return False
    close_backorders_of(order.id, filled=True, now=now)
    return True


def _said_of(orders: list[OrderView], now: datetime) -> list[NothingFits]:
    network = snapshot()
    book = sourcing_queries.policies(network, now=now, shares=shares_of_work(network, now))
    demands = demands_of(orders, network, promise_queries.engine(network))
    return [book.policy_of(demand).nothing_fits for demand in demands]
