"""A site gives units back: what is wrong there is blocked, and the units are found elsewhere."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.db import transaction

from chaland.fulfilment import operations as fulfilment
from chaland.fulfilment.types import (
    FULFILMENT_PREFIX,
    FreedUnits,
    PickRequest,
    RefusalReason,
    RefuseRequest,
)
from chaland.inventory import operations as inventory
from chaland.inventory.types import BlockRequest, UnavailableStatus
from chaland.journeys.nothing_fits import settle_unserved
from chaland.journeys.site_work import require_site
from chaland.journeys.source_again import StockChange, source_again
from chaland.kernel.actor import Actor
from chaland.kernel.ids import to_public

_BLOCKED_AS = {
    RefusalReason.NOT_FOUND: UnavailableStatus.MISSING,
    RefusalReason.DAMAGED: UnavailableStatus.DAMAGED,
}
"""Reasons that say something about the goods: those units must not be sold there again."""


@transaction.atomic
def refuse_fulfilment(*, request: RefuseRequest, now: datetime, actor: Actor) -> None:
    """Let a site refuse all of its part, or some units of it, and source those units again.

    Units that were not found or are damaged are blocked at the site. What no other site has leaves
    the order blocked. Raises NotFoundError for a site that the actor may not see, ConflictError
    ``illegal_transition`` when it is too late.
    """
    require_site(actor, [request.fulfilment_id])
    freed = fulfilment.refuse(request=request, now=now, actor=actor)
    _find_elsewhere(freed, request.reason, now=now, actor=actor)


@transaction.atomic
def pick_fulfilment(*, request: PickRequest, now: datetime, actor: Actor) -> None:
    """Let a site pick; units that were not picked are refused for ``request.reason``, as above."""
    require_site(actor, [request.fulfilment_id])
    freed = fulfilment.pick(request=request, now=now, actor=actor)
    if freed:
        _find_elsewhere(freed, request.reason, now=now, actor=actor)


def _find_elsewhere(
    freed: Sequence[FreedUnits], reason: RefusalReason, *, now: datetime, actor: Actor
) -> None:
    order_id = freed[0].order_id
    source_again(
        order_id=order_id,
        reason=reason.value,
        now=now,
        actor=actor,
        first=StockChange(
            pairs=frozenset((item.sku_id, item.location_id) for item in freed),
            apply=partial(_give_back, freed, reason, now=now, actor=actor),
        ),
    )
    fulfilment.settle_orders(order_ids=[order_id], now=now, actor=actor)
    settle_unserved(order_id, now=now)


def _give_back(
    freed: Sequence[FreedUnits], reason: RefusalReason, *, now: datetime, actor: Actor
) -> None:
    why = f"refused: {reason.value}"
    fulfilment.release_stock(freed=freed, reason=why, now=now, actor=actor)
    status = _BLOCKED_AS.get(reason)
    if status is None:
        return
    inventory.block(
        blocks=[
            BlockRequest(
                item.sku_id,
                item.location_id,
                item.quantity,
                status,
                to_public(FULFILMENT_PREFIX, item.fulfilment_id),
            )
            for item in freed
        ],
        reason=why,
        now=now,
        actor=actor,
    )
