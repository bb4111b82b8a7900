"""Tables of the availability room."""

from chaland.availability.models.rules import Rule
from chaland.availability.models.showing import ChannelDisplay

__all__ = ["ChannelDisplay", "Rule"]
