"""Orders that find no site and are taken on nevertheless, because their strategy says so."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from chaland.fulfilment import operations as fulfilment
from chaland.journeys.nothing_fits import cancel_missing
from chaland.journeys.order_backorders import promise_to_order
from chaland.journeys.place_orders.drafts import PlacedOrder, draft_order
from chaland.journeys.place_orders.references import ResolvedOrder
from chaland.kernel.actor import SYSTEM
from chaland.sourcing.queries import decide
from chaland.sourcing.types import Decision, NothingFits, World


def take_on(
    order: ResolvedOrder, decision: Decision, world: World, *, now: datetime
) -> PlacedOrder | None:
    """Write an order down for which nothing fits; None when its strategy has it refused.

    Where what cannot be had is cancelled, the rest is decided anew, used up of *world*; half a kit
    is of no use to anybody, so an order with a kit gets all or nothing. Where goods on their way
    are to be promised, the order is taken on if enough come (and refused otherwise): what is short
    is promised to it, and it waits as one for stock does.
    """
    choice = world.policies.policy_of(order.demand).nothing_fits
    if choice is NothingFits.REFUSE:
        return None
    if choice is NothingFits.CANCEL and not any(sku.is_kit for sku in order.skus):
        (decision,) = decide([replace(order.demand, allow_partial=True)], world)
    placed = draft_order(order, decision, world.stock, now=now, unserved=choice)
    if choice is NothingFits.BACK_ORDER and not promise_to_order(
        placed.draft.order_id, order.channel.code, _short(order, decision), now=now
    ):
        return None
    return placed


def _short(order: ResolvedOrder, decision: Decision) -> list[tuple[str, int]]:
    """Return the SKUs of which too few are there, and how many the order wants of each."""
    short = {item.sku_id for item in decision.shortages if item.short}
    return [
        (source.sku.code, line.quantity)
        for source, line in zip(order.sources, order.demand.lines, strict=True)
        if source.sku.id in short
    ]


def settle_taken_on(orders: Iterable[PlacedOrder], *, now: datetime) -> None:
    """Block the orders that wait, and cancel what cannot be had of the others."""
    unserved = [order for order in orders if order.unserved is not None]
    if not unserved:
        return
    fulfilment.settle_orders(
        order_ids=[order.draft.order_id for order in unserved], now=now, actor=SYSTEM
    )
    for order in unserved:
        if order.unserved is NothingFits.CANCEL:
            cancel_missing(order.draft.order_id, now=now)
