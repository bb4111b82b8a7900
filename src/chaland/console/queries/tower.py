"""The control tower: what needs a person, today's figures, the load of each site, the map."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext, pgettext

from chaland.access.types import Scope
from chaland.accuracy.queries import CountFilter, find_counts
from chaland.accuracy.types import CountState
from chaland.console import geography, sites, wording
from chaland.console.sites import Site
from chaland.feeds import queries as feeds
from chaland.fulfilment import queries as fulfilment
from chaland.fulfilment.types import FulfilmentView, WorkItem
from chaland.journeys.find_orders import FoundOrder, OrderSearch, find_orders
from chaland.kernel.actor import Actor
from chaland.kernel.ids import to_public
from chaland.network.queries import snapshot, visible_location_ids
from chaland.network.types import NetworkSnapshot
from chaland.orders import queries as orders
from chaland.orders.types import ORDER_PREFIX, OrderState
from chaland.promise import queries as promises

RISKS_FOR = timedelta(days=14)
STUCK_AFTER = timedelta(hours=2)
SHOWN = 8
BUSIEST = 12
MOST_COUNTS = 200


@dataclass(frozen=True, slots=True)
class Alarm:
    """A count of what needs a person, and where to look at it."""

    name: str
    count: int
    tone: str
    icon: str
    meaning: str
    url: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the day, as text."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class WorkRow:
    """Work at a site, as a line of a table."""

    url: str
    external_id: str
    site: str
    state: str
    dispatch_by: datetime | None
    since: datetime


@dataclass(frozen=True, slots=True)
class BlockedRow:
    """An order that no site can serve."""

    url: str
    external_id: str
    placed_at: datetime
    destination: str
    total: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A site on the map; numbers are text, so that no language puts a comma into the drawing."""

    x: str
    y: str
    radius: str
    tone: str
    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tower:
    """Everything on the control tower at one moment."""

    alarms: list[Alarm]
    figures: list[Figure]
    late: list[WorkRow]
    late_count: int
    at_risk: list[WorkRow]
    at_risk_count: int
    stuck: list[WorkRow]
    stuck_count: int
    stuck_after: timedelta
    blocked: list[BlockedRow]
    sites: list[Site]
    busiest: list[Site]
    dots: list[Dot]
    outline: str


def tower(actor: Actor, now: datetime) -> Tower:
    """Read the tower as *actor* may see it; the number of queries does not grow with the data."""
    network = snapshot()
    ids = visible_location_ids(actor)
    within = None if ids is None else fulfilment.orders_at(ids)
    places = all_sites(network, ids, now)
    late = fulfilment.late(now=now, location_ids=ids, limit=SHOWN)
    late_count = fulfilment.count_late(now=now, location_ids=ids)
    idle_since = now - STUCK_AFTER
    stuck = fulfilment.stuck(older_than=idle_since, location_ids=ids, limit=SHOWN)
    stuck_count = fulfilment.count_stuck(older_than=idle_since, location_ids=ids)
    risky = promises.risks_since(now - RISKS_FOR)
    at_risk = fulfilment.unfinished(risky, location_ids=ids)
    states = orders.count_by_state(states=(OrderState.BLOCKED,), within=within)
    blocked = find_orders(OrderSearch(states=(OrderState.BLOCKED,)), actor=actor, limit=SHOWN)
    return Tower(
        alarms=[
            *_alarms(late_count, stuck_count, states[OrderState.BLOCKED]),
            _alarm(
                gettext("Promises at risk"),
                len(at_risk),
                "warn",
                "clock",
                gettext("will hardly be in time"),
                "#at-risk",
            ),
            *_stock_alarms(actor, ids),
        ],
        figures=_figures(places, within, now, with_money=ids is None),
        late=work_rows(late, network),
        late_count=late_count,
        at_risk=work_rows(at_risk[:SHOWN], network),
        at_risk_count=len(at_risk),
        stuck=work_rows(stuck, network),
        stuck_count=stuck_count,
        stuck_after=STUCK_AFTER,
        blocked=[_blocked_row(item) for item in blocked],
        sites=places,
        busiest=sorted(places, key=sites.by_urgency)[:BUSIEST],
        dots=_dots(places),
        outline=geography.OUTLINE,
    )


def all_sites(network: NetworkSnapshot, ids: Collection[int] | None, now: datetime) -> list[Site]:
    """Return the active sites among *ids* (None: all) with their work; two queries."""
    loads = fulfilment.load_by_location(now=now, since=midnight(now), location_ids=ids)
    names = {item.code: item.name for item in network.organisations}
    wanted = None if ids is None else frozenset(ids)
    return [
        sites.site(facts, loads, names, now)
        for facts in network.locations
        if facts.active and (wanted is None or facts.id in wanted)
    ]


