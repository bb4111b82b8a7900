"""Writes of fulfilment, inside the caller's transaction.

Each locks the orders concerned, then their fulfilment orders, by id, then (through inventory) the
stock positions; checks the table of transitions under lock; writes, publishes and audits. What a
room above must do after ``pick``, ``refuse`` and ``cancel`` is said there.
"""

from chaland.fulfilment.operations.giving_back import (
    cancel,
    escalate,
    refuse,
    release_stock,
    time_out,
)
from chaland.fulfilment.operations.goods import collect, deliver, pack, pick, ship
from chaland.fulfilment.operations.locking import Work, lock_work, lock_work_of
from chaland.fulfilment.operations.planning import plan, planned_events
from chaland.fulfilment.operations.settling import settle_orders
from chaland.fulfilment.operations.stages import (
    accept,
    make_ready,
    mark_late,
    release,
    release_due,
)

__all__ = [
    "Work",
    "accept",
    "cancel",
    "collect",
    "deliver",
    "escalate",
    "lock_work",
    "lock_work_of",
    "make_ready",
    "mark_late",
    "pack",
    "pick",
    "plan",
    "planned_events",
    "refuse",
    "release",
    "release_due",
    "release_stock",
    "settle_orders",
    "ship",
    "time_out",
]
