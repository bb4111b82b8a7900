"""The days before the demo began: orders placed, worked on and delivered, at past times.

The same shoppers and staff act as in the live traffic. Only here they do not go through the
API, which knows no other time than the present: each act is the journey behind its route, given the
moment at which it happened.
"""

import hashlib
import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from chaland.demo.shoppers import Shoppers, orders_per_hour
from chaland.demo.staff import NextStep, SiteType, Work, next_step
from chaland.demo.working_time import after_working
from chaland.fulfilment import operations as fulfilment
from chaland.fulfilment import queries as fulfilment_queries
from chaland.fulfilment.queries import FulfilmentFilter
from chaland.fulfilment.types import (
    CollectRequest,
    DeliverRequest,
    FulfilmentState,
    FulfilmentView,
    PackRequest,
    ParcelDraft,
    PickRequest,
    RefusalReason,
    RefuseRequest,
    ShipRequest,
)
from chaland.journeys import site_work
from chaland.journeys.cancel_order import cancel_fulfilment, cancel_order
from chaland.journeys.place_orders.body import OrderBody
from chaland.journeys.place_orders.requests import placement_request
from chaland.journeys.place_orders.service import place_orders
from chaland.journeys.refuse_fulfilment import pick_fulfilment, refuse_fulfilment
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError
from chaland.kernel.ids import from_public, new_uuid
from chaland.network import queries as network_queries
from chaland.network.types import LocationFacts, LocationKind, OrganisationKind

DAYS = 4
ORDERS = 220
MOST_AT_ONCE = 500
FORGOTTEN = 0.03
CHANGED_THEIR_MIND = 0.03
ACTOR = Actor(kind="system", id="demo", label="Démonstration", scopes=frozenset({"*"}))

_LOCAL = ZoneInfo("Europe/Paris")
_STEP = timedelta(hours=1)


@dataclass(slots=True)
class _Diary:
    """What has to happen, in order of time, and which fulfilment orders are looked after."""

    due: list[tuple[datetime, int, FulfilmentView, NextStep]] = field(default_factory=list)
    known: set[UUID] = field(default_factory=set)
    placed: int = 0
    count: int = 0

    def note(self, at: datetime, view: FulfilmentView, step: NextStep) -> None:
        self.count += 1
        heapq.heappush(self.due, (at, self.count, view, step))

    def until(self, moment: datetime) -> Iterator[tuple[datetime, FulfilmentView, NextStep]]:
        while self.due and self.due[0][0] <= moment:
            at, _, view, step = heapq.heappop(self.due)
            yield at, view, step


def write_history(
    *,
    shoppers: Shoppers,
    random: Random,
    now: datetime,
    told: Callable[[int, int], None],
    orders: int = ORDERS,
    days: int = DAYS,
) -> int:
    """Live through the last *days*, hour by hour, up to *now*; return how many orders were placed.

    About *orders* are tried; one that is refused for want of stock is no loss.
    """
    diary = _Diary()
    hours = days * 24
    start = now - hours * _STEP
    moments = [start + number * _STEP for number in range(1, hours + 1)]
    weights = [orders_per_hour(moment.astimezone(_LOCAL)) for moment in moments]
    owed = 0.0
    for number, (moment, weight) in enumerate(zip(moments, weights, strict=True), start=1):
        owed += orders * weight / sum(weights)
        with transaction.atomic():
            _work(diary, moment, random)
            _place(diary, shoppers, int(owed), moment, random)
            fulfilment.release_due(now=moment, actor=ACTOR)
            _look_for_work(diary, moment, random)
        owed -= int(owed)
        told(number, hours)
    with transaction.atomic():
        fulfilment.mark_late(now=now, actor=ACTOR)
    return diary.placed


