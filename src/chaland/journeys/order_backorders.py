"""Goods on their way, promised to an order that waits for them; filled or given up with it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from chaland.backorders.operations import close_backorders, promise_backorders
from chaland.backorders.queries import open_backorders
from chaland.backorders.types import BackorderRequest, BackorderState, NotPromisableError
from chaland.kernel.actor import SYSTEM
from chaland.kernel.ids import new_uuid, to_public
from chaland.orders.types import ORDER_PREFIX


def promise_to_order(
    order_id: UUID, channel: str, wanted: Sequence[tuple[str, int]], *, now: datetime
) -> bool:
    """Promise units of SKUs (by code) to an order; False, and nothing promised, when too few come.

    A SKU is promised as far as a future sale of the channel allows it.
    """
    units: Counter[str] = Counter()
    for sku, quantity in wanted:
        units[sku] += quantity
    requests = [
        BackorderRequest(
            backorder_id=new_uuid(),
            reference=to_public(ORDER_PREFIX, order_id),
            sku=sku,
            quantity=quantity,
        )
        for sku, quantity in sorted(units.items())
    ]
    if not requests:
        return False
    try:
        with transaction.atomic():
            promise_backorders(
                channel=channel,
                requests=requests,
                zone=ZoneInfo(settings.TIME_ZONE),
                now=now,
                actor=SYSTEM,
            )
    except NotPromisableError:
        return False
    return True


def close_backorders_of(order_id: UUID, *, filled: bool, now: datetime) -> None:
    """Fill what was promised to an order, or give it up; nothing when nothing was."""
    ids = open_backorders(to_public(ORDER_PREFIX, order_id))
    if ids:
        state = BackorderState.FILLED if filled else BackorderState.CANCELLED
        close_backorders(ids=ids, state=state, now=now, actor=SYSTEM)
