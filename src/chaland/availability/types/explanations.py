"""Why what is there is not all for sale."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from chaland.availability.types.rules import RuleKind
from chaland.inventory.types import UnavailableStatus

Why = Literal["inactive", "not_in_pool", "not_agreed", "paused"] | RuleKind
"""What keeps units from a channel: the network, or a kind of rule."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """*units* that a channel may not sell; ``rule`` and ``name`` are empty where no rule says so.

    ``for_channel`` is whose the units of a ring-fence are.
    """

    why: Why
    units: int
    rule: str = ""
    name: str = ""
    for_channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationExplanation:
    """Where the units of a SKU at a location are; all add up to ``on_hand``.

    ``reserved`` are kept for orders, ``held`` for baskets; ``statuses`` are units that nobody may
    sell; ``withheld`` those that this channel may not; ``for_sale`` is the rest.
    """

    location: str
    name: str
    on_hand: int
    reserved: int
    held: int
    statuses: Mapping[UnavailableStatus, int]
    withheld: tuple[Withheld, ...]
    for_sale: int
