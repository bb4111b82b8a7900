"""The plain data of the catalog room, for every room above."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class VatClass(StrEnum):
    """Which of a country's VAT rates applies; the rate itself depends on country and date."""

    STANDARD = "standard"
    REDUCED = "reduced"
    SECOND_REDUCED = "second_reduced"
    SUPER_REDUCED = "super_reduced"
    PARKING = "parking"
    ZERO = "zero"
    EXEMPT = "exempt"


class Tracking(StrEnum):
    """How single units are told apart: not at all, by lot (with expiry), or each by its serial."""

    NONE = "none"
    LOT = "lot"
    SERIAL = "serial"


@dataclass(frozen=True, slots=True)
class Component:
    """How many of a SKU one kit holds."""

    sku_id: int
    code: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuFacts:
    """What orders and sourcing need of a SKU. ``components`` is empty unless it is a kit.

    ``unit_cost`` is what one unit costs the group, in the group's currency; None when not told.
    ``ships_alone`` asks for a parcel that it shares with no other line.
    """

    id: int
    code: str
    name: str
    weight_grams: int
    volume_cm3: int
    active: bool
    restrictions: frozenset[str]
    vat_class: VatClass
    tracking: Tracking
    unit_cost: Decimal | None
    components: tuple[Component, ...]
    category: str = ""
    tags: frozenset[str] = frozenset()
    longest_mm: int = 0
    ships_alone: bool = False

    @property
    def is_kit(self) -> bool:
        """Tell whether the SKU is sold as its components and has no stock of its own."""
        return bool(self.components)


_BELOW = ("/", ">")


def is_below(category: str, upper: str) -> bool:
    """Tell whether *category* is *upper* or below it: ``Toys > Puzzles`` is below ``Toys``."""
    rest = category.removeprefix(upper) if category.startswith(upper) else ""
    return category == upper or rest.lstrip(" ").startswith(_BELOW)


class SkuChoice(NamedTuple):
    """SKUs that are in one of ``categories`` (or below), have one of ``tags``, are among ``codes``.

    What is empty leaves nothing out.
    """

    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


class SkuProfile(NamedTuple):
    """What rules may choose a SKU by."""

    code: str
    category: str
    tags: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuView:
    """Everything about a SKU, for screens and the API. Sizes in millimetres, weight in grams.

    ``unit_cost`` is in the group's currency; None when not told.
    """

    id: int
    code: str
    name: str
    gtins: tuple[str, ...]
    weight_grams: int
    length_mm: int
    width_mm: int
    height_mm: int
    category: str
    tags: tuple[str, ...]
    vat_class: VatClass
    tracking: Tracking
    unit_cost: Decimal | None
    restrictions: tuple[str, ...]
    ships_alone: bool
    active: bool
    components: tuple[Component, ...]
    version: int


@dataclass(frozen=True, slots=True)
class ComponentDraft:
    """How many of the SKU called *code* one kit shall hold."""

    code: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuDraft:
    """A SKU as it shall be. Sizes in millimetres, weight in grams, 0 for unknown.

    ``components`` make it a kit; components may be written in the same call as their kit.
    ``unit_cost`` is in the group's currency, with four decimals at most; None for unknown.
    ``ships_alone`` asks for a parcel that it shares with no other line; of a kit, its components
    say so.
    """

    code: str
    name: str
    weight_grams: int
    gtins: tuple[str, ...] = ()
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0
    category: str = ""
    tags: tuple[str, ...] = ()
    vat_class: VatClass = VatClass.STANDARD
    tracking: Tracking = Tracking.NONE
    unit_cost: Decimal | None = None
    restrictions: tuple[str, ...] = ()
    ships_alone: bool = False
    active: bool = True
    components: tuple[ComponentDraft, ...] = ()
