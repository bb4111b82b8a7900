"""Give held units back to sale, under locks that the caller holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.types import HOLD_PREFIX, HeldUnits, HoldOutcome
from chaland.kernel.actor import Actor
from chaland.kernel.ids import to_public


@dataclass(frozen=True, slots=True)
class LetGo:
    """*quantity* of what a locked row keeps; all of it when it ``closes``, for an order if one."""

    held: HeldUnits
    quantity: int
    closes: bool
    actor: Actor
    order_id: UUID | None = None


def let_go(items: Sequence[LetGo], *, outcome: HoldOutcome, reason: str, now: datetime) -> None:
    """Write what is let go: positions, holds, quotas, ledger."""
    if not items:
        return
    row = statements.fetch_one(
        sql.load("let_go"),
        {
            "basket": [item.held.basket_id for item in items],
            "sku": [item.held.sku_id for item in items],
            "location": [item.held.location_id for item in items],
            "quantity": [item.quantity for item in items],
            "closes": [item.closes for item in items],
            "order": [item.order_id for item in items],
            "cause_type": ["order" if item.order_id else "basket" for item in items],
            "cause": [_cause(item) for item in items],
            "actor_kind": [item.actor.kind for item in items],
            "actor_id": [item.actor.id for item in items],
            "outcome": outcome.value,
            "reason": reason,
            "now": now,
        },
        prepare=True,
    )
    if row is None or row[0] != len(items):
        raise RuntimeError("held units were let go that are not locked")


def _cause(item: LetGo) -> str:
    if item.order_id is not None:
        return to_public("ord", item.order_id)
    return to_public(HOLD_PREFIX, item.held.basket_id)
