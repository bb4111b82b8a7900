"""How true the records were, and what drift cost."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from chaland.accuracy.types.counts import ListReason

Grouping = Literal["all", "location", "category", "week", "reason", "source"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyFigures:
    """Accuracy of the records of one group of counts, by three published definitions.

    ``exact``: share of records that equal the count (DeHoratius & Raman 2008, Management Science
    54(4)). ``within``: share within the retailer's tolerance of units and percent (Brooks & Wilson
    2007, *Inventory Record Accuracy*). ``wape``: Σ|record − count| ÷ Σ count, the weighted absolute
    percentage error (Kolassa & Schütz 2007, Foresight 6), the count being what is true; None where
    nothing was there at all.

    Lost and found units are not set off against each other. Money is units × the cost of a unit
    when it was counted, in the group's currency, of units whose cost is known;
    ``unknown_cost_units`` are the others.
    """

    group: str
    counts: int
    exact: float
    within: float
    wape: float | None
    record_units: int
    counted_units: int
    lost_units: int
    found_units: int
    lost_money: Decimal
    found_money: Decimal
    unknown_cost_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A position that is worth counting: what it is worth, and why.

    ``value`` is the money at risk: the chance that a unit is not there × the units that are wanted
    in two weeks × what a miss costs; in the group's currency.
    """

    sku_id: int
    sku: str
    location_id: int
    value: float
    pickable: float
    quantity: int
    sells_a_week: float
    reasons: tuple[ListReason, ...]
