"""How a webhook delivery may change."""

from chaland.kernel.transitions import Transition, TransitionTable
from chaland.outbox.types import DeliveryState

DELIVERY = TransitionTable(
    initial=DeliveryState.PENDING,
    transitions=[
        Transition("deliver", frozenset({DeliveryState.PENDING}), DeliveryState.DELIVERED),
        Transition("retry", frozenset({DeliveryState.PENDING}), DeliveryState.PENDING),
        Transition("give_up", frozenset({DeliveryState.PENDING}), DeliveryState.DEAD),
        Transition(
            "replay",
            frozenset({DeliveryState.PENDING, DeliveryState.DELIVERED, DeliveryState.DEAD}),
            DeliveryState.PENDING,
        ),
    ],
)
