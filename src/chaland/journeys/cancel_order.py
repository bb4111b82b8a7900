"""Cancel an order or some of its units, before or after sites were told, until they have left."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from chaland.fulfilment import operations as fulfilment
from chaland.fulfilment import queries as fulfilment_queries
from chaland.fulfilment.operations import Work
from chaland.fulfilment.types import CancelRequest, Coverage, FulfilmentState, PackedLine
from chaland.journeys.order_backorders import close_backorders_of
from chaland.journeys.site_work import require_site
from chaland.journeys.source_again import StockChange, source_again
from chaland.journeys.visibility import (
    beyond_your_part,
    is_restricted,
    location_of,
    may_see,
)
from chaland.kernel.actor import Actor
from chaland.kernel.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError
from chaland.kernel.ids import to_public
from chaland.network.queries import snapshot
from chaland.orders import operations as orders
from chaland.orders import queries as order_queries
from chaland.orders.types import (
    LINE_PREFIX,
    ORDER_PREFIX,
    LineCancellation,
    OrderLineView,
    OrderState,
)

_EASIEST_FIRST = (
    FulfilmentState.PLANNED,
    FulfilmentState.RELEASED,
    FulfilmentState.ACCEPTED,
    FulfilmentState.PICKED,
    FulfilmentState.PACKED,
    FulfilmentState.READY,
)
"""Units are taken from the site that has put the least work into them."""

_DROPPED = frozenset({FulfilmentState.REFUSED, FulfilmentState.CANCELLED})


@dataclass(frozen=True, slots=True)
class UnitsToCancel:
    """Units (or kits) of an order line that are not wanted any more."""

    order_line_id: UUID
    quantity: int


@transaction.atomic
def cancel_order(
    *,
    order_id: UUID,
    reason: str,
    now: datetime,
    actor: Actor,
    units: Sequence[UnitsToCancel] | None = None,
) -> None:
    """Cancel *units* of an order, or all of it, and free their stock.

    Units that have left a site cannot be cancelled: ConflictError ``already_shipped`` says how many
    of each line still can. An actor of some organisations may cancel only what its own sites give.
    """
    works = fulfilment.lock_work_of([order_id])
    lines = order_queries.lines_of([order_id])[order_id]
    _require_all_visible(actor, order_id, works)
    coverage = fulfilment_queries.coverage_of(order_id)
    cancelled = _checked(order_id, lines, coverage, units)
    requests = _requests(works, lines, cancelled, reason)
    freed = fulfilment.cancel(requests=requests, now=now, actor=actor)
    fulfilment.release_stock(freed=freed, reason=f"cancelled: {reason}", now=now, actor=actor)
    orders.cancel_quantities(
        cancellations=[LineCancellation(line_id, count) for line_id, count in cancelled.items()],
        reason=reason,
        now=now,
        actor=actor,
    )
    states = fulfilment.settle_orders(order_ids=[order_id], now=now, actor=actor)
    if states[order_id] is OrderState.CANCELLED:
        close_backorders_of(order_id, filled=False, now=now)


def _require_all_visible(actor: Actor, order_id: UUID, works: Sequence[Work]) -> None:
    if not is_restricted(actor):
        return
    network = snapshot()
    visible = [may_see(actor, location_of(network, work.order.location_id)) for work in works]
    if not any(visible):
        raise NotFoundError("order", to_public(ORDER_PREFIX, order_id))
    if not all(visible):
        raise beyond_your_part()


def _checked(
    order_id: UUID,
    lines: Sequence[OrderLineView],
    coverage: Mapping[UUID, Coverage],
    units: Sequence[UnitsToCancel] | None,
) -> dict[UUID, int]:
    """Return the units to cancel by order line, each at least 1."""
    left = {line.id: line.quantity - line.cancelled for line in lines}
    possible = {line_id: count - _gone(coverage, line_id) for line_id, count in left.items()}
    if units is None:
        wanted = {line_id: count for line_id, count in left.items() if count}
    else:
        _require_lines(units, left)
        wanted = {item.order_line_id: item.quantity for item in units}
    if not wanted or any(count > possible[line_id] for line_id, count in wanted.items()):
        raise _too_late(order_id, possible)
    return wanted


def _gone(coverage: Mapping[UUID, Coverage], line_id: UUID) -> int:
    return coverage[line_id].touched if line_id in coverage else 0


def _require_lines(units: Sequence[UnitsToCancel], known: Mapping[UUID, int]) -> None:
    seen: set[UUID] = set()
    for index, item in enumerate(units):
        if item.order_line_id not in known or item.order_line_id in seen:
            repeated = item.order_line_id in seen
            raise InvalidInputError(
                [
                    FieldProblem(
                        f"lines[{index}].line",
                        "repeated" if repeated else "unknown_line",
                        "is named twice" if repeated else "is no line of this order",
                        "name each line of the order once",
                    )
                ]
            )
        seen.add(item.order_line_id)


def _too_late(order_id: UUID, possible: Mapping[UUID, int]) -> ConflictError:
    still = {to_public(LINE_PREFIX, line_id): count for line_id, count in possible.items()}
    nothing = not any(possible.values())
    return ConflictError(
        "illegal_transition" if nothing else "already_shipped",
        "Nothing of this order can be cancelled any more."
        if nothing
        else "Some of these units have left, or were cancelled before.",
        fix="Arrange a return for what has left."
        if nothing
        else "Cancel no more than `cancellable` says for each line.",
        id=to_public(ORDER_PREFIX, order_id),
        action="cancel",
        cancellable=still,
        allowed_actions=[] if nothing else ["cancel"],
    )


def _requests(
    works: Sequence[Work],
    lines: Sequence[OrderLineView],
    cancelled: Mapping[UUID, int],
    reason: str,
) -> list[CancelRequest]:
    """Say which sites drop what: no site keeps more than the order still needs.

    Units that had no site anyway go first, then those into which the least work was put.
    """
    still_owed = {
        line.id: line.quantity - line.cancelled - cancelled.get(line.id, 0) for line in lines
    }
    surplus: dict[tuple[UUID, int], int] = {}
    for work in works:
        for line in work.lines:
            key = (line.order_line_id, line.sku_id)
            surplus.setdefault(key, -still_owed[line.order_line_id] * line.per_kit)
            surplus[key] += 0 if work.order.state in _DROPPED else line.to_give
    requests = []
    for work in _easiest_first(works):
        drop = [
            PackedLine(line.id, units)
            for line in work.lines
            if (units := _take(surplus, (line.order_line_id, line.sku_id), line.to_give))
        ]
        if drop:
            requests.append(
                CancelRequest(fulfilment_id=work.order.id, reason=reason, lines=tuple(drop))
            )
    return requests


def _easiest_first(works: Iterable[Work]) -> list[Work]:
    waiting = [work for work in works if work.order.state in _EASIEST_FIRST]
    return sorted(
        waiting,
        key=lambda work: (_EASIEST_FIRST.index(work.order.state), -work.order.sequence),
    )


def _take(surplus: dict[tuple[UUID, int], int], key: tuple[UUID, int], most: int) -> int:
    units = max(0, min(surplus[key], most))
    surplus[key] -= units
    return units


@transaction.atomic
def cancel_fulfilment(*, fulfilment_id: UUID, reason: str, now: datetime, actor: Actor) -> None:
    """Take the work from a site without cancelling the customer's order: it is sourced again.

    Not at the same site, though it may serve the order again later, since it has not refused.
    """
    require_site(actor, [fulfilment_id])
    request = CancelRequest(fulfilment_id=fulfilment_id, reason=reason)
    freed = fulfilment.cancel(requests=[request], now=now, actor=actor)
    order_id = freed[0].order_id
    source_again(
        order_id=order_id,
        reason=reason,
        now=now,
        actor=actor,
        avoid=frozenset({freed[0].location_id}),
        first=StockChange(
            pairs=frozenset((item.sku_id, item.location_id) for item in freed),
            apply=partial(
                fulfilment.release_stock,
                freed=freed,
                reason=f"cancelled: {reason}",
                now=now,
                actor=actor,
            ),
        ),
    )
    fulfilment.settle_orders(order_ids=[order_id], now=now, actor=actor)


@transaction.atomic
def source_blocked_order(*, order_id: UUID, now: datetime, actor: Actor) -> OrderState:
    """Try once more to find sites for a blocked order; return the state it is in then.

    Raises ConflictError ``illegal_transition`` when it is not blocked.
    """
    works = fulfilment.lock_work_of([order_id])
    _require_all_visible(actor, order_id, works)
    order = order_queries.orders_by_id([order_id])[order_id]
    if order.state is not OrderState.BLOCKED:
        raise ConflictError(
            "illegal_transition",
            f"The order is {order.state.value}: only a blocked order is sourced again.",
            fix="Refuse or cancel a fulfilment order to have its units sourced elsewhere.",
            id=to_public(ORDER_PREFIX, order_id),
            state=order.state.value,
            action="source",
        )
    source_again(order_id=order_id, reason="retry", now=now, actor=actor)
    state = fulfilment.settle_orders(order_ids=[order_id], now=now, actor=actor)[order_id]
    if state is not OrderState.BLOCKED:
        close_backorders_of(order_id, filled=True, now=now)
    return state