def work_rows(items: Sequence[WorkItem], network: NetworkSnapshot) -> list[WorkRow]:
    """Return work as table lines, with the names of its sites."""
    return [
        WorkRow(
            url=order_url(item.fulfilment.order_id),
            external_id=item.external_id,
            site=site_name(network, item.fulfilment.location_id),
            state=item.fulfilment.state.value,
            dispatch_by=item.fulfilment.dispatch_by,
            since=_touched(item.fulfilment),
        )
        for item in items
    ]


def _touched(view: FulfilmentView) -> datetime:
    """Return when somebody last did something with the goods, or when the site was told."""
    moments = (view.packed_at, view.picked_at, view.accepted_at, view.released_at)
    return next((moment for moment in moments if moment is not None), view.release_at)


def order_url(order_id: UUID) -> str:
    """Return the address of an order's page."""
    return reverse("console:order", args=[to_public(ORDER_PREFIX, order_id)])


def site_name(network: NetworkSnapshot, location_id: int) -> str:
    """Return the name of a location."""
    return network.locations[network.index_of[location_id]].name


def midnight(now: datetime) -> datetime:
    """Return when the present day began, in the retailer's time zone."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def _stock_alarms(actor: Actor, ids: Collection[int] | None) -> list[Alarm]:
    """Return what makes stock less true; nothing for those who may not see stock."""
    if not actor.may(Scope.STOCK_READ):
        return []
    silent = sum(item.active and item.silent_since is not None for item in feeds.feeds(actor=actor))
    waiting = feeds.count_waiting(actor=actor)
    submitted = CountFilter(location_ids=ids, states=(CountState.SUBMITTED,))
    pending = sum(item.pending for item in find_counts(submitted, limit=MOST_COUNTS))
    return [
        _alarm(
            gettext("Silent feeds"),
            silent,
            "bad",
            "feed",
            gettext("a system does not tell its stock any more"),
            reverse("console:feeds"),
        ),
        _alarm(
            gettext("Lines that wait"),
            waiting,
            "warn",
            "alert",
            gettext("messages about stock that could not be used"),
            reverse("console:feeds"),
        ),
        _alarm(
            gettext("Counts to approve"),
            pending,
            "warn",
            "scan",
            gettext("differences that a second person must look at"),
            reverse("console:counts") + "?state=submitted",
        ),
    ]


def _alarm(name: str, count: int, tone: str, icon: str, meaning: str, url: str) -> Alarm:
    return Alarm(name, count, tone if count else "calm", icon if count else "check", meaning, url)


def _alarms(late: int, stuck: int, blocked: int) -> list[Alarm]:
    return [
        _alarm(
            gettext("Late"),
            late,
            "bad",
            "clock",
            gettext("has passed the moment it had to leave or arrive"),
            "#late",
        ),
        _alarm(
            gettext("Stuck"),
            stuck,
            "warn",
            "pause",
            gettext("nobody at the site has moved it"),
            "#stuck",
        ),
        _alarm(
            gettext("Unroutable"),
            blocked,
            "bad",
            "route",
            gettext("no site can serve it: decide"),
            "#unroutable",
        ),
    ]


def _figures(
    places: Sequence[Site],
    within: QuerySet[Any, UUID] | None,
    now: datetime,
    *,
    with_money: bool,
) -> list[Figure]:
    days = orders.day_figures(since=midnight(now), until=now + timedelta(seconds=1), within=within)
    amounts: dict[str, Decimal] = {}
    for day in days:
        amounts[day.currency] = amounts.get(day.currency, Decimal(0)) + day.amount
    figures = [
        Figure(gettext("orders"), _number(sum(day.orders for day in days))),
        Figure(gettext("articles"), _number(sum(day.units for day in days))),
    ]
    if with_money:
        sold = " + ".join(wording.money(amount, code) for code, amount in sorted(amounts.items()))
        figures.append(Figure(gettext("sold"), sold or wording.DASH))
    return [
        *figures,
        Figure(pgettext("orders", "cancelled"), _number(sum(day.cancelled for day in days))),
        Figure(gettext("shipped or collected"), _number(sum(item.load.done for item in places))),
        Figure(gettext("waiting at the sites"), _number(sum(item.waiting for item in places))),
        Figure(gettext("at the counters"), _number(sum(item.load.ready for item in places))),
    ]


def _number(value: int) -> str:
    return number_format(value, force_grouping=True)


def _blocked_row(found: FoundOrder) -> BlockedRow:
    order = found.order
    return BlockedRow(
        url=order_url(order.id),
        external_id=order.external_id,
        placed_at=order.placed_at,
        destination=f"{order.destination_postal_code} {order.destination_country}",
        total=found.total,
        currency=order.currency,
    )


def _dots(places: Sequence[Site]) -> list[Dot]:
    dots = []
    for item in sorted(places, key=lambda place: -place.waiting):
        spot = geography.place(item.facts.latitude, item.facts.longitude)
        if spot is not None:
            dots.append(
                Dot(
                    x=f"{spot.x:g}",
                    y=f"{spot.y:g}",
                    radius=f"{sites.dot_radius(item):g}",
                    tone=sites.dot_tone(item),
                    title=sites.dot_title(item),
                    url=item.url,
                )
            )
    return dots
