"""State machines as data, so that code, documentation and property tests read the same table."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

State = TypeVar("State", bound=StrEnum)


class IllegalTransitionError(ValueError):
    """The action is not allowed in the present state."""


@dataclass(frozen=True, slots=True)
class Transition(Generic[State]):
    """One arrow: *action* leads from any of *sources* to *target*."""

    action: str
    sources: frozenset[State]
    target: State


class TransitionTable(Generic[State]):
    """A state machine: its start, its arrows, and which states have no way out."""

    def __init__(self, *, initial: State, transitions: list[Transition[State]]) -> None:
        self.initial = initial
        self.transitions = tuple(transitions)
        self._targets = {
            (source, transition.action): transition.target
            for transition in transitions
            for source in transition.sources
        }
        if len(self._targets) != sum(len(item.sources) for item in transitions):
            message = "an action leads from one state to two"
            raise ValueError(message)

    def target(self, state: State, action: str) -> State:
        """Return where *action* leads from *state*. Raises IllegalTransitionError if nowhere."""
        try:
            return self._targets[state, action]
        except KeyError:
            allowed = ", ".join(self.actions(state)) or "none"
            message = f"{action!r} is not possible in state {state!r}; possible now: {allowed}"
            raise IllegalTransitionError(message) from None

    def actions(self, state: State) -> list[str]:
        """Return the actions allowed in *state*, in the table's order."""
        return [item.action for item in self.transitions if state in item.sources]

    def sources(self, action: str) -> list[State]:
        """Return the states in which *action* is allowed."""
        return sorted({state for state, name in self._targets if name == action})

    def is_final(self, state: State) -> bool:
        """Tell whether nothing leads out of *state*."""
        return not self.actions(state)

    def as_mermaid(self) -> str:
        """Return the table as a Mermaid state diagram, for the documentation."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        states: set[State] = {self.initial}
        for item in self.transitions:
            for source in sorted(item.sources):
                lines.append(f"    {source} --> {item.target}: {item.action}")
                states |= {source, item.target}
        lines += [f"    {state} --> [*]" for state in sorted(states) if self.is_final(state)]
        return "\n".join(lines)
