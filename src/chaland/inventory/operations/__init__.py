"""Writes. Each is set-based, keyword-only, and runs inside the caller's transaction.

Whoever writes positions locks them in (sku_id, location_id) order, before reservations and
holds, and before any row of another room.
"""

from chaland.inventory.operations.adjustments import adjust
from chaland.inventory.operations.ending_holds import (
    HOLDS_KEPT_FOR,
    convert_holds,
    expire_holds,
    forget_holds,
    release_holds,
)
from chaland.inventory.operations.holds import change_hold, hold, lock_holds, renew_holds
from chaland.inventory.operations.lots import (
    date_lots,
    expire_lots,
    forget_unfollowed,
    name_units,
    reconcile_lots,
    reconcile_overfull_lots,
)
from chaland.inventory.operations.merging import (
    acknowledge,
    compare_counts,
    merge_counts,
    merge_deltas,
    next_chunk,
    whole,
)
from chaland.inventory.operations.opening import load_opening_stock
from chaland.inventory.operations.quotas import grant_quotas, refill_quotas
from chaland.inventory.operations.reservations import (
    block,
    issue,
    lock_positions,
    release,
    reserve,
)
from chaland.inventory.operations.staging import (
    Lines,
    add_unmentioned,
    close_stage,
    drop_stage,
    fill_stage,
    open_stage,
    staged_details,
    staged_lines,
)
from chaland.inventory.operations.supply import (
    announce_supply,
    cancel_supply,
    dispatch_transfers,
    receive_supply,
)

__all__ = [
    "HOLDS_KEPT_FOR",
    "Lines",
    "acknowledge",
    "add_unmentioned",
    "adjust",
    "announce_supply",
    "block",
    "cancel_supply",
    "change_hold",
    "close_stage",
    "compare_counts",
    "convert_holds",
    "date_lots",
    "dispatch_transfers",
    "drop_stage",
    "expire_holds",
    "expire_lots",
    "fill_stage",
    "forget_holds",
    "forget_unfollowed",
    "grant_quotas",
    "hold",
    "issue",
    "load_opening_stock",
    "lock_holds",
    "lock_positions",
    "merge_counts",
    "merge_deltas",
    "name_units",
    "next_chunk",
    "open_stage",
    "receive_supply",
    "reconcile_lots",
    "reconcile_overfull_lots",
    "refill_quotas",
    "release",
    "release_holds",
    "renew_holds",
    "reserve",
    "staged_details",
    "staged_lines",
    "whole",
]
