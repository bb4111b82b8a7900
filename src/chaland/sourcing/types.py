"""What sourcing takes in (demands and the world) and gives out (decisions with their reasons)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chaland.availability.sellable import SellableStock
from chaland.network.types import NetworkSnapshot
from chaland.promise.engine import PromiseEngine
from chaland.promise.types import COST_UNIT, PromiseWindow


class Method(StrEnum):
    """How the goods reach the customer."""

    SHIP = "ship"
    PICKUP = "pickup"


class Outcome(StrEnum):
    """Whether all found a place (``sourced``), some (``partial``) or none (``unroutable``)."""

    SOURCED = "sourced"
    PARTIAL = "partial"
    UNROUTABLE = "unroutable"


class Reason(StrEnum):
    """Why a location was not chosen although it exists; the first that applies, in this order.

    ``withheld``: it has the units, but a stock rule keeps some of them from the channel.
    """

    INACTIVE = "inactive"
    NOT_IN_POOL = "not_in_pool"
    NOT_AGREED = "not_agreed"
    OTHER_ORGANISATION = "other_organisation"
    NO_CAPABILITY = "no_capability"
    PAUSED = "paused"
    REFUSED_BEFORE = "refused_before"
    CLOSED = "closed"
    TOO_HEAVY = "too_heavy"
    NO_SERVICE = "no_service"
    WITHHELD = "withheld"
    SHORT_OF_STOCK = "short_of_stock"


SearchKind = Literal["single", "exact_split", "greedy_split", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandLine:
    """*quantity* units of one SKU, ``weight_grams`` each. Two lines may ask for the same SKU."""

    sku_id: int
    quantity: int
    weight_grams: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What has to be found for one order.

    For ``ship``: the destination, and the codes of the services that will do (None: any of kind
    home). For ``pickup``: the location where the customer collects. ``exclusions`` are ids of
    locations that refused before; ``organisation_ids`` limits whose stock may serve (a merchant's
    own order). ``allow_split`` False asks for one location for everything; ``allow_partial`` True
    takes what can be had, split as it may be, and reports the rest; otherwise it is all or
    nothing.
    ``promised_latest`` is a promise already given: arriving after it costs extra.
    """

    lines: tuple[DemandLine, ...]
    method: Method
    channel_code: str
    country: str
    latitude: float
    longitude: float
    service_codes: tuple[str, ...] | None = None
    pickup_location_id: int | None = None
    exclusions: frozenset[int] = frozenset()
    organisation_ids: frozenset[int] | None = None
    allow_split: bool = True
    allow_partial: bool = False
    promised_latest: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyWeights:
    """What counts how much when places are compared; a version of it is a strategy.

    ``freight`` and ``handling`` multiply those costs (1 = as they are); ``delay_per_line_day`` is
    what one line's waiting one day (until the end of its window) is worth, ``late_per_line_day``
    what a day beyond a promise already given is worth; ``extra_parcel`` is added for each parcel
    after the first. Amounts are in the group's currency.
    """

    freight: Decimal = Decimal(1)
    handling: Decimal = Decimal(1)
    delay_per_line_day: Decimal = Decimal("0.20")
    late_per_line_day: Decimal = Decimal("2.00")
    extra_parcel: Decimal = Decimal("0.50")


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyFacts:
    """The strategy in force: the number of its version and its weights."""

    code: str
    version: int
    weights: StrategyWeights


DEFAULT_STRATEGY = StrategyFacts(code="default", version=1, weights=StrategyWeights())
"""The strategy in force until a retailer activates another."""


@dataclass(slots=True, kw_only=True)
class World:
    """Everything a decision depends on. ``stock`` and ``load`` are used up by the decisions.

    Each demand is decided on what its channel may sell of ``stock`` by its method.
    ``load`` counts, by dense location index, the fulfilment orders that wait to leave each
    location. ``now`` carries its offset.
    """

    network: NetworkSnapshot
    promise: PromiseEngine
    stock: SellableStock
    load: NDArray[np.int32]
    now: datetime
    strategy: StrategyFacts


class Portion(NamedTuple):
    """*quantity* units of the demand's line number *line* (from 0)."""

    line: int
    sku_id: int
    quantity: int


class CostTerms(NamedTuple):
    """What a choice costs, term by term, in whole 1/10 000 of the currency unit (``COST_UNIT``)."""

    freight: int = 0
    handling: int = 0
    delay: int = 0
    parcels: int = 0

    @property
    def total(self) -> int:
        """The number that the choice minimises."""
        return self.freight + self.handling + self.delay + self.parcels

    @property
    def amount(self) -> Decimal:
        """The total as an amount with four decimals."""
        return Decimal(self.total) / COST_UNIT


class Assignment(NamedTuple):
    """What one location sends (or keeps on its pickup shelf): the draft of a fulfilment order.

    ``location_index`` is dense (NetworkSnapshot); ``service_code`` is None for a pickup. For
    goods that travel to another location first, ``handover_location_id`` names where the customer
    gets them.
    """

    location_id: int
    location_index: int
    location_code: str
    portions: tuple[Portion, ...]
    service_code: str | None
    window: PromiseWindow
    cost: CostTerms
    distance_km: float
    weight_grams: int
    handover_location_id: int | None = None


class Candidate(NamedTuple):
    """A single location that could have done everything, and what it would have cost."""

    location_code: str
    service_code: str | None
    cost: CostTerms
    distance_km: float
    latest: datetime


class Example(NamedTuple):
    """One eliminated location near the customer; ``missing`` is units short by line (from 0)."""

    location_code: str
    distance_km: float
    missing: tuple[tuple[int, int], ...] = ()


class Elimination(NamedTuple):
    """How many locations one reason ruled out, and the nearest of them."""

    reason: Reason
    locations: int
    nearest: tuple[Example, ...]


class Flip(NamedTuple):
    """The smallest change that would have made *location_code* the choice.

    ``kind`` ``cost``: if it were cheaper by more than ``saving``; ``stock``: if it held
    ``missing`` more units by line, which would have saved ``saving``.
    """

    kind: Literal["cost", "stock"]
    location_code: str
    saving: int
    missing: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """One line of which *short* of the *wanted* units exist nowhere that may serve.

    ``available`` is what eligible locations have together; ``short`` 0 with a refusal means that
    the units exist but not in one place, and the demand does not allow a split.
    """

    line: int
    sku_id: int
    wanted: int
    available: int
    short: int


class Decision(NamedTuple):
    """What was chosen, why, and why not the others.

    ``window`` spans all assignments and is None when nothing was assigned. ``search`` says how
    the choice was found: a ``single`` location, the ``exact_split``, or a ``greedy_split`` (many
    lines) whose cost may exceed the ``lower_bound``.
    """

    outcome: Outcome
    assignments: tuple[Assignment, ...]
    window: PromiseWindow | None
    cost: CostTerms
    search: SearchKind
    strategy_version: int
    candidates: tuple[Candidate, ...] = ()
    feasible_count: int = 0
    eliminations: tuple[Elimination, ...] = ()
    flips: tuple[Flip, ...] = ()
    shortages: tuple[Shortage, ...] = ()
    lower_bound: int = 0


DecisionKind = Literal["placement", "resourcing"]
"""Whether an order was decided when it came in, or again because a location gave units back."""

DECISION_KINDS: tuple[DecisionKind, ...] = ("placement", "resourcing")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """A stored decision; ``body`` is the explanation as it was written (``decision_body``)."""

    id: str
    decided_at: datetime
    kind: DecisionKind
    outcome: Outcome
    strategy_version: int
    total_cost: Decimal
    body: dict[str, Any]
