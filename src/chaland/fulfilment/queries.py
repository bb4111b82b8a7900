"""Reads of fulfilment: one order's parts, a site's to-do list, what is late or stuck, loads."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Sum

from chaland.database.statements import fetch_all
from chaland.fulfilment import rules
from chaland.fulfilment.models import FulfilmentLine, FulfilmentOrder, Parcel
from chaland.fulfilment.rows import fulfilment_view, lines_by_order, parcel_view
from chaland.fulfilment.states import DROPPED, WAITING
from chaland.fulfilment.types import (
    Coverage,
    FulfilmentLineView,
    FulfilmentMethod,
    FulfilmentState,
    FulfilmentView,
    Gap,
    ParcelView,
    Silence,
    SiteLine,
    SiteLoad,
    WorkItem,
)
from chaland.kernel.ids import first_uuid

_IN_WORK = (FulfilmentState.ACCEPTED, FulfilmentState.PICKED, FulfilmentState.PACKED)

Locations = Collection[int] | None
"""Ids of the locations to look at; None means all of them."""


def by_id(fulfilment_ids: Collection[UUID]) -> dict[UUID, FulfilmentView]:
    """Return the fulfilment orders that exist among these; one query."""
    rows = FulfilmentOrder.objects.filter(id__in=fulfilment_ids)
    return {row.id: fulfilment_view(row) for row in rows}


def of_orders(order_ids: Collection[UUID]) -> dict[UUID, list[FulfilmentView]]:
    """Return the parts of orders, in the order in which they were planned; one query."""
    parts: dict[UUID, list[FulfilmentView]] = {order_id: [] for order_id in order_ids}
    rows = FulfilmentOrder.objects.filter(order_id__in=parts).order_by("sequence", "id")
    for row in rows:
        parts[row.order_id].append(fulfilment_view(row))
    return parts


def of_order(order_id: UUID) -> list[FulfilmentView]:
    """Return the parts of one order, in the order in which they were planned."""
    return of_orders([order_id])[order_id]


def lines_of(fulfilment_ids: Collection[UUID]) -> dict[UUID, list[FulfilmentLineView]]:
    """Return the lines of fulfilment orders; one query."""
    return lines_by_order(fulfilment_ids)


def parcels_of(fulfilment_ids: Collection[UUID]) -> dict[UUID, list[ParcelView]]:
    """Return the parcels of fulfilment orders and what is in them; two queries."""
    parcels: dict[UUID, list[ParcelView]] = {item: [] for item in fulfilment_ids}
    rows = Parcel.objects.filter(fulfilment_order_id__in=parcels).order_by("id")
    for row in rows.prefetch_related("lines"):
        parcels[row.fulfilment_order_id].append(parcel_view(row))
    return parcels


def actions_of(view: FulfilmentView) -> list[str]:
    """Return the actions that are possible now."""
    return rules.allowed_actions(view.state, view.method)


def coverage_of(order_id: UUID) -> dict[UUID, Coverage]:
    """Return how far each line of an order is covered by its sites; one query."""
    rows = FulfilmentLine.objects.filter(fulfilment_order__order_id=order_id)
    return rules.coverage(
        SiteLine(line_id, sku_id, per_kit, to_give, FulfilmentState(state))
        for line_id, sku_id, per_kit, to_give, state in rows.values_list(
            "order_line_id",
            "sku_id",
            "per_kit",
            F("quantity") - F("refused") - F("cancelled"),
            "fulfilment_order__state",
        )
    )


def gaps_of(order_id: UUID, owed: Mapping[UUID, int]) -> list[Gap]:
    """Return what no site gives, of the units (or kits) *owed* by order line; one query."""
    rows = FulfilmentLine.objects.filter(fulfilment_order__order_id=order_id)
    held: dict[tuple[UUID, int, str, int], int] = {}
    for line_id, sku_id, sku_code, per_kit, to_give, state in rows.values_list(
        "order_line_id",
        "sku_id",
        "sku_code",
        "per_kit",
        F("quantity") - F("refused") - F("cancelled"),
        "fulfilment_order__state",
    ).order_by("id"):
        key = (line_id, sku_id, sku_code, per_kit)
        held[key] = held.get(key, 0) + (0 if state in DROPPED else to_give)
    return [
        Gap(
            order_line_id=line_id,
            sku_id=sku_id,
            sku_code=sku_code,
            per_kit=per_kit,
            quantity=owed[line_id] * per_kit - units,
        )
        for (line_id, sku_id, sku_code, per_kit), units in held.items()
        if owed[line_id] * per_kit > units
    ]


def unreleased_orders(*, after: datetime, limit: int) -> list[UUID]:
    """Return orders to be shipped of which sites are told after a moment, and none was told yet.

    The first to be released come first; one query.
    """
    told = FulfilmentOrder.objects.filter(order_id=OuterRef("order_id")).exclude(
        state__in=[FulfilmentState.PLANNED, *DROPPED]
    )
    rows = (
        FulfilmentOrder.objects.filter(
            state=FulfilmentState.PLANNED, method=FulfilmentMethod.SHIP, release_at__gt=after
        )
        .filter(~Exists(told))
        .values_list("order_id")
        .annotate(first=Min("release_at"))
        .order_by("first", "order_id")
    )
    return [order_id for order_id, _ in rows[:limit]]


def orders_at(location_ids: Collection[int]) -> QuerySet[Any, UUID]:
    """Return, as a subquery, the ids of the orders of which these locations have or had a part."""
    rows = FulfilmentOrder.objects.filter(location_id__in=location_ids)
    return rows.values_list("order_id", flat=True)


def orders_of_tracking_number(number: str) -> list[UUID]:
    """Return the orders that have a parcel with this carrier's number."""
    rows = Parcel.objects.filter(tracking_number=number).exclude(tracking_number="")
    return list(rows.values_list("fulfilment_order__order_id", flat=True).distinct())


