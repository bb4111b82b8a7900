"""One statement that moves fulfilment orders along an arrow of the table."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from chaland.database.statements import execute
from chaland.fulfilment.operations.locking import Work, require
from chaland.fulfilment.states import FULFILMENT_TRANSITIONS
from chaland.fulfilment.types import FulfilmentState

_STAMP = {
    "release": "released_at",
    "accept": "accepted_at",
    "pick": "picked_at",
    "pack": "packed_at",
    "ship": "shipped_at",
    "deliver": "delivered_at",
    "ready": "ready_at",
    "collect": "collected_at",
    "refuse": "refused_at",
    "cancel": "cancelled_at",
}

_NEXT_DEADLINE = {
    "release": "dispatch_by",
    "ship": "promise_latest",
    "ready": "NULL",
    "deliver": "NULL",
    "collect": "NULL",
    "refuse": "NULL",
    "cancel": "NULL",
}
"""What must not be missed after the action; actions not named here leave it as it is."""


def move(
    works: Sequence[Work], action: str, *, now: datetime, **values: object
) -> FulfilmentState | None:
    """Move locked fulfilment orders by *action*; return the state they are in now (None: no works).

    *values* are further columns to be set, the same for all. Raises ConflictError
    ``illegal_transition``, having changed nothing, when the action is impossible for one of them.
    """
    for work in works:
        require(work, action)
    if not works:
        return None
    target = FULFILMENT_TRANSITIONS.target(works[0].order.state, action)
    deadline = _NEXT_DEADLINE.get(action, "late_after")
    columns = "".join(f", {name} = %s" for name in values)
    execute(
        f"UPDATE fulfilment_order SET state = %s, {_STAMP[action]} = %s, late_after = {deadline},"  # noqa: S608 - the names are our own
        f" version = version + 1{columns} WHERE id = ANY(%s)",
        [target.value, now, *values.values(), [work.order.id for work in works]],
    )
    return target


def touch(fulfilment_ids: Collection[UUID]) -> None:
    """Raise the version of fulfilment orders that changed in all but their state."""
    execute(
        "UPDATE fulfilment_order SET version = version + 1 WHERE id = ANY(%s)",
        [list(fulfilment_ids)],
    )
