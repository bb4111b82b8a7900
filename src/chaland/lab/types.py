"""What a run of the lab is asked, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

RUN_PREFIX = "lab"
"""A run's public id begins so."""

MEASURES = (
    "cost",
    "freight",
    "handling",
    "parcels",
    "split",
    "refusals",
    "late",
    "kept",
    "co2",
    "unfilled",
)
"""What is measured of every order, in the order in which it is shown."""

WEIGHTS = (
    "freight",
    "handling",
    "delay_per_line_day",
    "late_per_line_day",
    "extra_parcel",
    "distance_per_km",
    "co2_per_kg",
    "capacity",
    "scarcity",
    "unpickable_unit",
)
"""The weights that a search may try."""


class LabKind(StrEnum):
    """Whether given ways are compared, or the best weights are looked for."""

    COMPARE = "compare"
    SEARCH = "search"


class LabState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What is different from today; an empty field is as it is today.

    ``strategy`` in ``version`` (None: its draft, or what is in force) decides every order, with
    ``weights`` in place of its own. ``closed`` sites take no orders, ``capacity`` replaces a day's
    orders by site (0: no limit). ``prices`` multiply a service's tariff. ``buffer`` units of each
    article stay back in every shop, in place of the safety stock that rules keep there.
    """

    name: str
    strategy: str = ""
    version: int | None = None
    weights: Mapping[str, Decimal] = field(default_factory=dict)
    closed: tuple[str, ...] = ()
    capacity: Mapping[str, int] = field(default_factory=dict)
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    buffer: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From where to where a weight is tried."""

    lowest: Decimal
    highest: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What a run is asked: a period (the moment at the end is not part of it), and ways.

    Today's way is always the first. ``draws`` is how often the shelves of which nothing is known
    are drawn anew. A search tries ``tries`` sets of weights inside ``spans``, of ``strategy``.
    """

    starts_at: datetime
    ends_at: datetime
    channels: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()
    draws: int = 1
    seed: int = 1
    strategy: str = "default"
    spans: Mapping[str, Span] = field(default_factory=dict)
    tries: int = 0

    @property
    def kind(self) -> LabKind:
        """Whether it is a search."""
        return LabKind.SEARCH if self.spans else LabKind.COMPARE

    @property
    def replays(self) -> int:
        """How many times the period is lived through in all."""
        ways = self.tries if self.spans else len(self.variants)
        return (1 + ways) * self.draws


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run as it is shown. ``progress`` is from 0 to 1; ``results`` grow way by way."""

    id: UUID
    name: str
    kind: LabKind
    state: LabState
    spec: Spec
    progress: float
    results: Mapping[str, Any]
    problem_code: str
    problem: str
    stop_asked: bool
    asked_by: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    version: int
