"""What sourcing gives out: decisions with their reasons."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from chaland.promise.types import COST_UNIT, PromiseWindow


class Outcome(StrEnum):
    """Whether all found a place (``sourced``), some (``partial``) or none (``unroutable``)."""

    SOURCED = "sourced"
    PARTIAL = "partial"
    UNROUTABLE = "unroutable"


class Reason(StrEnum):
    """Why a location was not chosen although it exists; the first that applies, in this order.

    ``ruled_out``: it can, but is outside the circle of sites that the strategy's rules say.
    ``restricted``: it handles none of the order's goods, or not all that must come together.
    ``withheld``: it has the units, but a stock rule keeps some of them from the channel.
    """

    INACTIVE = "inactive"
    NOT_IN_POOL = "not_in_pool"
    NOT_AGREED = "not_agreed"
    OTHER_ORGANISATION = "other_organisation"
    NO_CAPABILITY = "no_capability"
    RESTRICTED = "restricted"
    PAUSED = "paused"
    RULED_OUT = "ruled_out"
    REFUSED_BEFORE = "refused_before"
    CLOSED = "closed"
    TOO_HEAVY = "too_heavy"
    NO_SERVICE = "no_service"
    WITHHELD = "withheld"
    SHORT_OF_STOCK = "short_of_stock"


SearchKind = Literal["single", "exact_split", "greedy_split", "none"]


class Portion(NamedTuple):
    """*quantity* units of the demand's line number *line* (from 0)."""

    line: int
    sku_id: int
    quantity: int


class CostTerms(NamedTuple):
    """What a choice costs, term by term, in whole 1/10 000 of the currency unit (``COST_UNIT``).

    ``freight`` and ``handling`` are paid; the others are what the strategy's weights make of
    waiting, further parcels, distance, CO₂, a full day at the site, stock that others will need,
    units that may not be found, ageing stock (a gain is negative) and whose stock it is.
    """

    freight: int = 0
    handling: int = 0
    delay: int = 0
    parcels: int = 0
    distance: int = 0
    co2: int = 0
    capacity: int = 0
    scarcity: int = 0
    unpickable: int = 0
    ageing: int = 0
    owner: int = 0

    @property
    def total(self) -> int:
        """The number that the choice minimises."""
        return sum(self)

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
    lines) whose cost may exceed the ``lower_bound``. ``strategy`` in its ``strategy_version`` was
    followed; ``rule`` is the one of its rules that applied (empty: none).
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
    strategy: str = "default"
    rule: str = ""


DecisionKind = Literal["placement", "resourcing", "reoptimised"]
"""Whether an order was decided when it came in, again because a location gave units back, or
together with others that waited like it."""

DECISION_KINDS: tuple[DecisionKind, ...] = ("placement", "resourcing", "reoptimised")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """A stored decision; ``body`` is the explanation as it was written (``decision_body``)."""

    id: str
    decided_at: datetime
    kind: DecisionKind
    outcome: Outcome
    strategy: str
    strategy_version: int
    rule: str
    total_cost: Decimal
    body: dict[str, Any]
