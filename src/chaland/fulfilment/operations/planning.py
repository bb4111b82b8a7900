"""Plan the parts of an order at the sites that were chosen."""

from collections.abc import Sequence
from datetime import datetime

from chaland.database.statements import execute
from chaland.fulfilment.events import FulfilmentPlanned
from chaland.fulfilment.types import FULFILMENT_PREFIX, LINE_PREFIX, FulfilmentDraft
from chaland.kernel.ids import to_public
from chaland.network.queries import snapshot
from chaland.orders.types import LINE_PREFIX as ORDER_LINE_PREFIX
from chaland.orders.types import ORDER_PREFIX

_PLAN = """
WITH planned AS (
  INSERT INTO fulfilment_order (
    id, order_id, location_id, method, service_code, state, sequence, dispatch_by,
    promise_earliest, promise_latest, release_at, refusal_reason, pickup_code, cost, version)
  SELECT id, order_id, location_id, method, service_code, 'planned', sequence, dispatch_by,
    promise_earliest, promise_latest, release_at, '', '', cost, 1
  FROM unnest(%s::uuid[], %s::uuid[], %s::int[], %s::text[], %s::text[], %s::int[],
    %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::numeric[])
    AS draft (id, order_id, location_id, method, service_code, sequence,
    dispatch_by, promise_earliest, promise_latest, release_at, cost)
)
INSERT INTO fulfilment_line (
  id, fulfilment_order_id, order_line_id, sku_id, sku_code, quantity, reservation_id, per_kit,
  picked, refused, cancelled)
SELECT *, 0, 0, 0
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s::text[], %s::int[], %s::uuid[],
  %s::int[])
"""


def plan(*, drafts: Sequence[FulfilmentDraft]) -> None:
    """Insert fulfilment orders and their lines, in the state ``planned``, by one statement.

    The orders and the reservations exist in the same transaction. Publishes nothing and writes no
    audit entry: whoever planned tells the world about the whole decision in one statement.
    """
    if not drafts:
        return
    orders = zip(*map(_order_row, drafts), strict=True)
    lines = zip(
        *(
            (
                line.line_id,
                draft.fulfilment_id,
                line.order_line_id,
                line.sku_id,
                line.sku_code,
                line.quantity,
                line.reservation_id,
                line.per_kit,
            )
            for draft in drafts
            for line in draft.lines
        ),
        strict=True,
    )
    execute(_PLAN, [*map(list, orders), *map(list, lines)], prepare=True)


def _order_row(draft: FulfilmentDraft) -> tuple[object, ...]:
    return (
        draft.fulfilment_id,
        draft.order_id,
        draft.location_id,
        draft.method.value,
        draft.service_code,
        draft.sequence,
        draft.dispatch_by,
        draft.promise_earliest,
        draft.promise_latest,
        draft.release_at,
        draft.cost,
    )


def planned_events(drafts: Sequence[FulfilmentDraft], *, now: datetime) -> list[FulfilmentPlanned]:
    """Make the events that tell of *drafts*, for the caller to publish with its own."""
    network = snapshot()
    events = []
    for draft in drafts:
        order = to_public(ORDER_PREFIX, draft.order_id)
        events.append(
            FulfilmentPlanned(
                occurred_at=now,
                stream=order,
                subject=to_public(FULFILMENT_PREFIX, draft.fulfilment_id),
                order=order,
                location=network.locations[network.index_of[draft.location_id]].code,
                method=draft.method.value,
                lines=[
                    {
                        "line": to_public(LINE_PREFIX, line.line_id),
                        "order_line": to_public(ORDER_LINE_PREFIX, line.order_line_id),
                        "sku": line.sku_code,
                        "quantity": line.quantity,
                    }
                    for line in draft.lines
                ],
                dispatch_by=draft.dispatch_by,
                promise_latest=draft.promise_latest,
            )
        )
    return events
