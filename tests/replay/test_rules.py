"""What an invoice becomes, decided from the file alone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaland.replay.rules import order_line_problem, plan, sku_of
from chaland.replay.types import Invoice, SourceLine

MORNING = datetime(2011, 3, 1, 9, tzinfo=UTC)


def line(
    number: int = 1, code: str = "85123A", quantity: int | None = 6, cents: int | None = 255
) -> SourceLine:
    return SourceLine(number, code, "a lantern", quantity, cents)


def invoice(
    number: str, *lines: SourceLine, customer: str | None = "17850", hour: int = 0
) -> Invoice:
    return Invoice(number, MORNING + timedelta(hours=hour), customer, lines)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (line(code="POST"), "postage"),
        (line(code="dot"), "postage"),
        (line(code="BANK CHARGES", quantity=1), "bank_charges"),
        (line(code="m"), "manual_adjustment"),
        (line(code="gift_0001_20"), "gift_voucher"),
        (line(code=""), "empty_stock_code"),
        (line(quantity=0), "quantity_not_positive"),
        (line(quantity=-3), "quantity_not_positive"),
        (line(quantity=None), "unreadable_quantity"),
        (line(quantity=1_000_001), "quantity_too_large"),
        (line(cents=0), "zero_price"),
        (line(cents=-1), "negative_price"),
        (line(cents=None), "unreadable_price"),
        (line(), None),
        (line(code="DCGS0076"), None),
    ],
)
def test_a_line_is_refused_for_the_first_reason_that_applies(
    source: SourceLine, reason: str | None
) -> None:
    assert order_line_problem(source) == reason


def test_stock_codes_become_codes_that_the_api_takes() -> None:
    assert sku_of("85123a") == sku_of("85123A") == "85123A"
    assert sku_of("BANK CHARGES") == "BANK-CHARGES"


def test_an_invoice_becomes_an_order_of_its_good_lines() -> None:
    (step,) = plan(
        [invoice("536365", line(1), line(2, "POST"), line(3, "71053"))], lines_per_order=200
    )
    (order,) = step.orders
    assert order.external_id == "536365"
    assert [item.line_id for item in order.lines] == ["1", "3"]
    assert step.rejected_lines == {2: "postage"}


def test_a_long_invoice_becomes_several_orders_and_loses_nothing() -> None:
    lines = [line(number) for number in range(1, 6)]
    (step,) = plan([invoice("1", *lines)], lines_per_order=2)
    assert [order.external_id for order in step.orders] == ["1", "1.2", "1.3"]
    assert [item.line_id for order in step.orders for item in order.lines] == list("12345")


def test_an_invoice_without_a_date_or_a_number_is_explained() -> None:
    undated = Invoice("7", None, None, (line(1), line(2)))
    unnamed = invoice("", line(1))
    steps = plan([undated, unnamed], lines_per_order=200)
    assert dict(steps[0].rejected_lines) == {1: "unreadable_date", 2: "unreadable_date"}
    assert dict(steps[1].rejected_lines) == {1: "empty_invoice_number"}
    assert not any(step.orders for step in steps)


def test_a_cancellation_takes_from_the_latest_order_that_has_it_all() -> None:
    steps = plan(
        [
            invoice("1", line(1, quantity=10)),
            invoice("2", line(1, quantity=6), hour=1),
            invoice("C3", line(1, quantity=-6), hour=2),
            invoice("C4", line(1, quantity=-6), hour=3),
            invoice("C5", line(1, quantity=-6), hour=4),
        ],
        lines_per_order=200,
    )
    assert [item.external_id for step in steps for item in step.cancellations] == ["2", "1"]
    assert dict(steps[4].rejected_lines) == {1: "more_than_was_ordered"}


def test_a_cancellation_may_span_two_lines_of_one_order() -> None:
    steps = plan(
        [
            invoice("1", line(1, quantity=2), line(2, quantity=3)),
            invoice("C2", line(1, quantity=-4), hour=1),
        ],
        lines_per_order=200,
    )
    (cancellation,) = steps[1].cancellations
    assert [(unit.line_id, unit.quantity) for unit in cancellation.units] == [("1", 2), ("2", 2)]
    assert {unit.source_line for unit in cancellation.units} == {1}


@pytest.mark.parametrize(
    ("cancelling", "customer", "reason"),
    [
        (line(quantity=-1), "99999", "no_earlier_order"),
        (line(quantity=-1), None, "no_customer"),
        (line(quantity=1), "17850", "quantity_not_negative"),
        (line(code="D", quantity=-1), "17850", "discount"),
        (line(code="71053", quantity=-1), "17850", "no_earlier_order"),
    ],
)
def test_a_cancellation_that_matches_nothing_is_explained(
    cancelling: SourceLine, customer: str | None, reason: str
) -> None:
    invoices = [invoice("1", line()), invoice("C2", cancelling, customer=customer, hour=1)]
    assert dict(plan(invoices, lines_per_order=200)[1].rejected_lines) == {1: reason}


def test_nobody_cancels_before_ordering() -> None:
    invoices = [invoice("C1", line(quantity=-1)), invoice("2", line(), hour=1)]
    assert dict(plan(invoices, lines_per_order=200)[0].rejected_lines) == {1: "no_earlier_order"}


source_lines = st.builds(
    line,
    code=st.sampled_from(["A1", "a1", "B2", "POST", ""]),
    quantity=st.none() | st.integers(-12, 12),
    cents=st.none() | st.integers(-1, 300),
)
invoices_drawn = st.lists(
    st.tuples(st.booleans(), st.sampled_from(["1", "2", None]), st.lists(source_lines, min_size=1)),
    max_size=12,
)


@given(drawn=invoices_drawn, lines_per_order=st.integers(1, 4))
def test_every_line_is_ordered_cancelled_or_explained_once(
    drawn: list[tuple[bool, str | None, list[SourceLine]]], lines_per_order: int
) -> None:
    invoices = [
        invoice(
            f"C{index}" if cancels else str(index),
            *(
                line(at, item.stock_code, item.quantity, item.cents)
                for at, item in enumerate(lines)
            ),
            customer=customer,
            hour=index,
        )
        for index, (cancels, customer, lines) in enumerate(drawn)
    ]
    ordered: dict[tuple[str, str], int] = {}
    for read, step in zip(invoices, plan(invoices, lines_per_order=lines_per_order), strict=True):
        placed = [int(item.line_id) for order in step.orders for item in order.lines]
        cancelled = {unit.source_line for item in step.cancellations for unit in item.units}
        ends = sorted([*placed, *cancelled, *step.rejected_lines])
        assert ends == [item.number for item in read.lines]
        for order in step.orders:
            assert len(order.lines) <= lines_per_order
            ordered.update(
                {(order.external_id, item.line_id): item.quantity for item in order.lines}
            )
        for cancellation in step.cancellations:
            for unit in cancellation.units:
                ordered[cancellation.external_id, unit.line_id] -= unit.quantity
    assert all(left >= 0 for left in ordered.values())
