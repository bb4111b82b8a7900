"""What a site does with its part of an order, one function an action, for routes and screens.

Each opens its own transaction (or joins the caller's) and lets an actor act only at sites that it
may see; raises NotFoundError for others, ConflictError ``illegal_transition`` for what is
impossible now. Picking and refusing, which may send units elsewhere, are in ``refuse_fulfilment``.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from chaland.fulfilment import operations as fulfilment
from chaland.fulfilment import queries as fulfilment_queries
from chaland.fulfilment.types import (
    FULFILMENT_PREFIX,
    CollectRequest,
    DeliverRequest,
    PackRequest,
    ShipRequest,
)
from chaland.journeys.visibility import is_restricted, location_of, may_see
from chaland.kernel.actor import Actor
from chaland.kernel.errors import NotFoundError
from chaland.kernel.ids import to_public
from chaland.network.queries import snapshot


def require_site(actor: Actor, fulfilment_ids: Collection[UUID]) -> None:
    """Raise NotFoundError unless the actor may see the site of each of these fulfilment orders."""
    if not is_restricted(actor):
        return
    network = snapshot()
    found = fulfilment_queries.by_id(fulfilment_ids)
    for fulfilment_id in fulfilment_ids:
        view = found.get(fulfilment_id)
        if view is None or not may_see(actor, location_of(network, view.location_id)):
            raise NotFoundError("fulfilment order", to_public(FULFILMENT_PREFIX, fulfilment_id))


@transaction.atomic
def release(*, fulfilment_ids: Collection[UUID], now: datetime, actor: Actor) -> None:
    """Tell sites to start before the planned moment."""
    require_site(actor, fulfilment_ids)
    fulfilment.release(fulfilment_ids=fulfilment_ids, now=now, actor=actor)


@transaction.atomic
def accept(*, fulfilment_ids: Collection[UUID], now: datetime, actor: Actor) -> None:
    """Take work on; of two who do so at once, the second is refused."""
    require_site(actor, fulfilment_ids)
    fulfilment.accept(fulfilment_ids=fulfilment_ids, now=now, actor=actor)


@transaction.atomic
def pack(*, request: PackRequest, now: datetime, actor: Actor) -> None:
    """Close the parcels."""
    require_site(actor, [request.fulfilment_id])
    fulfilment.pack(request=request, now=now, actor=actor)


@transaction.atomic
def ship(*, request: ShipRequest, now: datetime, actor: Actor) -> None:
    """Hand the parcels to the carrier: the stock falls."""
    require_site(actor, [request.fulfilment_id])
    fulfilment.ship(request=request, now=now, actor=actor)


@transaction.atomic
def deliver(*, request: DeliverRequest, now: datetime, actor: Actor) -> None:
    """Note that parcels reached the customer."""
    require_site(actor, [request.fulfilment_id])
    fulfilment.deliver(request=request, now=now, actor=actor)


@transaction.atomic
def make_ready(*, fulfilment_id: UUID, now: datetime, actor: Actor) -> None:
    """Put the goods on the pickup shelf and give the customer a code."""
    require_site(actor, [fulfilment_id])
    fulfilment.make_ready(fulfilment_id=fulfilment_id, now=now, actor=actor)


@transaction.atomic
def collect(*, request: CollectRequest, now: datetime, actor: Actor) -> None:
    """Hand the goods to the customer who says the code: the stock falls."""
    require_site(actor, [request.fulfilment_id])
    fulfilment.collect(request=request, now=now, actor=actor)
