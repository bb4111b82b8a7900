"""What is known of positions, and the model that makes chances of it; arrays are parallel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class Role(IntEnum):
    """What a line of the ledger says about the shelf."""

    COUNT = 0
    """Somebody counted."""
    OUT = 1
    """Units left: sold at the till, corrected downwards, sent elsewhere."""
    PICKED = 2
    """Units left for an order: somebody looked for them and found them."""
    IN = 3
    """Units arrived."""
    MISSED = 4
    """Somebody looked for units and did not find them."""
    OTHER = 5
    """It says nothing, but may change how many units the record holds."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of the ledger, sorted by position, time (a count before others), and id.

    ``at`` is in days; ``units`` is how many left, arrived, or were missed; ``change`` is what the
    line does to the units that the record holds and nobody missed; ``counted`` is of counts only.
    """

    position: Ints
    at: Floats
    role: Ints
    units: Floats
    change: Floats
    counted: Floats


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of some positions at a moment; *anchor* is the last count, or the first line.

    ``location`` and ``category`` are indexes into the model's; ``prior`` is the chance that the
    retailer believes in when nothing is known. ``quantity``: units that the record holds and nobody
    missed. ``age``: days since the anchor. ``sold``, ``received`` in units and ``missed``,
    ``found`` in times since the anchor; ``missed_age``: days since the last miss (0 without one);
    ``found_after`` and ``received_after`` since then.
    ``rate``: units a day that leave; ``quiet``: days since something left.
    """

    location: Ints
    category: Ints
    prior: Floats
    quantity: Floats
    counted: Mask
    age: Floats
    sold: Floats
    received: Floats
    missed: Floats
    missed_age: Floats
    found: Floats
    found_after: Floats
    received_after: Floats
    rate: Floats
    quiet: Floats

    def __len__(self) -> int:
        return len(self.quantity)

    def where(self, chosen: Mask | Ints) -> "Evidence":
        """Return the entries at which *chosen* is true, or that it numbers."""
        return Evidence(*(getattr(self, name)[chosen] for name in Evidence.__slots__))


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What happened when somebody looked: 1 it was there, 0 it was not.

    ``picked`` marks outcomes of picks; the others are counts. ``seen`` and ``said`` are units that
    a count found and the record held (nan for picks).
    """

    evidence: Evidence
    there: Floats
    at: Floats
    picked: Mask
    seen: Floats
    said: Floats

    def __len__(self) -> int:
        return len(self.there)

    def where(self, chosen: Mask) -> "Outcomes":
        """Return the entries at which *chosen* is true."""
        return Outcomes(
            self.evidence.where(chosen),
            self.there[chosen],
            self.at[chosen],
            self.picked[chosen],
            self.seen[chosen],
            self.said[chosen],
        )


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned. Effects and hazards are by index of location and category.

    ``hazard`` is losses a position and day on the whole, the factors multiply it. ``slope`` and
    ``intercept`` correct the log odds (Platt). ``depth`` is the chance that one unit more is there
    when one is.
    """

    weights: Floats
    location_effect: Floats
    category_effect: Floats
    hazard: float
    location_hazard: Floats
    category_hazard: Floats
    slope: float
    intercept: float
    depth: float


@dataclass(frozen=True, slots=True)
class CalibrationRow:
    """Outcomes whose predicted chance lay close together: predicted and observed on average."""

    lowest: float
    highest: float
    predicted: float
    observed: float
    outcomes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How good predictions were on outcomes later than all that they were learned from.

    Brier score (mean squared error, Brier 1950) and log loss in nats, smaller is better, beside
    those of each location's own rate; ``error`` is the mean of |predicted − observed| over the
    rows, weighted by outcomes, ``worst`` the largest of rows with at least 100 outcomes.
    """

    rows: tuple[CalibrationRow, ...]
    outcomes: int
    brier: float
    log_loss: float
    base_brier: float
    base_log_loss: float
    error: float
    worst: float


@dataclass(frozen=True, slots=True)
class ModelView:
    """A model as it is kept: learned when, from what, and how well it did."""

    version: int
    learned_at: datetime | None
    outcomes: int
    picks: int
    model: Model
    locations: Sequence[int] = field(repr=False)
    categories: Sequence[str] = field(repr=False)
    calibration: Calibration | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that raises or lowers a chance: by how many points of probability."""

    code: str
    value: float
    points: float


@dataclass(frozen=True, slots=True)
class PickableExplanation:
    """Why a unit of a SKU is likely, or not, to be found at a location."""

    sku: str
    location: str
    pickable: float
    quantity: int
    expected_units: float
    known: bool
    model_version: int
    facts: tuple[Fact, ...]
    details: Mapping[str, object]
