"""The order's state machine, as data."""

from chaland.kernel.transitions import Transition, TransitionTable
from chaland.orders.types import OrderState as S

ORDER_TRANSITIONS: TransitionTable[S] = TransitionTable(
    initial=S.OPEN,
    transitions=[
        Transition("start", frozenset({S.OPEN}), S.IN_PROGRESS),
        Transition("block", frozenset({S.OPEN, S.IN_PROGRESS}), S.BLOCKED),
        Transition("reopen", frozenset({S.BLOCKED}), S.OPEN),
        Transition("resume", frozenset({S.BLOCKED}), S.IN_PROGRESS),
        # From blocked, when the units that had nowhere to come from are cancelled.
        Transition("fulfil", frozenset({S.IN_PROGRESS, S.BLOCKED}), S.FULFILLED),
        Transition("complete", frozenset({S.IN_PROGRESS, S.BLOCKED, S.FULFILLED}), S.COMPLETED),
        Transition("cancel", frozenset({S.OPEN, S.IN_PROGRESS, S.BLOCKED}), S.CANCELLED),
    ],
)
