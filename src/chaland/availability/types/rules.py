"""What a retailer may say about the stock that channels sell."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, get_args

SaleMethod = Literal["ship", "pickup"]
"""How a sold unit would reach the customer."""

METHODS: tuple[SaleMethod, ...] = get_args(SaleMethod)


class RuleKind(StrEnum):
    """What a rule does to the stock in its scope.

    ``activation``: nothing is sold until a moment (or until further notice). ``switch``: sale is
    off, or on in spite of a later rule. ``ring_fence``: units that one channel alone may sell.
    ``safety_stock``: units that stay. ``threshold``: nothing is sold while fewer units are there.
    ``percentage``: a part stays. ``last_piece``: one unit stays in each shop.
    """

    ACTIVATION = "activation"
    SWITCH = "switch"
    RING_FENCE = "ring_fence"
    SAFETY_STOCK = "safety_stock"
    THRESHOLD = "threshold"
    PERCENTAGE = "percentage"
    LAST_PIECE = "last_piece"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleScope:
    """Where a rule holds; everything is a code, and an empty field leaves nothing out.

    A rule holds at a location that is named or in a named group, and for a SKU that fits every
    field that is not empty: one of the ``categories`` (or a sub-category of it: ``Toys`` holds
    ``Toys/Puzzles`` and ``Toys > Puzzles``), one of the ``tags``, one of the ``skus``.
    """

    channels: tuple[str, ...] = ()
    methods: tuple[SaleMethod, ...] = ()
    location_groups: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()

    @property
    def is_for_some_skus(self) -> bool:
        """Tell whether the rule leaves SKUs out."""
        return bool(self.categories or self.tags or self.skus)

    @property
    def is_for_some_places(self) -> bool:
        """Tell whether the rule leaves locations out."""
        return bool(self.location_groups or self.locations)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRule:
    """A rule as it shall be. Each kind takes its own parameters, and no others.

    ``units`` for safety stock, threshold and ring-fence; ``percent`` (whole, of what is available)
    for percentage, or in place of units for ring-fence; ``on`` for a switch; ``opens_at`` for an
    activation, None for not yet. It holds while ``active``, from ``starts_at`` (included) until
    ``ends_at`` (excluded). The lowest ``priority`` is looked at first.
    """

    code: str
    name: str
    kind: RuleKind
    scope: RuleScope = field(default_factory=RuleScope)
    units: int | None = None
    percent: int | None = None
    on: bool | None = None
    opens_at: datetime | None = None
    priority: int = 100
    active: bool = True
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def holds_at(self, moment: datetime) -> bool:
        """Tell whether the rule is in force at *moment*."""
        return (
            self.active
            and (self.starts_at is None or self.starts_at <= moment)
            and (self.ends_at is None or moment < self.ends_at)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRule:
    """A rule as it is kept."""

    id: int
    version: int
    rule: StockRule
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class RuleNote:
    """Something that the author of a rule should know; ``by`` are codes of other rules."""

    code: Literal["ended", "matches_nothing", "shadowed"]
    message: str
    by: tuple[str, ...] = ()
