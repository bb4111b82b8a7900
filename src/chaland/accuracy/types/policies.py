"""What the retailer sets: tolerance, and what to believe of a shelf that nobody counted."""

from dataclasses import dataclass
from decimal import Decimal

from chaland.network.types import LocationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDraft:
    """A setting for some positions; empty text and None mean any.

    A difference is within tolerance when it is at most ``tolerance_units``, or at most
    ``tolerance_percent`` of what was expected, and its cost at most ``tolerance_value`` (group's
    currency; None: whatever it costs). ``prior_pickable`` is the chance to find a unit on a shelf
    of which nothing is known yet. The most specific policy that sets a value gives it: location
    before category before kind of location.
    """

    code: str
    location: str = ""
    category: str = ""
    location_kind: LocationKind | None = None
    tolerance_units: int | None = None
    tolerance_percent: Decimal | None = None
    tolerance_value: Decimal | None = None
    prior_pickable: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView(PolicyDraft):
    """A setting as it stands."""

    version: int


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Up to which difference a count is believed at once."""

    units: int
    percent: Decimal
    value: Decimal | None
