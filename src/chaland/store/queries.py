"""What the store app reads: shops, their to-do lists, one job with its articles."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chaland.accuracy.queries import CountFilter, find_counts
from chaland.accuracy.types import CountState
from chaland.catalog.queries import sku_facts_by_id, skus
from chaland.customers.queries import contacts
from chaland.fulfilment import queries as fulfilment
from chaland.fulfilment.types import (
    FULFILMENT_PREFIX,
    FulfilmentMethod,
    FulfilmentState,
    FulfilmentView,
    ParcelView,
    WorkItem,
)
from chaland.fulfilment.types import LINE_PREFIX as FULFILMENT_LINE_PREFIX
from chaland.kernel.actor import Actor
from chaland.kernel.errors import NotFoundError
from chaland.kernel.ids import InvalidPublicIdError, from_public, to_public
from chaland.network.queries import snapshot, visible_location_ids
from chaland.network.types import LocationFacts, LocationKind
from chaland.orders.queries import orders_by_id

COUNTABLE = (CountState.OPEN, CountState.COUNTING)
WORKPLACES = frozenset({LocationKind.STORE, LocationKind.WAREHOUSE, LocationKind.SUPPLIER})
MOST_JOBS = 100

TO_PREPARE = (FulfilmentState.RELEASED, FulfilmentState.ACCEPTED, FulfilmentState.PICKED)
AT_COUNTER = (FulfilmentState.READY,)
FOR_CARRIER = (FulfilmentState.PACKED,)
VIEWS = {"prepare": TO_PREPARE, "counter": AT_COUNTER, "carrier": FOR_CARRIER}
"""Which states each of the to-do lists shows."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A place to work at, and how much waits there."""

    code: str
    name: str
    city: str
    open_work: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A fulfilment order as a card: what, whose, how urgent. ``customer`` is empty for parcels."""

    id: str
    external_id: str
    state: str
    method: str
    dispatch_by: datetime | None
    units: int
    customer: str
    is_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLine:
    """One article of a job; ``codes`` are what its scanner may read, with blanks between."""

    id: str
    sku_code: str
    name: str
    quantity: int
    to_give: int
    gtin: str
    codes: str


@dataclass(frozen=True, slots=True)
class JobParcel:
    """A closed parcel of a job."""

    id: str
    tracking_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """A job with everything that its page shows."""

    job: Job
    view: FulfilmentView
    note: str
    lines: list[JobLine]
    parcels: list[JobParcel]


def shops(actor: Actor, *, now: datetime) -> list[Shop]:
    """Return the places where *actor* may work, by name."""
    ids = visible_location_ids(actor)
    places = [
        item
        for item in snapshot().locations
        if item.active and item.kind in WORKPLACES and (ids is None or item.id in ids)
    ]
    loads = fulfilment.load_by_location(
        now=now, since=now, location_ids=[item.id for item in places]
    )
    found = [
        Shop(
            item.code,
            item.name,
            item.city,
            load.released + load.in_work + load.ready if (load := loads.get(item.id)) else 0,
        )
        for item in places
    ]
    return sorted(found, key=lambda shop: shop.name)


def shop(code: str, actor: Actor) -> LocationFacts:
    """Return a place where *actor* may work. Raises NotFoundError."""
    facts = snapshot().location(code)
    if facts is None or not actor.may_see_location(
        organisation=facts.organisation, location=facts.code
    ):
        raise NotFoundError("shop", code)
    return facts


def counts(location: LocationFacts) -> dict[str, int]:
    """Return how many jobs each to-do list has, and how many counts are open; two queries."""
    states = fulfilment.count_by_state(location_ids=[location.id])
    jobs = {name: sum(states.get(state, 0) for state in shown) for name, shown in VIEWS.items()}
    wanted = CountFilter(location_ids=[location.id], states=COUNTABLE)
    return {**jobs, "counts": len(find_counts(wanted, limit=MOST_JOBS))}


def to_accept(location: LocationFacts) -> list[UUID]:
    """Return the jobs that nobody at the shop has accepted yet, the most urgent first."""
    items = fulfilment.work_list(
        location_ids=[location.id], states=[FulfilmentState.RELEASED], limit=MOST_JOBS
    )
    return [item.fulfilment.id for item in items]


def jobs(location: LocationFacts, view: str, *, now: datetime) -> list[Job]:
    """Return the jobs of one to-do list, the most urgent first; two queries."""
    items = fulfilment.work_list(location_ids=[location.id], states=VIEWS[view], limit=MOST_JOBS)
    names = _names(items)
    return [_job(item, names.get(item.customer_id, ""), now) for item in items]


def job_page(location: LocationFacts, fulfilment_id: str, *, now: datetime) -> JobPage:
    """Return one job of a shop. Raises NotFoundError, also for a job of another shop."""
    view = find_job(location, fulfilment_id)
    order = orders_by_id([view.order_id])[view.order_id]
    lines = fulfilment.lines_of([view.id])[view.id]
    facts = sku_facts_by_id([line.sku_id for line in lines])
    gtins = {item.code: item.gtins for item in skus([line.sku_code for line in lines])}
    item = WorkItem(
        fulfilment=view,
        external_id=order.external_id,
        customer_id=order.customer_id,
        line_count=len(lines),
        units=sum(line.to_give for line in lines),
    )
    shown = [
        JobLine(
            id=to_public(FULFILMENT_LINE_PREFIX, line.id),
            sku_code=line.sku_code,
            name=facts[line.sku_id].name if line.sku_id in facts else line.sku_code,
            quantity=line.to_give,
            to_give=line.to_give,
            gtin=next(iter(gtins.get(line.sku_code, ())), ""),
            codes=" ".join((*gtins.get(line.sku_code, ()), line.sku_code)),
        )
        for line in lines
    ]
    return JobPage(
        job=_job(item, _names([item]).get(order.customer_id, ""), now),
        view=view,
        note=order.note,
        lines=shown,
        parcels=_parcels(fulfilment.parcels_of([view.id])[view.id]),
    )


def find_job(location: LocationFacts, fulfilment_id: str) -> FulfilmentView:
    """Return a fulfilment order of a shop. Raises NotFoundError."""
    try:
        found = from_public(FULFILMENT_PREFIX, fulfilment_id)
    except InvalidPublicIdError:
        raise NotFoundError("job", fulfilment_id) from None
    view = fulfilment.by_id([found]).get(found)
    if view is None or view.location_id != location.id:
        raise NotFoundError("job", fulfilment_id)
    return view


def job_with_code(location: LocationFacts, code: str) -> FulfilmentView | None:
    """Return the job at the counter that the customer's code opens, or None."""
    items = fulfilment.work_list(location_ids=[location.id], states=AT_COUNTER, limit=10_000)
    wanted = code.strip().upper()
    matching = [item.fulfilment for item in items if item.fulfilment.pickup_code == wanted]
    return matching[0] if wanted and matching else None


def _names(items: Iterable[WorkItem]) -> dict[UUID, str]:
    """Return customers' names for pickups alone: a parcel is packed without knowing whose it is."""
    wanted = {
        item.customer_id for item in items if item.fulfilment.method == FulfilmentMethod.PICKUP
    }
    return {who: contact.name for who, contact in contacts(wanted).items()}


def _job(item: WorkItem, customer: str, now: datetime) -> Job:
    view = item.fulfilment
    due = view.dispatch_by
    waits = view.state in (*TO_PREPARE, *FOR_CARRIER)
    return Job(
        id=to_public(FULFILMENT_PREFIX, view.id),
        external_id=item.external_id,
        state=view.state.value,
        method=view.method.value,
        dispatch_by=due,
        units=item.units,
        customer=customer if view.method == FulfilmentMethod.PICKUP else "",
        is_late=waits and due is not None and due < now,
    )


def _parcels(parcels: Sequence[ParcelView]) -> list[JobParcel]:
    return [JobParcel(to_public("par", item.id), item.tracking_number) for item in parcels]
