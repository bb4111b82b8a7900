"""The state of an order follows from where its units are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaland.kernel.transitions import IllegalTransitionError
from chaland.orders import rules
from chaland.orders.rules import LineFacts
from chaland.orders.states import ORDER_TRANSITIONS
from chaland.orders.types import OrderState

S = OrderState


def facts(quantity: int, cancelled: int = 0, planned: int = 0, shipped: int = 0) -> LineFacts:
    return LineFacts(quantity=quantity, cancelled=cancelled, planned=planned, shipped=shipped)


@pytest.mark.parametrize(
    ("lines", "started", "under_way", "state"),
    [
        ([facts(2, planned=2)], False, False, S.OPEN),
        ([facts(2, planned=2)], True, False, S.IN_PROGRESS),
        ([facts(2, planned=1)], False, False, S.BLOCKED),
        ([facts(2, planned=2), facts(1)], True, False, S.BLOCKED),
        ([facts(2, shipped=1, planned=1)], True, True, S.IN_PROGRESS),
        ([facts(2, shipped=2)], True, True, S.FULFILLED),
        ([facts(2, shipped=1, cancelled=1)], True, True, S.FULFILLED),
        ([facts(2, shipped=2)], True, False, S.COMPLETED),
        ([facts(2, shipped=2), facts(3, cancelled=3)], True, False, S.COMPLETED),
        ([facts(2, cancelled=2)], True, False, S.CANCELLED),
        ([facts(2, cancelled=2), facts(1, cancelled=1)], False, False, S.CANCELLED),
    ],
)
def test_the_state_is_read_off_the_units(
    *, lines: list[LineFacts], started: bool, under_way: bool, state: OrderState
) -> None:
    assert rules.state_of(lines, started=started, under_way=under_way) is state


@st.composite
def any_line(draw: st.DrawFn) -> LineFacts:
    quantity = draw(st.integers(1, 5))
    cancelled = draw(st.integers(0, quantity))
    shipped = draw(st.integers(0, quantity - cancelled))
    return facts(quantity, cancelled, draw(st.integers(0, quantity - cancelled - shipped)), shipped)


@given(lines=st.lists(any_line(), min_size=1, max_size=4), started=st.booleans())
def test_blocked_means_that_units_have_nowhere_to_come_from(
    *, lines: list[LineFacts], started: bool
) -> None:
    state = rules.state_of(lines, started=started, under_way=False)
    assert (state is S.BLOCKED) == any(line.uncovered for line in lines)


@given(current=st.sampled_from(OrderState), wanted=st.sampled_from(OrderState))
def test_an_action_leads_where_it_is_asked_to_or_is_refused(
    current: OrderState, wanted: OrderState
) -> None:
    try:
        action = rules.action_towards(current, wanted)
    except IllegalTransitionError:
        actions = ORDER_TRANSITIONS.actions(current)
        assert wanted not in {ORDER_TRANSITIONS.target(current, name) for name in actions}
    else:
        assert wanted == (current if action is None else ORDER_TRANSITIONS.target(current, action))


def test_what_is_cancelled_or_completed_stays_so() -> None:
    assert {state for state in OrderState if ORDER_TRANSITIONS.is_final(state)} == {
        S.CANCELLED,
        S.COMPLETED,
    }
