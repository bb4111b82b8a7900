"""The state machine of a count, as data."""

from chaland.accuracy.types import CountState as S
from chaland.kernel.transitions import Transition, TransitionTable

COUNT_TRANSITIONS: TransitionTable[S] = TransitionTable(
    initial=S.OPEN,
    transitions=[
        Transition("start", frozenset({S.OPEN}), S.COUNTING),
        Transition("submit", frozenset({S.COUNTING}), S.SUBMITTED),
        Transition("recount", frozenset({S.SUBMITTED}), S.COUNTING),
        Transition("approve", frozenset({S.SUBMITTED}), S.APPROVED),
        Transition("reject", frozenset({S.SUBMITTED}), S.REJECTED),
        Transition("cancel", frozenset({S.OPEN, S.COUNTING, S.SUBMITTED}), S.CANCELLED),
    ],
)

COUNTABLE = frozenset({S.OPEN, S.COUNTING})
"""States in which what is scanned is taken."""
