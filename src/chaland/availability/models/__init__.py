"""Tables of the availability room."""

from chaland.availability.models.chores import Chore
from chaland.availability.models.publishing import Published, Publisher
from chaland.availability.models.rules import Rule
from chaland.availability.models.showing import ChannelDisplay

__all__ = ["ChannelDisplay", "Chore", "Published", "Publisher", "Rule"]
