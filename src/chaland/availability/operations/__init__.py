"""Writes of the availability room."""

from chaland.availability.operations.displays import lock_displays, set_displays
from chaland.availability.operations.publishing import publish_channel
from chaland.availability.operations.stock_rules import lock_rules, upsert_rules

__all__ = ["lock_displays", "lock_rules", "publish_channel", "set_displays", "upsert_rules"]
