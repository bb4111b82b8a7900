"""A strategy as its author writes it: ordered rules, what each asks of an order and says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Literal

from chaland.network.types import LocationKind, OrganisationKind
from chaland.sourcing.types.demands import Method
from chaland.sourcing.types.strategies import NothingFits, SplitLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """Numbers from ``least`` (included) up to ``below`` (not included); None is no bound."""

    least: Decimal | None = None
    below: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """Which lines are meant: an empty field leaves nothing out, a line has to fit each other one.

    ``categories`` hold what is below them; of ``tags`` and ``restrictions`` one is enough.
    ``quantifier`` says whether any line or all lines of an order must be such.
    """

    quantifier: Literal["any", "all"] = "any"
    categories: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    restrictions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Which orders a rule is for: all that fit every field that is set.

    Of the values of a field one is enough; of ``without_tags`` the order may have none.
    ``services`` are those that an order names itself. ``postal_prefixes`` begin a postal code.
    ``value`` is in the channel's currency, ``weight`` in kilograms, ``units`` in pieces.
    Weekdays (0 is Monday), ``hour_from`` up to ``hour_until`` (over midnight, too) and days (both
    included) are those of the moment of decision, in the retailer's time zone.
    """

    channels: tuple[str, ...] = ()
    methods: tuple[Method, ...] = ()
    services: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    postal_prefixes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    without_tags: tuple[str, ...] = ()
    value: Between | None = None
    weight: Between | None = None
    lines: Between | None = None
    units: Between | None = None
    items: Items | None = None
    weekdays: tuple[int, ...] = ()
    hour_from: time | None = None
    hour_until: time | None = None
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sites:
    """Which sites are meant: an empty field leaves nothing out, a site has to fit each other one.

    A site that is named, or in one of the groups, fits those two fields together. Organisations own
    the sites. ``within_km`` is from the order's destination. ``pickable`` is the chance (0 to 1),
    over the order's articles, that a unit said to be there is found.
    """

    location_groups: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    kinds: tuple[LocationKind, ...] = ()
    organisations: tuple[str, ...] = ()
    organisation_kinds: tuple[OrganisationKind, ...] = ()
    countries: tuple[str, ...] = ()
    within_km: int | None = None
    pickable: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """One set of sites to look in, and by which services; the next when this has no plan."""

    name: str = ""
    sites: Sites = field(default_factory=Sites)
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """What a parcel from these sites counts more (``amount`` above 0: avoid) or less (prefer)."""

    sites: Sites
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Fairness:
    """Share the work among owners: who got more of it than its target lately counts as dearer.

    A parcel from an owner's sites costs ``amount`` more when it had twice its target share of the
    last ``days`` days' work, as much less when it had none, and in proportion between. ``targets``
    are percentages by organisation; without any, the owners of their own stock share evenly.
    """

    amount: Decimal
    days: int = 7
    targets: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What holds for orders that fit ``when``. What it leaves out, it leaves as it is.

    Without ``go_on`` it decides: no later rule is looked at. With it, it restricts what a later
    one decides: only sites in one of its circles, the tighter limits, the prices added up.
    ``weights`` replace those of the strategy, by name.
    """

    code: str
    name: str
    on: bool = True
    when: Conditions = field(default_factory=Conditions)
    circles: tuple[Circle, ...] = ()
    preferences: tuple[Preference, ...] = ()
    fairness: Fairness | None = None
    split: SplitLimits | None = None
    weights: Mapping[str, Decimal] = field(default_factory=dict)
    nothing_fits: NothingFits | None = None
    go_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyDocument:
    """A whole strategy. What no rule says is said by the fields beside ``rules``.

    ``weights`` holds those that differ from the built-in ones, by name.
    """

    name: str
    rules: tuple[Rule, ...] = ()
    weights: Mapping[str, Decimal] = field(default_factory=dict)
    preferences: tuple[Preference, ...] = ()
    fairness: Fairness | None = None
    split: SplitLimits = field(default_factory=SplitLimits)
    nothing_fits: NothingFits = NothingFits.REFUSE