def sites_that_refused(order_id: UUID) -> dict[UUID, set[int]]:
    """Return, by order line, the locations that gave units of it back; one query."""
    refused: dict[UUID, set[int]] = {}
    rows = FulfilmentLine.objects.filter(fulfilment_order__order_id=order_id, refused__gt=0)
    for line_id, location_id in rows.values_list("order_line_id", "fulfilment_order__location_id"):
        refused.setdefault(line_id, set()).add(location_id)
    return refused


def refusals_of(order_id: UUID) -> int:
    """Return how many parts of an order were given back whole by their sites; one query."""
    return FulfilmentOrder.objects.filter(
        order_id=order_id, state=FulfilmentState.REFUSED.value
    ).count()


def silences(*, released_before: datetime) -> list[Silence]:
    """Return work that no site has accepted since a moment, the oldest first; one query."""
    rows = FulfilmentOrder.objects.filter(
        state=FulfilmentState.RELEASED.value, released_at__lt=released_before
    ).order_by("released_at")
    return [
        Silence(
            fulfilment_id=fulfilment_id,
            order_id=order_id,
            channel_id=channel_id,
            location_id=location_id,
            released_at=released_at,
        )
        for fulfilment_id, order_id, channel_id, location_id, released_at in rows.values_list(
            "id", "order_id", "order__channel_id", "location_id", "released_at"
        )
        if released_at is not None
    ]


