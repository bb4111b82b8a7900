"""Reads of orders."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from chaland.database.statements import fetch_all
from chaland.kernel.ids import first_uuid
from chaland.orders.models import Order, OrderLine
from chaland.orders.types import (
    ExistingOrder,
    OrderLineView,
    OrderMethod,
    OrderState,
    OrderView,
)

_CLOCK_SLACK = timedelta(hours=1)
"""How far the clock that made an id and the one that wrote the time of receipt may differ."""

OrderKey = tuple[int, str]
"""The channel's id and the channel's own id of the order."""


def existing(keys: Collection[OrderKey]) -> dict[OrderKey, ExistingOrder]:
    """Return the orders already known under these keys; one query."""
    if not keys:
        return {}
    rows = fetch_all(
        "SELECT o.channel_id, o.external_id, o.id, o.content_hash"
        " FROM unnest(%s::int[], %s::text[]) AS wanted (channel_id, external_id)"
        " JOIN orders_order o USING (channel_id, external_id)",
        [[key[0] for key in keys], [key[1] for key in keys]],
        prepare=True,
    )
    return {
        (channel_id, external_id): ExistingOrder(order_id, bytes(content_hash))
        for channel_id, external_id, order_id, content_hash in rows
    }


def order_view(order_id: UUID) -> OrderView | None:
    """Return an order, or None if there is none."""
    return orders_by_id([order_id]).get(order_id)


def orders_by_id(order_ids: Collection[UUID]) -> dict[UUID, OrderView]:
    """Return the orders that exist among *order_ids*; one query."""
    return {order.id: _view(order) for order in Order.objects.filter(id__in=order_ids)}


def lines_of(order_ids: Collection[UUID]) -> dict[UUID, list[OrderLineView]]:
    """Return the lines of orders, in line order; one query."""
    lines: dict[UUID, list[OrderLineView]] = {order_id: [] for order_id in order_ids}
    for line in OrderLine.objects.filter(order_id__in=order_ids).order_by("order_id", "line_no"):
        lines[line.order_id].append(_line_view(line))
    return lines


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """What to look for; empty fields do not narrow.

    ``meant`` narrows to the orders that a text means (``Meaning``). ``within`` narrows to the ids
    of a subquery of a room above (the orders that an organisation may see).
    """

    states: Sequence[OrderState] = ()
    channel_ids: Sequence[int] = ()
    method: OrderMethod | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    meant: "Meaning | None" = None
    within: QuerySet[Any, UUID] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a person who typed a text may mean: any of these.

    ``external_id`` is looked for in ``channel_ids``, which therefore are all of the channels.
    """

    external_id: str
    channel_ids: Sequence[int]
    customer_ids: Sequence[UUID] = ()
    order_ids: Sequence[UUID] = ()


_MEANT = """
(SELECT id FROM orders_order WHERE channel_id = ANY(%s) AND external_id = %s)
UNION (SELECT id FROM orders_order WHERE customer_id = ANY(%s) ORDER BY id DESC LIMIT %s)
UNION (SELECT id FROM orders_order WHERE id = ANY(%s))
"""

_MOST_MEANT = 2000
"""How many orders of the people found are looked at, newest first."""


def search(filters: OrderFilter, *, before: UUID | None = None, limit: int = 50) -> list[OrderView]:
    """Return orders, newest first, whose id comes before *before*; two queries at most.

    Ids are ordered by the time the order was received.
    """
    matching = _matching(filters)
    if before is not None:
        matching = matching.filter(id__lt=before)
    return [_view(order) for order in matching.order_by("-id")[:limit]]


def _matching(filters: OrderFilter) -> QuerySet[Order]:
    matching = Order.objects.all()
    if filters.states:
        matching = matching.filter(state__in=[state.value for state in filters.states])
    if filters.channel_ids:
        matching = matching.filter(channel_id__in=filters.channel_ids)
    if filters.method is not None:
        matching = matching.filter(method=filters.method.value)
    if filters.placed_from is not None:
        matching = matching.filter(placed_at__gte=filters.placed_from)
    if filters.placed_to is not None:
        matching = matching.filter(placed_at__lt=filters.placed_to)
    if filters.meant is not None:
        matching = matching.filter(id__in=_meant(filters.meant))
    if filters.within is not None:
        matching = matching.filter(id__in=filters.within)
    return matching


def _meant(meaning: Meaning) -> list[UUID]:
    """Find each alternative by its own index: an OR over all of them would read the whole table."""
    rows = fetch_all(
        _MEANT,
        [
            list(meaning.channel_ids),
            meaning.external_id,
            list(meaning.customer_ids),
            _MOST_MEANT,
            list(meaning.order_ids),
        ],
    )
    return [row[0] for row in rows]


def under_way_to(customer_ids: Collection[UUID]) -> list[UUID]:
    """Return the orders of people that are neither completed nor cancelled, oldest first."""
    final = [OrderState.COMPLETED.value, OrderState.CANCELLED.value]
    orders = Order.objects.filter(customer_id__in=customer_ids).exclude(state__in=final)
    return list(orders.order_by("id").values_list("id", flat=True))


def count_by_state(
    *, states: Collection[OrderState] = tuple(OrderState), within: QuerySet[Any, UUID] | None = None
) -> dict[OrderState, int]:
    """Return how many orders are in each of *states*; for blocked ones alone it is cheap."""
    orders = Order.objects.filter(state__in=[state.value for state in states])
    if within is not None:
        orders = orders.filter(id__in=within)
    counts = dict(orders.values_list("state").annotate(Count("id")))
    return {state: counts.get(state.value, 0) for state in states}


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """What was sold by one method in one currency; ``amount`` includes what was cancelled since."""

    method: OrderMethod
    currency: str
    orders: int
    units: int
    amount: Decimal
    cancelled: int


def day_figures(
    *, since: datetime, until: datetime, within: QuerySet[Any, UUID] | None = None
) -> list[DayFigures]:
    """Return what was received from *since* until just before *until*, by method and currency."""
    # Ids begin with the time of receipt, so the primary key finds the day without another index.
    orders = Order.objects.filter(
        id__gte=first_uuid(since - _CLOCK_SLACK), received_at__gte=since, received_at__lt=until
    )
    if within is not None:
        orders = orders.filter(id__in=within)
    rows = orders.values_list("method", "currency").annotate(
        count=Count("id"),
        amount=Sum("total_amount"),
        gone=Count("id", filter=Q(state=OrderState.CANCELLED.value)),
    )
    units = {
        (method, currency): total
        for method, currency, total in OrderLine.objects.filter(order__in=orders)
        .values_list("order__method", "order__currency")
        .annotate(Sum("quantity"))
    }
    return [
        DayFigures(
            method=OrderMethod(method),
            currency=currency,
            orders=count,
            units=units[method, currency],
            amount=amount,
            cancelled=cancelled,
        )
        for method, currency, count, amount, cancelled in rows.order_by("method", "currency")
    ]


_COPIED = tuple(
    item.name
    for item in fields(OrderView)
    if item.name not in {"state", "method", "tags", "organisation_ids"}
)


def _view(order: Order) -> OrderView:
    return OrderView(
        state=OrderState(order.state),
        method=OrderMethod(order.method),
        tags=tuple(order.tags),
        organisation_ids=None if order.organisation_ids is None else tuple(order.organisation_ids),
        **{name: getattr(order, name) for name in _COPIED},
    )


_LINE_FIELDS = tuple(item.name for item in fields(OrderLineView))


def _line_view(line: OrderLine) -> OrderLineView:
    return OrderLineView(**{name: getattr(line, name) for name in _LINE_FIELDS})
