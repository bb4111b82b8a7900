"""Decide from the file alone what each invoice becomes: orders, cancellations, or why not."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chaland.replay.types import (
    CancelledUnits,
    Invoice,
    OrderLine,
    PlannedCancellation,
    PlannedOrder,
    SourceLine,
    Step,
)

SERVICE_CODES = {
    "POST": "postage",
    "DOT": "postage",
    "C2": "carriage",
    "M": "manual_adjustment",
    "ADJUST": "manual_adjustment",
    "D": "discount",
    "S": "sample",
    "B": "bad_debt",
    "BANK CHARGES": "bank_charges",
    "AMAZONFEE": "marketplace_fee",
    "CRUK": "commission",
}
"""Codes that stand for money, not goods, and the reason they are refused for."""

GIFT_VOUCHER = re.compile(r"^GIFT_", re.IGNORECASE)
LARGEST_QUANTITY = 1_000_000
_NOT_IN_A_CODE = re.compile(r"[^A-Za-z0-9._-]+")


def sku_of(stock_code: str) -> str:
    """Return the SKU code of a stock code: upper case, as the file writes 85123A and 85123a."""
    return _NOT_IN_A_CODE.sub("-", stock_code.upper())[:64]


def order_line_problem(line: SourceLine) -> str | None:
    """Return why *line* cannot be ordered, or None. The first reason that applies wins."""
    if reason := _not_goods(line):
        return reason
    return _quantity_problem(line.quantity) or _price_problem(line.cents)


def _quantity_problem(quantity: int | None) -> str | None:
    if quantity is None:
        return "unreadable_quantity"
    if quantity <= 0:
        return "quantity_not_positive"
    return "quantity_too_large" if quantity > LARGEST_QUANTITY else None


def _price_problem(cents: int | None) -> str | None:
    if cents is None:
        return "unreadable_price"
    if cents < 0:
        return "negative_price"
    return "zero_price" if cents == 0 else None


def cancelling_line_problem(line: SourceLine, customer: str | None) -> str | None:
    """Return why *line* of a cancellation cannot be looked up, or None."""
    if reason := _not_goods(line):
        return reason
    if line.quantity is None:
        return "unreadable_quantity"
    if line.quantity >= 0:
        return "quantity_not_negative"
    if customer is None:
        return "no_customer"
    return None


def _not_goods(line: SourceLine) -> str | None:
    if not line.stock_code:
        return "empty_stock_code"
    if GIFT_VOUCHER.match(line.stock_code):
        return "gift_voucher"
    return SERVICE_CODES.get(line.stock_code.upper())


@dataclass(slots=True)
class _OpenLine:
    external_id: str
    line_id: str
    remaining: int


class _Purchases:
    """What each customer bought and has not cancelled yet, latest order last."""

    def __init__(self) -> None:
        self._lines: defaultdict[tuple[str, str], list[_OpenLine]] = defaultdict(list)

    def add(self, order: PlannedOrder) -> None:
        """Remember the lines of an order, if it has a known customer."""
        if order.customer is None:
            return
        for line in order.lines:
            self._lines[order.customer, line.sku].append(
                _OpenLine(order.external_id, line.line_id, line.quantity)
            )

    def take(
        self, customer: str, sku: str, quantity: int
    ) -> tuple[str, list[tuple[str, int]]] | str:
        """Take *quantity* units off the latest order that still has them all.

        Return the order and its (line, units); or the reason why there is none.
        """
        by_order: dict[str, list[_OpenLine]] = {}
        for line in self._lines.get((customer, sku), ()):
            by_order.setdefault(line.external_id, []).append(line)
        if not by_order:
            return "no_earlier_order"
        for external_id in reversed(by_order):
            lines = by_order[external_id]
            if sum(line.remaining for line in lines) >= quantity:
                return external_id, _take_from(lines, quantity)
        return "more_than_was_ordered"


def _take_from(lines: Iterable[_OpenLine], quantity: int) -> list[tuple[str, int]]:
    taken = []
    for line in lines:
        units = min(line.remaining, quantity)
        if units:
            line.remaining -= units
            quantity -= units
            taken.append((line.line_id, units))
    return taken


def plan(invoices: Sequence[Invoice], *, lines_per_order: int) -> list[Step]:
    """Return one step an invoice, in the same order.

    An invoice longer than *lines_per_order* is cut into several orders. A cancelling line is
    matched to the customer's latest earlier order that still holds all its units of that SKU.
    """
    purchases = _Purchases()
    steps = []
    for invoice in invoices:
        if invoice.at is None:
            steps.append(_unreadable(invoice))
        elif invoice.is_cancellation:
            steps.append(_cancellation_step(invoice, purchases))
        else:
            step = _order_step(invoice, lines_per_order)
            for order in step.orders:
                purchases.add(order)
            steps.append(step)
    return steps


def _numbers(invoice: Invoice) -> tuple[int, ...]:
    return tuple(line.number for line in invoice.lines)


def _unreadable(invoice: Invoice) -> Step:
    return Step(
        invoice=invoice.number,
        at=None,
        line_numbers=_numbers(invoice),
        rejected_lines=dict.fromkeys(_numbers(invoice), "unreadable_date"),
        is_cancellation=invoice.is_cancellation,
    )


def _order_step(invoice: Invoice, lines_per_order: int) -> Step:
    rejected: dict[int, str] = {}
    good: list[OrderLine] = []
    for line in invoice.lines:
        problem = order_line_problem(line)
        if problem is None and not invoice.number:
            problem = "empty_invoice_number"
        if problem is not None:
            rejected[line.number] = problem
            continue
        assert line.quantity is not None  # noqa: S101 - order_line_problem said so
        assert line.cents is not None  # noqa: S101
        good.append(
            OrderLine(
                str(line.number),
                sku_of(line.stock_code),
                line.description,
                line.quantity,
                line.cents,
            )
        )
    assert invoice.at is not None  # noqa: S101 - plan() sets the others apart
    parts = [
        good[start : start + lines_per_order] for start in range(0, len(good), lines_per_order)
    ]
    orders = tuple(
        PlannedOrder(_part_id(invoice.number, index), invoice.at, invoice.customer, tuple(lines))
        for index, lines in enumerate(parts)
    )
    return Step(
        invoice=invoice.number,
        at=invoice.at,
        line_numbers=_numbers(invoice),
        orders=orders,
        rejected_lines=rejected,
    )


def _part_id(number: str, index: int) -> str:
    return number if index == 0 else f"{number}.{index + 1}"


def _cancellation_step(invoice: Invoice, purchases: _Purchases) -> Step:
    rejected: dict[int, str] = {}
    by_order: defaultdict[str, list[CancelledUnits]] = defaultdict(list)
    for line in invoice.lines:
        problem = cancelling_line_problem(line, invoice.customer)
        if problem is not None:
            rejected[line.number] = problem
            continue
        assert line.quantity is not None  # noqa: S101 - cancelling_line_problem said so
        assert invoice.customer is not None  # noqa: S101
        sku = sku_of(line.stock_code)
        found = purchases.take(invoice.customer, sku, -line.quantity)
        if isinstance(found, str):
            rejected[line.number] = found
            continue
        external_id, taken = found
        by_order[external_id].extend(
            CancelledUnits(line.number, line_id, sku, units) for line_id, units in taken
        )
    return Step(
        invoice=invoice.number,
        at=invoice.at,
        line_numbers=_numbers(invoice),
        cancellations=tuple(
            PlannedCancellation(f"{invoice.number}>{external_id}", external_id, tuple(units))
            for external_id, units in by_order.items()
        ),
        rejected_lines=rejected,
        is_cancellation=True,
    )
