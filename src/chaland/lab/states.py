"""How a run may change."""

from chaland.kernel.transitions import Transition, TransitionTable
from chaland.lab.types import LabState

_OPEN = frozenset({LabState.QUEUED, LabState.RUNNING})

RUN = TransitionTable(
    initial=LabState.QUEUED,
    transitions=[
        Transition("begin", _OPEN, LabState.RUNNING),
        Transition("let_go", frozenset({LabState.RUNNING}), LabState.QUEUED),
        Transition("finish", frozenset({LabState.RUNNING}), LabState.DONE),
        Transition("fail", frozenset({LabState.RUNNING}), LabState.FAILED),
        Transition("stop", _OPEN, LabState.STOPPED),
        Transition("resume", frozenset({LabState.STOPPED}), LabState.QUEUED),
    ],
)
"""A run whose worker ends waits for the next one; a stopped one, for a person."""
