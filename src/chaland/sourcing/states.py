"""The life of a strategy's version: drafted, tried, in force, replaced."""

from enum import StrEnum

from chaland.kernel.transitions import Transition, TransitionTable


class StrategyState(StrEnum):
    """Where a version of a strategy stands; at most one version of a strategy is active."""

    DRAFT = "draft"
    ACTIVE = "active"
    ARCHIVED = "archived"


STRATEGY = TransitionTable(
    initial=StrategyState.DRAFT,
    transitions=[
        Transition("activate", frozenset({StrategyState.DRAFT}), StrategyState.ACTIVE),
        Transition(
            "archive",
            frozenset({StrategyState.DRAFT, StrategyState.ACTIVE}),
            StrategyState.ARCHIVED,
        ),
    ],
)
