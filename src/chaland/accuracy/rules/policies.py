"""Which setting holds where, and which settings make no sense."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol, TypeVar

from chaland.accuracy.types import PolicyDraft, Tolerance
from chaland.kernel.errors import FieldProblem
from chaland.network.types import LocationKind

DEFAULT_TOLERANCE = Tolerance(units=1, percent=Decimal(2), value=None)
"""What holds until the retailer says otherwise."""

PRIOR_PICKABLE = {
    LocationKind.WAREHOUSE: 0.995,
    LocationKind.STORE: 0.85,
    LocationKind.SUPPLIER: 0.95,
    LocationKind.MARKETPLACE: 0.97,
    LocationKind.PICKUP_POINT: 0.85,
}
"""The chance to find a unit before anything was learned: stated, not measured.

A warehouse that is counted and has no customers between its shelves loses few units. Of the records
of a retailer's shops, 65 % were wrong (DeHoratius & Raman 2008, "Inventory Record Inaccuracy",
Management Science 54(4)), most by little: about one unit in seven that a shop's record promises is
taken not to be found.
"""

Value = TypeVar("Value")


class _Scoped(Protocol):
    @property
    def location(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def location_kind(self) -> LocationKind | None: ...


Policy = TypeVar("Policy", bound=_Scoped)


def in_force(
    policies: Iterable[Policy], *, location: str, kind: LocationKind, category: str
) -> list[Policy]:
    """Return the policies that hold for a position, the most specific first."""
    fitting = [
        policy
        for policy in policies
        if policy.location in ("", location)
        and policy.category in ("", category)
        and policy.location_kind in (None, kind)
    ]
    return sorted(fitting, key=_specificity, reverse=True)


def _specificity(policy: _Scoped) -> int:
    return (
        4 * bool(policy.location) + 2 * bool(policy.category) + (policy.location_kind is not None)
    )


def tolerance_of(policies: Iterable[PolicyDraft]) -> Tolerance:
    """Return the tolerance that *policies*, the most specific first, give together."""
    found = list(policies)
    units = next((p.tolerance_units for p in found if p.tolerance_units is not None), None)
    percent = next((p.tolerance_percent for p in found if p.tolerance_percent is not None), None)
    value = next((p.tolerance_value for p in found if p.tolerance_value is not None), None)
    return Tolerance(
        units=DEFAULT_TOLERANCE.units if units is None else units,
        percent=DEFAULT_TOLERANCE.percent if percent is None else percent,
        value=value,
    )


def prior_of(policies: Iterable[PolicyDraft], kind: LocationKind) -> float:
    """Return the prior chance that *policies*, the most specific first, give."""
    set_by_retailer = (p.prior_pickable for p in policies if p.prior_pickable is not None)
    return next(set_by_retailer, PRIOR_PICKABLE[kind])


def policy_problems(draft: PolicyDraft) -> list[FieldProblem]:
    """Return what is wrong with a setting by itself."""
    if any(
        value is not None
        for value in (
            draft.tolerance_units,
            draft.tolerance_percent,
            draft.tolerance_value,
            draft.prior_pickable,
        )
    ):
        return []
    return [
        FieldProblem(
            "tolerance_units",
            "sets_nothing",
            "the policy sets nothing",
            "give a tolerance or a prior_pickable",
        )
    ]
