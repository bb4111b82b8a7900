"""How a webhook delivery may change."""

from enum import StrEnum

from chaland.kernel.transitions import Transition, TransitionTable


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


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
