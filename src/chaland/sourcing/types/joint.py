"""Waiting orders that are assigned together: what goes in, what comes out."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from chaland.sourcing.types.decisions import Assignment, Decision
from chaland.sourcing.types.demands import Demand


class JointStatus(StrEnum):
    """How a joint choice ended.

    ``optimal``: the search went to its end; ``budget``: the time ended first, what was found by
    then counts; ``unchanged``: the search went to its end and every order stays where it is;
    ``failed``: the solver gave no answer that holds, so that every order stays where it is.
    """

    OPTIMAL = "optimal"
    BUDGET = "budget"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An order that no site was told of yet: what it wants and what it has.

    ``present`` gives every unit of the demand. Sites are told at ``release_at``: what is chosen
    instead cannot leave before it (None: the channel's delay counts from now).
    """

    demand: Demand
    present: tuple[Assignment, ...]
    release_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JointPlan:
    """What one order comes to: ``decision`` is None where it stays as it is.

    Costs are in 1/10 000 of the currency unit and by the same prices.
    """

    decision: Decision | None
    cost_before: int
    cost_after: int

    @property
    def saving(self) -> int:
        """What the change saves; negative for an order that makes room for others."""
        return self.cost_before - self.cost_after


@dataclass(frozen=True, slots=True, kw_only=True)
class JointResult:
    """What orders come to together; a plan for each, in their order.

    ``lower_bound`` is what no choice among the plans that sourcing looks at can go below, with a
    change counted at its price (None: there was no time to find one). ``rounds`` counts how often
    all orders were priced, ``columns`` the plans that were weighed.
    """

    status: JointStatus
    plans: tuple[JointPlan, ...]
    cost_before: int
    cost_after: int
    lower_bound: int | None
    change_price: int
    seconds: float
    rounds: int
    columns: int

    @property
    def changed(self) -> int:
        """How many orders change."""
        return sum(plan.decision is not None for plan in self.plans)

    @property
    def saving(self) -> int:
        """What all changes save together, never negative."""
        return self.cost_before - self.cost_after

    @property
    def gap(self) -> float | None:
        """How far the choice may be from the best there is, as a share of its cost."""
        if self.lower_bound is None:
            return None
        reached = self.cost_after + self.changed * self.change_price
        return max(0.0, (reached - self.lower_bound) / reached) if reached > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReoptimisationRun:
    """One look at all orders that waited, as it is kept. Amounts are in the group's currency.

    ``proposed`` orders were to change and ``changed`` did; the others had moved on meanwhile, or
    their group had. ``cost_after`` is what was proposed, ``saved`` what came of it.
    """

    id: UUID
    started_at: datetime
    seconds: float
    status: JointStatus
    orders: int
    proposed: int
    changed: int
    cost_before: Decimal
    cost_after: Decimal
    saved: Decimal
    lower_bound: Decimal | None
    change_price: Decimal

    @property
    def gap(self) -> float | None:
        """How far the proposal may be from the best there is, as a share of its cost."""
        if self.lower_bound is None:
            return None
        reached = self.cost_after + self.proposed * self.change_price
        return float(max(Decimal(0), (reached - self.lower_bound) / reached)) if reached else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReoptimisationTotals:
    """What runs came to together; ``saved`` is in the group's currency."""

    runs: int
    changed: int
    saved: Decimal