def promised_before(moment: datetime, *, limit: int) -> list[FulfilmentView]:
    """Return what has to leave, or to arrive, by *moment* and may still; the first due on top.

    What no site was told of is among it as far as it has to leave by then.
    """
    told = FulfilmentOrder.objects.filter(late_after__lt=moment).order_by("late_after")[:limit]
    planned = FulfilmentOrder.objects.filter(
        state=FulfilmentState.PLANNED.value, dispatch_by__lt=moment
    ).order_by("dispatch_by")[:limit]
    return [fulfilment_view(row) for row in [*told, *planned] if row.promise_latest is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentFilter:
    """What to look for; empty fields do not narrow."""

    location_ids: Locations = None
    states: Sequence[FulfilmentState] = ()
    order_id: UUID | None = None
    late: bool | None = None


def search(
    filters: FulfilmentFilter, *, before: UUID | None = None, limit: int = 50
) -> list[FulfilmentView]:
    """Return fulfilment orders, newest first, whose id comes before *before*; one query."""
    matching = _at(filters.location_ids)
    if filters.states:
        matching = matching.filter(state__in=[state.value for state in filters.states])
    if filters.order_id is not None:
        matching = matching.filter(order_id=filters.order_id)
    if filters.late is not None:
        matching = matching.filter(late_at__isnull=not filters.late)
    if before is not None:
        matching = matching.filter(id__lt=before)
    return [fulfilment_view(row) for row in matching.order_by("-id")[:limit]]


def work_list(
    *,
    location_ids: Locations,
    states: Collection[FulfilmentState] = tuple(WAITING - {FulfilmentState.PLANNED}),
    limit: int = 200,
) -> list[WorkItem]:
    """Return the work of sites, what must leave first on top; one query."""
    return _items(_at(location_ids).filter(state__in=[state.value for state in states]), limit)


def late(*, now: datetime, location_ids: Locations = None, limit: int = 200) -> list[WorkItem]:
    """Return work that has missed a promised moment and is not done, oldest first; one query."""
    return _items(_at(location_ids).filter(_missed(now)), limit)


def count_late(*, now: datetime, location_ids: Locations = None) -> int:
    """Return how much work `late` would list without a limit; one query."""
    return _at(location_ids).filter(_missed(now)).count()


def _missed(now: datetime) -> Q:
    waiting = [state.value for state in WAITING if state != FulfilmentState.READY]
    return Q(state__in=waiting, dispatch_by__lt=now) | Q(
        state=FulfilmentState.SHIPPED.value, promise_latest__lt=now
    )


def unfinished(
    ids: Collection[UUID], *, location_ids: Locations = None, limit: int = 200
) -> list[WorkItem]:
    """Return which of *ids* have still to arrive or be collected; one query."""
    done = [state.value for state in (FulfilmentState.DELIVERED, FulfilmentState.COLLECTED)]
    dropped = [state.value for state in DROPPED]
    rows = _at(location_ids).filter(id__in=ids).exclude(state__in=[*done, *dropped])
    return _items(rows, limit)


def stuck(
    *, older_than: datetime, location_ids: Locations = None, limit: int = 200
) -> list[WorkItem]:
    """Return work that nobody has touched since *older_than*, on the shop floor; one query."""
    return _items(_at(location_ids).filter(_untouched(older_than)), limit)


def count_stuck(*, older_than: datetime, location_ids: Locations = None) -> int:
    """Return how much work `stuck` would list without a limit; one query."""
    return _at(location_ids).filter(_untouched(older_than)).count()


def _untouched(since: datetime) -> Q:
    return (
        Q(state=FulfilmentState.RELEASED.value, released_at__lt=since)
        | Q(state=FulfilmentState.ACCEPTED.value, accepted_at__lt=since)
        | Q(state=FulfilmentState.PICKED.value, picked_at__lt=since)
        | Q(state=FulfilmentState.PACKED.value, packed_at__lt=since)
    )


def waiting_by_location() -> dict[int, int]:
    """Return how many fulfilment orders wait to leave each location (or to be made ready)."""
    rows = fetch_all(
        "SELECT location_id, count(*)::int FROM fulfilment_order WHERE state = 'planned'"
        " OR state IN ('released', 'accepted', 'picked', 'packed') GROUP BY location_id",
        prepare=True,
    )
    return dict(rows)


def planned_by_location(*, since: datetime) -> dict[int, int]:
    """Return how many parts of orders each location was given since a moment and has kept."""
    rows = (
        FulfilmentOrder.objects.filter(id__gte=first_uuid(since))
        .exclude(state__in=DROPPED)
        .values_list("location_id")
        .annotate(parts=Count("id"))
    )
    return dict(rows)


def load_by_location(
    *, now: datetime, since: datetime, location_ids: Locations = None
) -> dict[int, SiteLoad]:
    """Return the work of each location that has any; ``done`` counts from *since*; two queries."""
    waiting = [state.value for state in WAITING]
    open_rows = (
        _at(location_ids)
        .filter(state__in=waiting)
        .values_list("location_id")
        .annotate(
            planned=Count("id", filter=Q(state=FulfilmentState.PLANNED.value)),
            released=Count("id", filter=Q(state=FulfilmentState.RELEASED.value)),
            in_work=Count("id", filter=Q(state__in=[state.value for state in _IN_WORK])),
            ready=Count("id", filter=Q(state=FulfilmentState.READY.value)),
            missed=Count(
                "id", filter=Q(dispatch_by__lt=now) & ~Q(state=FulfilmentState.READY.value)
            ),
        )
    )
    done_rows = (
        _at(location_ids)
        .filter(Q(shipped_at__gte=since) | Q(collected_at__gte=since))
        .values_list("location_id")
        .annotate(Count("id"))
    )
    done = dict(done_rows)
    loads = {
        location_id: SiteLoad(
            planned=planned,
            released=released,
            in_work=in_work,
            ready=ready,
            late=late_now,
            done=done.pop(location_id, 0),
        )
        for location_id, planned, released, in_work, ready, late_now in open_rows
    }
    return loads | {location_id: SiteLoad(done=count) for location_id, count in done.items()}


def count_by_state(*, location_ids: Locations = None) -> dict[FulfilmentState, int]:
    """Return how many fulfilment orders are in each state that still asks for work."""
    rows = _at(location_ids).filter(state__in=[state.value for state in WAITING])
    counts = dict(rows.values_list("state").annotate(Count("id")))
    return {state: counts.get(state.value, 0) for state in FulfilmentState if state in WAITING}


def _at(location_ids: Locations) -> QuerySet[FulfilmentOrder]:
    if location_ids is None:
        return FulfilmentOrder.objects.all()
    return FulfilmentOrder.objects.filter(location_id__in=location_ids)


def _items(rows: QuerySet[FulfilmentOrder], limit: int) -> list[WorkItem]:
    """Make work items; the order's number and customer come by the join that the key allows."""
    found = (
        rows.select_related("order")
        .annotate(
            line_count=Count("lines"),
            units=Sum(F("lines__quantity") - F("lines__refused") - F("lines__cancelled")),
        )
        .order_by(F("dispatch_by").asc(nulls_last=True), "id")[:limit]
    )
    return [
        WorkItem(
            fulfilment=fulfilment_view(row),
            external_id=row.order.external_id,
            customer_id=row.order.customer_id,
            line_count=row.line_count,
            units=row.units or 0,
        )
        for row in found
    ]
