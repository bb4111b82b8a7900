"""Tell the world and the audit log, in the transaction of the change."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.fulfilment.events import FulfilmentEvent
from chaland.fulfilment.operations.locking import Work
from chaland.fulfilment.types import LINE_PREFIX
from chaland.kernel.actor import Actor
from chaland.kernel.events import DomainEvent
from chaland.kernel.ids import to_public
from chaland.network.queries import snapshot
from chaland.orders.types import LINE_PREFIX as ORDER_LINE_PREFIX
from chaland.orders.types import ORDER_PREFIX
from chaland.outbox.operations import publish


def location_code(location_id: int) -> str:
    """Return the retailer's own code of a location."""
    network = snapshot()
    return network.locations[network.index_of[location_id]].code


def event_of(
    kind: type[FulfilmentEvent],
    work: Work,
    *,
    now: datetime,
    units: Mapping[UUID, int] | None = None,
    **more: Any,
) -> FulfilmentEvent:
    """Make an event about *work*; *units* by line (None: all it has to give)."""
    public = to_public(ORDER_PREFIX, work.order.order_id)
    counted = {line.id: line.to_give for line in work.lines} if units is None else units
    return kind(
        occurred_at=now,
        stream=public,
        subject=work.public_id,
        order=public,
        location=location_code(work.order.location_id),
        method=work.order.method.value,
        lines=[
            {
                "line": to_public(LINE_PREFIX, line.id),
                "order_line": to_public(ORDER_LINE_PREFIX, line.order_line_id),
                "sku": line.sku_code,
                "quantity": counted[line.id],
            }
            for line in work.lines
            if counted.get(line.id)
        ],
        **more,
    )


def tell(
    works: Sequence[Work],
    *,
    action: str,
    after: str,
    now: datetime,
    actor: Actor,
    event: Callable[[Work], Sequence[DomainEvent]],
    reason: str = "",
) -> None:
    """Publish what *event* makes of each piece of work, and write the audit log."""
    publish([item for work in works for item in event(work)], actor=actor)
    record_audit(
        [
            AuditFact(
                actor=actor,
                action=f"fulfilment_order.{action}",
                entity_type="fulfilment_order",
                entity_id=work.public_id,
                before={"state": work.order.state.value},
                after={"state": after},
                reason=reason,
                at=now,
            )
            for work in works
        ]
    )
