"""What a strategy comes down to when one order is decided: weights, permitted sites, limits."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from chaland.sourcing.types.demands import Demand


class NothingFits(StrEnum):
    """What happens to an order for which no site is found.

    ``refuse``: the channel is told no, and nothing is taken on; ``queue``: it is taken on, waits
    and is tried again; ``back_order``: it is promised on goods on their way; ``ask``: it is taken
    on and a person decides; ``cancel``: what cannot be had is cancelled. An order that was taken
    on before and loses its site can not be refused any more: a person decides.
    """

    REFUSE = "refuse"
    QUEUE = "queue"
    BACK_ORDER = "back_order"
    ASK = "ask"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyWeights:
    """What counts how much when places are compared; a version of it is a strategy.

    ``freight`` and ``handling`` multiply those costs (1 = as they are); ``delay_per_line_day`` is
    what one line's waiting one day (until the end of its window) is worth, ``late_per_line_day``
    what a day beyond a promise already given is worth; ``extra_parcel`` is added for each parcel
    after the first.

    ``distance_per_km`` is added for each kilometre that a parcel travels, ``co2_per_kg`` for each
    kilogram of CO₂ that its carriage causes. ``capacity`` is what an order is worth at a site whose
    day is full, and in proportion below that. ``scarcity`` multiplies the shadow price of the last
    units of a SKU (0 = do not look), ``unpickable_unit`` is what it costs when a unit is not on the
    shelf (times the probability that it is not), ``ageing`` multiplies what is gained by selling
    stock that loses its value. ``owner`` multiplies what a rule adds or takes off for whose stock
    it is. Amounts are in the group's currency.
    """

    freight: Decimal = Decimal(1)
    handling: Decimal = Decimal(1)
    delay_per_line_day: Decimal = Decimal("0.20")
    late_per_line_day: Decimal = Decimal("2.00")
    extra_parcel: Decimal = Decimal("0.50")
    distance_per_km: Decimal = Decimal(0)
    co2_per_kg: Decimal = Decimal(0)
    capacity: Decimal = Decimal(0)
    scarcity: Decimal = Decimal(1)
    unpickable_unit: Decimal = Decimal(0)
    ageing: Decimal = Decimal(0)
    owner: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyFacts:
    """The strategy in force: the number of its version and its weights."""

    code: str
    version: int
    weights: StrategyWeights


DEFAULT_STRATEGY = StrategyFacts(code="default", version=1, weights=StrategyWeights())
"""The strategy in force until a retailer activates another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitLimits:
    """Into how much an order may be divided. ``parcels`` None is no limit; 1 is all from one site.

    ``divide_lines`` False keeps the units of one line together.
    """

    parcels: int | None = None
    divide_lines: bool = True


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Step:
    """One circle of sites to look in, by its name; the next is looked in when this has no plan.

    ``sites`` marks those that belong to it (L); None is every one. ``service_codes`` are the
    services to use, None those that the order may take anyway.
    """

    name: str = ""
    sites: NDArray[np.bool_] | None = None
    service_codes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Policy:
    """What a strategy says of one order, ready to compute with. Compared by identity.

    ``strategy`` and ``version`` name it, ``rule`` is the one that applied (empty: none did).
    ``site_prices`` are added to a parcel's cost by site (L), in 1/10 000 of the currency unit:
    negative where an owner is preferred. Orders that share a policy are priced together.
    """

    strategy: str
    version: int
    weights: StrategyWeights
    rule: str = ""
    steps: tuple[Step, ...] = field(default=(Step(),))
    site_prices: NDArray[np.int64] | None = None
    split: SplitLimits = field(default_factory=SplitLimits)
    nothing_fits: NothingFits = NothingFits.REFUSE


class PolicyBook(Protocol):
    """Every strategy in force at one moment, compiled for one network."""

    def policy_of(self, demand: Demand) -> Policy:
        """Return what applies to *demand*; the same object for orders of the same kind."""

    def weighs(self, weight: str) -> bool:
        """Tell whether any strategy in force gives the weight of this name more than 0."""


class OnePolicy:
    """A book in which everything has the same weights and no rule."""

    def __init__(
        self,
        facts: StrategyFacts,
        split: SplitLimits | None = None,
        nothing_fits: NothingFits = NothingFits.REFUSE,
    ) -> None:
        self._policy = Policy(
            strategy=facts.code,
            version=facts.version,
            weights=facts.weights,
            split=split or SplitLimits(),
            nothing_fits=nothing_fits,
        )

    def policy_of(self, demand: Demand) -> Policy:  # noqa: ARG002 - the same for every demand
        """Return the one policy."""
        return self._policy

    def weighs(self, weight: str) -> bool:
        """Tell whether the weight of this name is more than 0."""
        return bool(getattr(self._policy.weights, weight))
