"""Counts: who counts what where, what was found, and what came of it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal
from uuid import UUID

COUNT_PREFIX = "cnt"
COUNT_SOURCE = "chaland:count"
"""What the ledger calls the source of counts that people made here."""


class CountState(StrEnum):
    """How far a count has come."""

    OPEN = "open"
    """It is to be done; nobody has begun."""
    COUNTING = "counting"
    """Something was counted, or is to be counted again."""
    SUBMITTED = "submitted"
    """The counters have finished; some differences wait for a decision."""
    APPROVED = "approved"
    """Every line is decided, and at least one was accepted."""
    REJECTED = "rejected"
    """Every line that was counted was rejected."""
    CANCELLED = "cancelled"
    """Nobody will finish it; what was applied before stands."""


class CountKind(StrEnum):
    """How the list of a count came about."""

    DIRECTED = "directed"
    """By risk: what is worth most to know."""
    LIST = "list"
    """SKUs that somebody named."""
    CATEGORY = "category"
    """All SKUs of a category that the location has, or had."""
    FREE = "free"
    """None: lines come with the first scan."""


class LineState(StrEnum):
    """What became of one SKU of a count."""

    TO_COUNT = "to_count"
    COUNTED = "counted"
    """Counted, not yet submitted."""
    RECOUNT = "recount"
    """To be counted again: rejected, counted differently by two people, or moved meanwhile."""
    PENDING = "pending"
    """The difference is above the tolerance and waits for somebody else's approval."""
    APPLIED = "applied"
    """The stock is as counted (and moved since)."""
    HELD = "held"
    """Accepted, but orders are promised units that are not there; applied once they are served."""
    REJECTED = "rejected"
    """Not believed: the stock stays as it was."""
    SUPERSEDED = "superseded"
    """The stock was counted again, later, before this line was applied."""
    SKIPPED = "skipped"
    """Not counted when the count was submitted or cancelled."""


class DriftReason(StrEnum):
    """Why record and shelf differed, as far as somebody knows."""

    SHRINK = "shrink"
    """Theft, or loss that nobody saw."""
    DAMAGE = "damage"
    MIS_PICK = "mis_pick"
    """Another article was picked, or the till scanned another one."""
    RECEIVING_ERROR = "receiving_error"
    WRONG_LOCATION = "wrong_location"
    """It lies elsewhere: another shelf, another shop."""
    COUNTING_ERROR = "counting_error"
    """An earlier count was wrong."""
    SYSTEM_ERROR = "system_error"
    """A message was lost, doubled or wrong."""
    FOUND = "found"
    """Goods turned up again."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountDraft:
    """A count to be made. ``skus`` are codes (kind ``list``), ``category`` that of the catalog.

    ``limit`` is how many lines a directed list has at most. ``blind``: who counts does not see what
    is expected. ``freeze``: units that could be sold are taken out of sale until the line is
    decided.
    """

    location: str
    kind: CountKind
    name: str = ""
    skus: tuple[str, ...] = ()
    category: str = ""
    limit: int = 50
    blind: bool = True
    freeze: bool = False
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanDraft:
    """Something counted: one more unit (``add`` 1) or the whole number seen (``set``).

    ``scan_id`` is the client's own id of it: sent twice, it counts once. ``area`` tells parts of
    the location apart (floor, stock room): areas add up, two people in one area must agree.
    ``counted_at`` is when it was seen, which may be long before it is sent; None means now.
    """

    scan_id: str
    sku: str = ""
    gtin: str = ""
    mode: Literal["add", "set"] = "add"
    quantity: int = 1
    area: str = ""
    counted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is decided about a submitted line; ``reason`` None leaves the one that is there."""

    sku: str
    reason: DriftReason | None = None


@dataclass(frozen=True, slots=True)
class ListReason:
    """Why a SKU is on a directed list; every figure is of this position, as it was then."""

    code: Literal[
        "never_counted",
        "not_counted_for",
        "refused",
        "sells",
        "silent",
        "value_at_risk",
        "uncertain",
    ]
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CountView:
    """A count as a whole; numbers are of its lines, money is in the group's currency."""

    id: UUID
    location_id: int
    location: str
    kind: CountKind
    state: CountState
    name: str
    category: str
    blind: bool
    freeze: bool
    due_on: date | None
    created_by: str
    created_by_label: str
    created_at: datetime
    started_at: datetime | None
    submitted_at: datetime | None
    submitted_by: str
    submitted_by_label: str
    closed_at: datetime | None
    closed_by: str
    closed_by_label: str
    note: str
    lines: int
    to_count: int
    pending: int
    held: int
    applied: int
    difference_units: int
    money_at_stake: Decimal
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountLineView:
    """One SKU of a count.

    ``expected`` is what the record said just before ``counted_at``; ``difference`` is counted less
    expected. Both are None while the count is blind and not submitted. ``unit_cost`` is None where
    the catalog does not know it.
    """

    place: int
    sku_id: int
    sku: str
    sku_name: str
    state: LineState
    why: tuple[ListReason, ...]
    counted: int | None
    counted_at: datetime | None
    counted_by: tuple[str, ...]
    counted_by_labels: tuple[str, ...]
    attempt: int
    contradicted: bool
    disturbed: bool
    expected: int | None
    reserved: int | None
    difference: int | None
    frozen_units: int
    reason: DriftReason | None
    unit_cost: Decimal | None
    money_at_stake: Decimal | None
    decided_at: datetime | None
    decided_by: str
    decided_by_label: str
    note: str
