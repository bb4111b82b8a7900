"""Writes of the availability room."""

from chaland.availability.operations.displays import lock_displays, set_displays

__all__ = ["lock_displays", "set_displays"]
