"""Read fulfilment orders under lock, and ask whether an action is possible."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from chaland.fulfilment import rules
from chaland.fulfilment.models import FulfilmentOrder
from chaland.fulfilment.rows import fulfilment_view, lines_by_order
from chaland.fulfilment.types import FULFILMENT_PREFIX, FulfilmentLineView, FulfilmentView
from chaland.kernel.errors import ConflictError, NotFoundError
from chaland.kernel.ids import to_public
from chaland.orders.operations import lock_orders


@dataclass(frozen=True, slots=True)
class Work:
    """A fulfilment order and its lines, locked until the transaction ends."""

    order: FulfilmentView
    lines: tuple[FulfilmentLineView, ...]

    @property
    def public_id(self) -> str:
        """The id that the world sees."""
        return to_public(FULFILMENT_PREFIX, self.order.id)


def lock_work(fulfilment_ids: Collection[UUID]) -> list[Work]:
    """Lock fulfilment orders, and the orders they belong to before them; sorted by id.

    Raises NotFoundError for an id that no fulfilment order has.
    """
    wanted = set(fulfilment_ids)
    order_of = dict(FulfilmentOrder.objects.filter(id__in=wanted).values_list("id", "order_id"))
    for missing in sorted(wanted - set(order_of)):
        raise NotFoundError("fulfilment order", to_public(FULFILMENT_PREFIX, missing))
    lock_orders(order_of.values())
    return _locked(wanted)


def lock_work_of(order_ids: Collection[UUID]) -> list[Work]:
    """Lock orders and all their fulfilment orders; sorted by id. Raises NotFoundError."""
    lock_orders(order_ids)
    ids = FulfilmentOrder.objects.filter(order_id__in=order_ids).values_list("id", flat=True)
    return _locked(set(ids))


def _locked(fulfilment_ids: set[UUID]) -> list[Work]:
    rows = FulfilmentOrder.objects.filter(id__in=fulfilment_ids).order_by("id")
    orders = [fulfilment_view(row) for row in rows.select_for_update(of=("self",))]
    lines = lines_by_order(order.id for order in orders)
    return [Work(order, tuple(lines[order.id])) for order in orders]


def require(work: Work, action: str) -> None:
    """Raise ConflictError ``illegal_transition`` unless *action* is possible now."""
    allowed = rules.allowed_actions(work.order.state, work.order.method)
    if action not in allowed:
        raise illegal_transition(work, action)


def illegal_transition(work: Work, action: str, *, because: str = "") -> ConflictError:
    """Make the refusal that says what is possible instead."""
    allowed = rules.allowed_actions(work.order.state, work.order.method)
    possible = ", ".join(allowed) or "nothing any more"
    return ConflictError(
        "illegal_transition",
        because
        or f"{action} is impossible: {work.public_id} is {work.order.state} ({work.order.method}).",
        fix=f"Read it again; possible now: {possible}.",
        id=work.public_id,
        state=work.order.state.value,
        method=work.order.method.value,
        action=action,
        allowed_actions=allowed,
    )
