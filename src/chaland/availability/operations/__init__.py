"""Writes of the availability room."""

from chaland.availability.operations.chores import is_due, mark_done
from chaland.availability.operations.displays import lock_displays, set_displays
from chaland.availability.operations.locking import lock_rules
from chaland.availability.operations.publishing import publish_channel
from chaland.availability.operations.quotas import fenced_sku_ids, follow_rules
from chaland.availability.operations.stock_rules import upsert_rules

__all__ = [
    "fenced_sku_ids",
    "follow_rules",
    "is_due",
    "lock_displays",
    "lock_rules",
    "mark_done",
    "publish_channel",
    "set_displays",
    "upsert_rules",
]
