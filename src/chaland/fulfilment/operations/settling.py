"""Tell the orders how far their sites are."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from chaland.fulfilment import rules
from chaland.fulfilment.models import FulfilmentLine
from chaland.fulfilment.types import FulfilmentState, SiteLine
from chaland.kernel.actor import Actor
from chaland.orders.operations import apply_progress
from chaland.orders.types import LineProgress, OrderProgress, OrderState


def settle_orders(
    *, order_ids: Collection[UUID], now: datetime, actor: Actor
) -> dict[UUID, OrderState]:
    """Bring orders, locked already, to the state that their sites call for; return the states.

    Running it twice changes nothing the second time.
    """
    site_lines: dict[UUID, list[SiteLine]] = {order_id: [] for order_id in order_ids}
    started: dict[UUID, bool] = defaultdict(bool)
    under_way: dict[UUID, bool] = defaultdict(bool)
    rows = FulfilmentLine.objects.filter(fulfilment_order__order_id__in=order_ids).values_list(
        "fulfilment_order__order_id",
        "fulfilment_order__state",
        "fulfilment_order__released_at",
        "order_line_id",
        "sku_id",
        "per_kit",
        "quantity",
        "refused",
        "cancelled",
    )
    for order_id, state, released_at, line_id, sku_id, per_kit, quantity, refused, gone in rows:
        started[order_id] |= released_at is not None
        under_way[order_id] |= state == FulfilmentState.SHIPPED
        site_lines[order_id].append(
            SiteLine(line_id, sku_id, per_kit, quantity - refused - gone, FulfilmentState(state))
        )
    progress = [
        OrderProgress(
            order_id=order_id,
            started=started[order_id],
            under_way=under_way[order_id],
            lines={
                line_id: LineProgress(planned=item.planned, shipped=item.shipped)
                for line_id, item in rules.coverage(lines).items()
            },
        )
        for order_id, lines in site_lines.items()
    ]
    return apply_progress(progress=progress, now=now, actor=actor)
