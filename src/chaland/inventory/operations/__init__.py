"""Writes. Each is set-based, keyword-only, and runs inside the caller's transaction.

Whoever writes positions locks them in (sku_id, location_id) order, before reservations and before
any row of another room.
"""

from chaland.inventory.operations.adjustments import adjust
from chaland.inventory.operations.opening import load_opening_stock
from chaland.inventory.operations.quotas import grant_quotas, refill_quotas
from chaland.inventory.operations.reservations import (
    block,
    issue,
    lock_positions,
    release,
    reserve,
)
from chaland.inventory.operations.supply import (
    announce_supply,
    cancel_supply,
    dispatch_transfers,
    receive_supply,
)

__all__ = [
    "adjust",
    "announce_supply",
    "block",
    "cancel_supply",
    "dispatch_transfers",
    "grant_quotas",
    "issue",
    "load_opening_stock",
    "lock_positions",
    "receive_supply",
    "refill_quotas",
    "release",
    "reserve",
]