def _place(diary: _Diary, shoppers: Shoppers, count: int, moment: datetime, random: Random) -> None:
    bodies = [
        OrderBody.model_validate(
            shoppers.next_order(placed_at=moment - _STEP * (count - turn) / (count + 1), prefix="H")
        )
        for turn in range(count)
    ]
    requests = [placement_request(body, actor=ACTOR) for body in bodies]
    for answer in place_orders(requests, now=moment):
        if answer.refused:
            continue
        order_id = from_public("ord", answer.order)
        diary.placed += 1
        if random.random() < CHANGED_THEIR_MIND:
            reason = "changed_mind"
            cancel_order(order_id=order_id, reason=reason, now=moment, actor=ACTOR)


def _look_for_work(diary: _Diary, moment: datetime, random: Random) -> None:
    """Begin to look after what was released in the last hour."""
    released = FulfilmentFilter(states=[FulfilmentState.RELEASED])
    for view in fulfilment_queries.search(released, limit=MOST_AT_ONCE):
        if view.id not in diary.known:
            diary.known.add(view.id)
            if random.random() >= FORGOTTEN:
                _plan_next(diary, view, moment, random)


def _work(diary: _Diary, moment: datetime, random: Random) -> None:
    for at, view, step in diary.until(moment):
        try:
            with transaction.atomic():
                _act(view, step, at)
        except DomainError:
            continue  # cancelled meanwhile
        _plan_next(diary, fulfilment_queries.by_id([view.id])[view.id], at, random)


def _plan_next(diary: _Diary, view: FulfilmentView, at: datetime, random: Random) -> None:
    place = next(
        item for item in network_queries.snapshot().locations if item.id == view.location_id
    )
    work = Work(str(view.id), view.state, view.method.value, view.service_code, site_type(place))
    step = next_step(work, random)
    if step is None:
        return
    if step.at_work:
        diary.note(after_working(place.calendar, at, step.minutes), view, step)
    else:
        diary.note(at + timedelta(minutes=step.minutes), view, step)


def site_type(place: LocationFacts) -> SiteType:
    """Return how people work at *place*."""
    if place.kind == LocationKind.WAREHOUSE:
        return "warehouse"
    if place.kind == LocationKind.SUPPLIER:
        return "supplier"
    owners = {item.code: item.kind for item in network_queries.snapshot().organisations}
    return "merchant" if owners[place.organisation] == OrganisationKind.MERCHANT else "store"


def _act(view: FulfilmentView, step: NextStep, at: datetime) -> None:
    match step.action:
        case "accept":
            site_work.accept(fulfilment_ids=[view.id], now=at, actor=ACTOR)
        case "refuse":
            refusal = RefuseRequest(fulfilment_id=view.id, reason=RefusalReason(step.reason))
            refuse_fulfilment(request=refusal, now=at, actor=ACTOR)
        case "pick":
            pick_fulfilment(request=PickRequest(fulfilment_id=view.id), now=at, actor=ACTOR)
        case "pack":
            parcel = ParcelDraft(parcel_id=new_uuid())
            packing = PackRequest(fulfilment_id=view.id, parcels=(parcel,))
            site_work.pack(request=packing, now=at, actor=ACTOR)
        case "ready":
            site_work.make_ready(fulfilment_id=view.id, now=at, actor=ACTOR)
        case "ship":
            _ship(view, at)
        case "deliver":
            delivery = DeliverRequest(fulfilment_id=view.id, at=at)
            site_work.deliver(request=delivery, now=at, actor=ACTOR)
        case "collect":
            collection = CollectRequest(fulfilment_id=view.id, code=view.pickup_code)
            site_work.collect(request=collection, now=at, actor=ACTOR)
        case "cancel":
            cancel_fulfilment(fulfilment_id=view.id, reason=step.reason, now=at, actor=ACTOR)


def _ship(view: FulfilmentView, at: datetime) -> None:
    parcels = fulfilment_queries.parcels_of([view.id])[view.id]
    tracking = {item.id: tracking_number(str(item.id)) for item in parcels}
    request = ShipRequest(fulfilment_id=view.id, tracking=tracking)
    site_work.ship(request=request, now=at, actor=ACTOR)


def tracking_number(parcel: str) -> str:
    """Return the number that the carrier gives to a parcel."""
    return f"TV{hashlib.blake2b(parcel.encode(), digest_size=6).hexdigest().upper()}FR"
