"""What a rule would change, before it is saved."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class Example(NamedTuple):
    """Units of a SKU at a location that a channel may sell now, and would with the rule."""

    sku: str
    location: str
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a rule would change for one channel.

    ``hidden`` units could be sold no more, ``released`` ones could again; ``skus`` and
    ``locations`` are how many of each are concerned. ``examples`` are the largest changes.
    """

    channel: str
    hidden: int
    released: int
    skus: int
    locations: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a rule would change, on the stock of now and by the rules as they hold at ``as_of``."""

    as_of: datetime
    effects: tuple[Effect, ...]
