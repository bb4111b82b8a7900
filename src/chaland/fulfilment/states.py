"""The fulfilment order's state machine, as data."""

from chaland.fulfilment.types import FulfilmentMethod
from chaland.fulfilment.types import FulfilmentState as S
from chaland.kernel.transitions import Transition, TransitionTable

FULFILMENT_TRANSITIONS: TransitionTable[S] = TransitionTable(
    initial=S.PLANNED,
    transitions=[
        Transition("release", frozenset({S.PLANNED}), S.RELEASED),
        Transition("accept", frozenset({S.RELEASED}), S.ACCEPTED),
        Transition("pick", frozenset({S.ACCEPTED}), S.PICKED),
        Transition("pack", frozenset({S.PICKED}), S.PACKED),
        Transition("ship", frozenset({S.PACKED}), S.SHIPPED),
        Transition("deliver", frozenset({S.SHIPPED}), S.DELIVERED),
        Transition("ready", frozenset({S.PICKED, S.PACKED}), S.READY),
        Transition("collect", frozenset({S.READY}), S.COLLECTED),
        Transition("refuse", frozenset({S.RELEASED, S.ACCEPTED, S.PICKED}), S.REFUSED),
        Transition(
            "cancel",
            frozenset({S.PLANNED, S.RELEASED, S.ACCEPTED, S.PICKED, S.PACKED, S.READY}),
            S.CANCELLED,
        ),
    ],
)

ONLY_FOR: dict[str, FulfilmentMethod] = {
    "ship": FulfilmentMethod.SHIP,
    "deliver": FulfilmentMethod.SHIP,
    "ready": FulfilmentMethod.PICKUP,
    "collect": FulfilmentMethod.PICKUP,
}
"""Actions that only one way of leaving the site has."""

WAITING = frozenset({S.PLANNED, S.RELEASED, S.ACCEPTED, S.PICKED, S.PACKED, S.READY})
"""States in which the goods are still at the site, reserved."""

GONE = frozenset({S.SHIPPED, S.DELIVERED, S.COLLECTED})
"""States in which the goods have left the site's stock."""

DROPPED = frozenset({S.REFUSED, S.CANCELLED})
"""States in which the site gives nothing."""
