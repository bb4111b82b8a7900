"""What a replay handles: invoices as read, steps as sent, and what came of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


class ReplayError(Exception):
    """The replay cannot start or go on; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One row: ``quantity`` in units, ``cents`` the price of one; None when unreadable."""

    number: int
    stock_code: str
    description: str
    quantity: int | None
    cents: int | None


@dataclass(frozen=True, slots=True)
class Invoice:
    """The rows that share an invoice number; ``at`` is None when no row has a readable date."""

    number: str
    at: datetime | None
    customer: str | None
    lines: tuple[SourceLine, ...]

    @property
    def is_cancellation(self) -> bool:
        """Tell whether the file marks it as a cancellation (its number starts with C)."""
        return self.number[:1].upper() == "C"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line worth ordering; ``line_id`` is its place in the invoice, ``cents`` the unit price."""

    line_id: str
    sku: str
    description: str
    quantity: int
    cents: int


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """One order to send. A long invoice becomes several; the first bears its own number."""

    external_id: str
    at: datetime
    customer: str | None
    lines: tuple[OrderLine, ...]


@dataclass(frozen=True, slots=True)
class CancelledUnits:
    """Units to cancel on one line; ``source_line`` is the cancelling line in its invoice."""

    source_line: int
    line_id: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class PlannedCancellation:
    """One call that cancels units of one earlier order."""

    key: str
    external_id: str
    units: tuple[CancelledUnits, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What to do for one invoice, and why its other lines are left out (number → reason)."""

    invoice: str
    at: datetime | None
    line_numbers: tuple[int, ...]
    orders: tuple[PlannedOrder, ...] = ()
    cancellations: tuple[PlannedCancellation, ...] = ()
    rejected_lines: Mapping[int, str] = field(default_factory=dict)
    is_cancellation: bool = False


Verdict = Literal["accepted", "duplicate", "rejected"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said to one order or one cancellation.

    ``order_id`` is the public id, if any; ``reason`` is the problem's code of a refusal.
    """

    verdict: Verdict
    order_id: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an invoice and of each of its lines; a rejection carries its reason."""

    invoice: str
    verdict: Verdict
    reason: str = ""
    is_cancellation: bool = False
    lines: Mapping[str, int] = field(default_factory=dict)
    """How many lines ended how: ``accepted``, ``duplicate`` or ``rejected:<reason>``."""
    order_ids: Mapping[str, str] = field(default_factory=dict)
    """The public id of each order that this invoice created or found, by external id."""
    cancelled: Mapping[str, str] = field(default_factory=dict)
    """The public id of the order that each cancellation call changed, by the call's key."""
