"""A site gives units back: what is wrong there is blocked, and the units are found elsewhere."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from chaland.fulfilment import operations as fulfilment
from chaland.fulfilment import queries as fulfilment_queries
from chaland.fulfilment.types import (
    FULFILMENT_PREFIX,
    NO_ANSWER,
    FreedUnits,
    PickRequest,
    RefusalReason,
    RefuseRequest,
)
from chaland.inventory import operations as inventory
from chaland.inventory.types import BlockRequest, Pair, UnavailableStatus
from chaland.journeys.nothing_fits import settle_unserved
from chaland.journeys.site_work import require_site
from chaland.journeys.source_again import StockChange, source_again
from chaland.kernel.actor import Actor
from chaland.kernel.ids import to_public
from chaland.network.queries import snapshot
from chaland.orders import queries as order_queries
from chaland.promise import queries as promise_queries

_BLOCKED_AS: Mapping[str, UnavailableStatus] = {
    RefusalReason.NOT_FOUND.value: UnavailableStatus.MISSING,
    RefusalReason.DAMAGED.value: UnavailableStatus.DAMAGED,
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
    _find_elsewhere(freed, request.reason.value, now=now, actor=actor)


@transaction.atomic
def pick_fulfilment(*, request: PickRequest, now: datetime, actor: Actor) -> None:
    """Let a site pick; units that were not picked are refused for ``request.reason``, as above."""
    require_site(actor, [request.fulfilment_id])
    freed = fulfilment.pick(request=request, now=now, actor=actor)
    if freed:
        _find_elsewhere(freed, request.reason.value, now=now, actor=actor)


@transaction.atomic
def time_out_fulfilment(
    *, fulfilment_id: UUID, answer_minutes: int, now: datetime, actor: Actor
) -> bool:
    """Take work from a site that did not answer and source it again; tell whether it was taken.

    Of an answer and this, whoever locks the order first is right.
    """
    freed = fulfilment.time_out(
        fulfilment_id=fulfilment_id, answer_minutes=answer_minutes, now=now, actor=actor
    )
    if freed:
        _find_elsewhere(freed, NO_ANSWER, now=now, actor=actor)
    return bool(freed)


def _find_elsewhere(
    freed: Sequence[FreedUnits], reason: str, *, now: datetime, actor: Actor
) -> None:
    """Source units again, unless sites gave the order back so often that a person shall decide."""
    order_id = freed[0].order_id
    give_back = partial(_give_back, freed, reason, now=now, actor=actor)
    refusals = fulfilment_queries.refusals_of(order_id)
    most = _most_refusals(order_id)
    decided_by_person = most is not None and refusals >= most
    if decided_by_person:
        inventory.lock_positions(_pairs(freed))
        give_back()
        fulfilment.escalate(
            fulfilment_id=freed[0].fulfilment_id, refusals=refusals, now=now, actor=actor
        )
    else:
        source_again(
            order_id=order_id,
            reason=reason,
            now=now,
            actor=actor,
            first=StockChange(pairs=_pairs(freed), apply=give_back),
        )
    fulfilment.settle_orders(order_ids=[order_id], now=now, actor=actor)
    if not decided_by_person:
        settle_unserved(order_id, now=now)


def _most_refusals(order_id: UUID) -> int | None:
    """Return after how many refusals of an order a person decides; None: never."""
    network = snapshot()
    order = order_queries.orders_by_id([order_id])[order_id]
    channel = network.channels_by_id[order.channel_id].code
    return promise_queries.engine(network).terms(channel).most_refusals


def _pairs(freed: Sequence[FreedUnits]) -> frozenset[Pair]:
    return frozenset((item.sku_id, item.location_id) for item in freed)


def _give_back(freed: Sequence[FreedUnits], reason: str, *, now: datetime, actor: Actor) -> None:
    why = f"refused: {reason}"
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
