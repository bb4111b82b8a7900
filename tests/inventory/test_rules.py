"""What is wrong with a report, told without a database."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaland.inventory import rules
from chaland.inventory.types import (
    MAX_ON_HAND,
    MAX_QUANTITY,
    Adjustment,
    MovementKind,
    PositionState,
    UnavailableStatus,
)

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def report(kind: MovementKind, **fields: object) -> Adjustment:
    return Adjustment(
        sku_id=1,
        location_id=1,
        kind=kind,
        source="erp",
        occurred_at=NOW,
        **fields,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("adjustment", "field", "code"),
    [
        (report(MovementKind.ISSUE, on_hand_delta=-1), "kind", "kind_not_reportable"),
        (report(MovementKind.RESERVATION, on_hand_delta=1), "kind", "kind_not_reportable"),
        (report(MovementKind.COUNT), "on_hand", "missing"),
        (report(MovementKind.COUNT, on_hand=1, on_hand_delta=1), "on_hand_delta", "contradiction"),
        (report(MovementKind.RECEIPT, on_hand=1), "on_hand", "only_for_counts"),
        (report(MovementKind.RECEIPT), "on_hand_delta", "no_change"),
        (
            report(MovementKind.RECEIPT, on_hand_delta=MAX_QUANTITY + 1),
            "on_hand_delta",
            "out_of_range",
        ),
        (
            report(MovementKind.RECEIPT, incoming_delta=-MAX_QUANTITY - 1),
            "incoming_delta",
            "out_of_range",
        ),
        (report(MovementKind.COUNT, on_hand=-1), "on_hand", "out_of_range"),
        (report(MovementKind.COUNT, on_hand=MAX_ON_HAND + 1), "on_hand", "out_of_range"),
        (report(MovementKind.BLOCKING, unavailable_delta=1), "status", "missing"),
        (
            report(MovementKind.RECEIPT, on_hand_delta=1, status=UnavailableStatus.DAMAGED),
            "status",
            "no_change",
        ),
    ],
)
def test_a_report_that_makes_no_sense_names_the_field(
    adjustment: Adjustment, field: str, code: str
) -> None:
    problem = rules.malformed(adjustment)
    assert problem is not None
    assert (problem.field, problem.code) == (field, code)
    assert problem.fix


units = st.integers(0, 50)
deltas = st.integers(-60, 60)


@given(units, units, units, units, deltas, deltas, deltas, st.none() | st.integers(0, 100))
def test_what_is_allowed_never_breaks_a_position(
    on_hand: int,
    reserved: int,
    unavailable: int,
    incoming: int,
    on_hand_delta: int,
    unavailable_delta: int,
    incoming_delta: int,
    counted: int | None,
) -> None:
    before = PositionState(on_hand + reserved + unavailable, reserved, unavailable, incoming)
    adjustment = report(
        MovementKind.ADJUSTMENT,
        on_hand=counted,
        on_hand_delta=on_hand_delta,
        unavailable_delta=unavailable_delta,
        incoming_delta=incoming_delta,
    )
    after = rules.applied(before, rules.change_of(adjustment, before))
    sound = min(after.on_hand, after.unavailable, after.incoming, after.available) >= 0
    assert (rules.impossible(adjustment, before, after, unavailable) is None) == sound
    assert after.reserved == reserved
    if counted is not None:
        assert after.on_hand == counted
