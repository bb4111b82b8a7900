"""Everything that happened to an order, in order, as the actor may see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chaland.fulfilment import queries as fulfilment_queries
from chaland.fulfilment.types import FULFILMENT_PREFIX
from chaland.journeys.visibility import is_restricted, location_of, may_see
from chaland.kernel.actor import Actor
from chaland.kernel.errors import NotFoundError
from chaland.kernel.ids import to_public
from chaland.network.queries import snapshot
from chaland.orders import queries as order_queries
from chaland.orders.types import ORDER_PREFIX
from chaland.outbox.queries import timeline
from chaland.sourcing.queries import decisions_of
from chaland.sourcing.types import DecisionRecord

_SECRETS = frozenset({"pickup_code"})
"""What the timeline does not repeat: the counter must hear the code from the customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One thing that happened; ``subject`` is the public id of what changed."""

    at: datetime
    type: str
    subject: str
    actor_kind: str
    actor_id: str
    data: Mapping[str, Any]


def order_timeline(*, order_id: UUID, actor: Actor) -> list[TimelineEntry]:
    """Return an order's events, oldest first. Raises NotFoundError.

    An actor of some organisations sees what happened at its own sites in full, and of the rest of
    the order that something happened, without the details.
    """
    public, own = _visible(order_id, actor)
    entries = []
    for event in timeline(public):
        if own is not None and event.subject != public and event.subject not in own:
            continue
        hidden = own is not None and event.subject == public
        entries.append(
            TimelineEntry(
                at=event.occurred_at,
                type=event.type,
                subject=event.subject,
                actor_kind="" if hidden else event.actor_kind,
                actor_id="" if hidden else event.actor_id,
                data={}
                if hidden
                else {key: item for key, item in event.data.items() if key not in _SECRETS},
            )
        )
    return entries


def order_decisions(*, order_id: UUID, actor: Actor) -> list[DecisionRecord]:
    """Return why the order's sites were chosen, oldest first. Raises NotFoundError.

    Decisions compare every organisation's sites, so an actor of some organisations sees none.
    """
    _, own = _visible(order_id, actor)
    return [] if own is not None else decisions_of([order_id]).get(order_id, [])


def _visible(order_id: UUID, actor: Actor) -> tuple[str, frozenset[str] | None]:
    """Return the order's public id, and those of its parts that the actor may see (None: all)."""
    public = to_public(ORDER_PREFIX, order_id)
    if order_queries.order_view(order_id) is None:
        raise NotFoundError("order", public)
    if not is_restricted(actor):
        return public, None
    network = snapshot()
    own = frozenset(
        to_public(FULFILMENT_PREFIX, part.id)
        for part in fulfilment_queries.of_order(order_id)
        if may_see(actor, location_of(network, part.location_id))
    )
    if not own:
        raise NotFoundError("order", public)
    return public, own
