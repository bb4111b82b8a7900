"""The account: nothing that was read may end nowhere, or twice."""

from datetime import UTC, datetime

from chaland.replay.account import Account, Tally, settle
from chaland.replay.types import (
    Answer,
    CancelledUnits,
    OrderLine,
    PlannedCancellation,
    PlannedOrder,
    Step,
)

NOON = datetime(2011, 3, 1, 12, tzinfo=UTC)


def order(external_id: str, *line_ids: str) -> PlannedOrder:
    lines = tuple(OrderLine(line_id, "A", "", 1, 100) for line_id in line_ids)
    return PlannedOrder(external_id, NOON, None, lines)


def test_an_accepted_invoice_keeps_the_reasons_of_its_bad_lines() -> None:
    step = Step("1", NOON, (1, 2, 3), (order("1", "1", "2"),), rejected_lines={3: "postage"})
    outcome = settle(step, {"1": Answer("accepted", "ord_1")}, {})
    assert outcome.verdict == "accepted"
    assert outcome.lines == {"accepted": 2, "rejected:postage": 1}
    assert outcome.order_ids == {"1": "ord_1"}


def test_a_refused_order_gives_its_reason_to_its_lines() -> None:
    step = Step("1", NOON, (1, 2), (order("1", "1", "2"),))
    outcome = settle(step, {"1": Answer("rejected", reason="insufficient_stock")}, {})
    assert (outcome.verdict, outcome.reason) == ("rejected", "insufficient_stock")
    assert outcome.lines == {"rejected:insufficient_stock": 2}


def test_an_invoice_with_different_reasons_has_no_line_left() -> None:
    step = Step("1", NOON, (1, 2), rejected_lines={1: "postage", 2: "zero_price"})
    outcome = settle(step, {}, {})
    assert (outcome.verdict, outcome.reason) == ("rejected", "no_line_left")


def test_a_long_invoice_is_accepted_when_one_of_its_orders_is() -> None:
    step = Step("1", NOON, (1, 2), (order("1", "1"), order("1.2", "2")))
    answers = {"1": Answer("duplicate", "ord_1"), "1.2": Answer("accepted", "ord_2")}
    outcome = settle(step, answers, {})
    assert outcome.verdict == "accepted"
    assert outcome.lines == {"duplicate": 1, "accepted": 1}


def test_a_cancelling_line_over_two_order_lines_counts_once() -> None:
    units = (CancelledUnits(1, "1", "A", 2), CancelledUnits(1, "2", "A", 1))
    step = Step(
        "C1",
        NOON,
        (1,),
        cancellations=(PlannedCancellation("C1>1", "1", units),),
        is_cancellation=True,
    )
    outcome = settle(step, {}, {"C1>1": Answer("accepted", "ord_1")})
    assert outcome.lines == {"accepted": 1}
    assert outcome.cancelled == {"C1>1": "ord_1"}


def test_the_account_balances_only_when_everything_read_has_an_end() -> None:
    account = Account(invoices=Tally(2), lines=Tally(3))
    account.add(settle(Step("1", NOON, (1,), rejected_lines={1: "postage"}), {}, {}))
    assert not account.balances
    step = Step("2", NOON, (1, 2), (order("2", "1", "2"),))
    account.add(settle(step, {"2": Answer("accepted", "ord_2")}, {}))
    assert account.as_json()["balances"] is True
    assert account.as_json()["lines"] == {
        "read": 3,
        "accepted": 2,
        "duplicates": 0,
        "rejected": 1,
        "rejected_by_reason": {"postage": 1},
        "waiting": 0,
    }


def test_a_line_counted_twice_is_no_balance() -> None:
    account = Account(invoices=Tally(1), lines=Tally(1))
    account.add(settle(Step("1", NOON, (1, 2), rejected_lines={1: "a", 2: "a"}), {}, {}))
    assert not account.balances
