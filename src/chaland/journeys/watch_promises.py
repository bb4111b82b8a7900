"""Know of a promise that will hardly be kept before it is late, and do something about it.

Each promise at risk is told once. Work that nobody has begun goes to another site that keeps the
promise, if it does not cost much more; otherwise the customer is told another day.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import structlog
from django.db import transaction

from chaland.fulfilment import operations as fulfilment
from chaland.fulfilment import queries as fulfilment_queries
from chaland.fulfilment.types import (
    FULFILMENT_PREFIX,
    FulfilmentMethod,
    FulfilmentState,
    FulfilmentView,
)
from chaland.journeys.cancel_order import cancel_fulfilment
from chaland.kernel.actor import SYSTEM, Actor
from chaland.kernel.errors import DomainError
from chaland.kernel.geo import GeoPoint, distance_km
from chaland.kernel.ids import to_public
from chaland.network.queries import snapshot
from chaland.orders import queries as order_queries
from chaland.orders.types import ORDER_PREFIX, OrderView
from chaland.promise import operations as promises
from chaland.promise import queries as promise_queries
from chaland.promise.engine import PromiseEngine
from chaland.promise.foretelling import OnTheWay, Prospect, prospects
from chaland.promise.operations import Risk

logger = structlog.get_logger(__name__)

AHEAD = timedelta(days=3)
"""So long before the next promised moment a promise is looked at."""
MOST_AT_ONCE = 2000
AT_RISK_BELOW = 0.5
"""More likely late than in time, unless terms say otherwise."""
MOST_MORE_COST = Decimal(5)
"""What keeping a promise from another site may cost more, in the order's currency."""

_UNTOUCHED = frozenset({FulfilmentState.PLANNED, FulfilmentState.RELEASED})
_PREPARED = frozenset({FulfilmentState.PICKED, FulfilmentState.PACKED})
_REASONS = {
    FulfilmentState.PLANNED: "planned",
    FulfilmentState.RELEASED: "unanswered",
    FulfilmentState.ACCEPTED: "unprepared",
    FulfilmentState.PICKED: "unprepared",
    FulfilmentState.PACKED: "not_collected",
    FulfilmentState.SHIPPED: "in_transit",
}


class _NoBetterError(Exception):
    """No other site keeps the promise: what was tried is rolled back."""


def watch_promises(*, now: datetime) -> int:
    """Tell of promises that are at risk at *now* and were not told of yet; return how many."""
    promise = promise_queries.engine(snapshot())
    views = fulfilment_queries.promised_before(now + AHEAD, limit=MOST_AT_ONCE)
    told = promise_queries.told_risks([view.id for view in views])
    views = [view for view in views if view.id not in told and view.state in _REASONS]
    orders = order_queries.orders_by_id({view.order_id for view in views})
    works = [_work(view, orders[view.order_id], promise) for view in views]
    found = prospects(works, promise, now=now)
    total = 0
    for view in views:
        prospect = found.get(view.id)
        if prospect is not None and prospect.chance < _threshold(
            view, orders[view.order_id], promise
        ):
            total += _act(view, prospect, promise, now=now, actor=SYSTEM)
    return total


def _work(view: FulfilmentView, order: OrderView, promise: PromiseEngine) -> OnTheWay:
    place = promise.network.index_of[view.location_id]
    site = promise.network.locations[place]
    assert view.promise_latest is not None  # noqa: S101 - the query leaves others out
    return OnTheWay(
        id=view.id,
        location=place,
        service=None if view.method is FulfilmentMethod.PICKUP else view.service_code or "",
        country=order.destination_country,
        postal_code=order.destination_postal_code,
        distance_km=distance_km(
            GeoPoint(site.latitude, site.longitude),
            GeoPoint(order.destination_latitude, order.destination_longitude),
        ),
        items=1,
        not_before=view.released_at or view.release_at,
        prepared=view.state in _PREPARED,
        shipped_at=view.shipped_at,
        promised_latest=view.promise_latest,
    )


def _threshold(view: FulfilmentView, order: OrderView, promise: PromiseEngine) -> float:
    channel = promise.network.channels_by_id[order.channel_id].code
    site = promise.network.locations[promise.network.index_of[view.location_id]].code
    below = promise.terms(channel, site).at_risk_below
    return AT_RISK_BELOW if below is None else below


@transaction.atomic
def _act(
    view: FulfilmentView,
    prospect: Prospect,
    promise: PromiseEngine,
    *,
    now: datetime,
    actor: Actor,
) -> int:
    """Tell of one promise, under lock, if it is as it was read; do what can be done."""
    [work] = fulfilment.lock_work([view.id])
    if work.order.state != view.state or view.promise_latest is None:
        return 0
    risk = Risk(
        id=view.id,
        order_id=view.order_id,
        order=to_public(ORDER_PREFIX, view.order_id),
        subject=to_public(FULFILMENT_PREFIX, view.id),
        site=promise.network.locations[promise.network.index_of[view.location_id]].code,
        chance=round(prospect.chance, 4),
        reason=_REASONS[view.state],
        promised_earliest=view.promise_earliest,
        promised_latest=view.promise_latest,
    )
    if not promises.tell_risks(risks=[risk], now=now, actor=actor):
        return 0
    untouched = view.method is FulfilmentMethod.SHIP and view.state in _UNTOUCHED
    if untouched and _is_moved(view, view.promise_latest, now=now, actor=actor):
        promises.mark_elsewhere(risk=risk)
        return 1
    if prospect.latest > view.promise_latest:
        promises.renew_promise(risk=risk, latest=prospect.latest, now=now, actor=actor)
    return 1


def _is_moved(view: FulfilmentView, latest: datetime, *, now: datetime, actor: Actor) -> bool:
    """Give the work to other sites if they keep the promise; else the site keeps it, as it was."""
    try:
        with transaction.atomic():
            _move(view, latest, now=now, actor=actor)
    except _NoBetterError:
        return False
    except DomainError as refusal:
        logger.warning("promise_at_risk_stays", fulfilment=str(view.id), code=refusal.code)
        return False
    return True


def _move(view: FulfilmentView, latest: datetime, *, now: datetime, actor: Actor) -> None:
    """Give the work to other sites; raise _NoBetterError unless they keep the promise."""
    before = {part.id for part in fulfilment_queries.of_order(view.order_id)}
    cancel_fulfilment(fulfilment_id=view.id, reason="promise_at_risk", now=now, actor=actor)
    after = [part for part in fulfilment_queries.of_order(view.order_id) if part.id not in before]
    if not _is_better(view, after, latest) or _is_short(view.order_id):
        raise _NoBetterError


def _is_better(view: FulfilmentView, parts: Sequence[FulfilmentView], latest: datetime) -> bool:
    cost = sum((part.cost for part in parts), Decimal(0))
    in_time = all(
        part.promise_latest is not None and part.promise_latest <= latest for part in parts
    )
    return bool(parts) and in_time and cost <= view.cost + MOST_MORE_COST


def _is_short(order_id: UUID) -> bool:
    lines = order_queries.lines_of([order_id])[order_id]
    owed = {line.id: line.quantity - line.cancelled for line in lines}
    return bool(fulfilment_queries.gaps_of(order_id, owed))
