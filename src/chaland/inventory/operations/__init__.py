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

__all__ = [
    "adjust",
    "block",
    "grant_quotas",
    "issue",
    "load_opening_stock",
    "lock_positions",
    "refill_quotas",
    "release",
    "reserve",
]
