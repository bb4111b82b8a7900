"""What follows from events: promises learn what became of them."""

from collections.abc import Sequence
from datetime import datetime

from chaland.fulfilment.types import FULFILMENT_PREFIX
from chaland.journeys.observe_promises import observe_promises
from chaland.kernel.ids import from_public
from chaland.outbox.reactions import on
from chaland.outbox.types import EventRecord


@on(
    "fulfilment_order.packed",
    "fulfilment_order.ready",
    "fulfilment_order.shipped",
    "fulfilment_order.delivered",
    "fulfilment_order.collected",
    name="journeys.observe_promises",
)
def observe(events: Sequence[EventRecord], *, now: datetime) -> None:
    """Keep what happened to the promises of these fulfilment orders; again gives the same."""
    del now
    observe_promises(sorted({from_public(FULFILMENT_PREFIX, event.subject) for event in events}))
