"""How a run may change."""

from chaland.feeds.types import RunState
from chaland.kernel.transitions import Transition, TransitionTable

_WORKING = frozenset({RunState.CHECKING, RunState.APPLYING})

RUN = TransitionTable(
    initial=RunState.RECEIVING,
    transitions=[
        Transition(
            "check",
            frozenset({RunState.RECEIVING, RunState.CHECKING, RunState.STOPPED}),
            RunState.CHECKING,
        ),
        Transition("apply", frozenset({RunState.CHECKING, RunState.STOPPED}), RunState.APPLYING),
        Transition("finish", _WORKING, RunState.DONE),
        Transition("fail", frozenset({RunState.RECEIVING}) | _WORKING, RunState.FAILED),
        Transition("stop", frozenset({RunState.RECEIVING}) | _WORKING, RunState.STOPPED),
    ],
)
"""A stopped run goes on where it was; one that was never checked is checked first."""
