"""How a hold ends: converted into an order's reservation, released, or expired. Exactly one."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.events import StockHoldExpired
from chaland.inventory.operations.holds import lock_holds
from chaland.inventory.operations.letting_go import LetGo, let_go
from chaland.inventory.queries import position_codes
from chaland.inventory.types import HOLD_PREFIX, HeldUnits, HoldOutcome
from chaland.kernel.actor import SYSTEM, Actor
from chaland.kernel.ids import to_public
from chaland.outbox.operations import publish

HOLDS_KEPT_FOR = timedelta(days=30)
"""How long a closed hold can still be read; its history stays in the ledger."""

_EXPIRY_LOCK = 4_102_016


def release_holds(
    *, basket_ids: Collection[UUID], reason: str, now: datetime, actor: Actor
) -> set[UUID]:
    """Give what baskets keep back to sale; return those that were open."""
    held = lock_holds(basket_ids)
    _close(held, HoldOutcome.RELEASED, dict.fromkeys(held, (None, actor)), reason, now)
    return set(held)


def convert_holds(
    *,
    held: Mapping[UUID, Collection[HeldUnits]],
    orders: Mapping[UUID, tuple[UUID, Actor]],
    now: datetime,
) -> None:
    """Give locked baskets' units back, each to the order that reserves in the same transaction.

    *held* is what ``lock_holds`` returned in this transaction; *orders* the order and its actor by
    basket. Every position that the orders reserve at must be locked too: nobody else may come
    between this and ``reserve``.
    """
    chosen = {basket: held[basket] for basket in orders}
    _close(chosen, HoldOutcome.CONVERTED, orders, "", now)


def expire_holds(*, now: datetime, limit: int) -> int:
    """Close up to *limit* baskets whose time is over; return how many were looked at.

    A basket that was renewed or paid meanwhile is left alone. One process at a time: the others
    answer 0 at once.
    """
    mine = statements.fetch_one("SELECT pg_try_advisory_xact_lock(%s)", [_EXPIRY_LOCK])
    if not mine or not mine[0]:
        return 0
    due = statements.fetch_all(sql.load("due_holds"), {"now": now, "limit": limit}, prepare=True)
    if not due:
        return 0
    locked = lock_holds([row[0] for row in due])
    held = {basket: rows for basket, rows in locked.items() if rows[0].expires_at <= now}
    _close(held, HoldOutcome.EXPIRED, dict.fromkeys(held, (None, SYSTEM)), "", now)
    _tell(held, now)
    return len(due)


def forget_holds(*, before: datetime) -> int:
    """Forget baskets that were closed *before*; return how many rows."""
    return statements.execute(
        "DELETE FROM inventory_hold WHERE closed_at IS NOT NULL AND expires_at < %s", [before]
    )


def _close(
    held: Mapping[UUID, Collection[HeldUnits]],
    outcome: HoldOutcome,
    whom: Mapping[UUID, tuple[UUID | None, Actor]],
    reason: str,
    now: datetime,
) -> None:
    items = [
        LetGo(row, row.quantity, closes=True, actor=whom[basket][1], order_id=whom[basket][0])
        for basket, rows in held.items()
        for row in rows
    ]
    let_go(items, outcome=outcome, reason=reason, now=now)


def _tell(held: Mapping[UUID, Collection[HeldUnits]], now: datetime) -> None:
    codes = position_codes({row.pair for rows in held.values() for row in rows})
    events = []
    for basket, rows in held.items():
        public = to_public(HOLD_PREFIX, basket)
        lines = [
            {"sku": codes[row.pair][0], "location": codes[row.pair][1], "quantity": row.quantity}
            for row in rows
        ]
        reference = next(iter(rows)).reference
        events.append(
            StockHoldExpired(
                occurred_at=now, stream=public, subject=public, reference=reference, lines=lines
            )
        )
    publish(events, actor=SYSTEM)
