"""What a client is told about a hold."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chaland.catalog.queries import sku_facts_by_id
from chaland.inventory.types import HOLD_PREFIX, BasketHold, HeldUnits
from chaland.journeys.hold_baskets.types import HoldAnswer, HoldRequest
from chaland.kernel.errors import DomainError
from chaland.kernel.ids import to_public
from chaland.network.types import NetworkSnapshot
from chaland.web.json import dumps
from chaland.web.problems import problem_of


def held(
    basket: BasketHold, channel: str, codes: Sequence[tuple[str, str]], *, now: datetime
) -> HoldAnswer:
    """Make the answer of a hold written just now; *codes* are SKU and location of each line."""
    body = {
        "id": to_public(HOLD_PREFIX, basket.basket_id),
        "channel": channel,
        "reference": basket.reference,
        "state": "open",
        "ttl_seconds": basket.ttl_seconds,
        "created_at": now,
        "expires_at": now + timedelta(seconds=basket.ttl_seconds),
        "closed_at": None,
        "order": None,
        "lines": [
            {"sku": sku, "location": location, "quantity": line.quantity}
            for line, (sku, location) in zip(basket.lines, codes, strict=True)
        ],
    }
    return HoldAnswer(201, dumps(body))


def refused(error: DomainError, request: HoldRequest) -> HoldAnswer:
    """Make the answer of a refusal."""
    problem = problem_of(error, request_id=request.actor.request_id)
    return HoldAnswer(error.status, dumps(problem))


def shown(rows: Sequence[HeldUnits], network: NetworkSnapshot) -> dict[str, Any]:
    """Return a hold as it is, from all that was ever kept for the basket."""
    open_rows = [row for row in rows if row.closed_at is None]
    last = max((row.closed_at for row in rows if row.closed_at), default=None)
    kept = open_rows or [row for row in rows if row.closed_at == last]
    first = kept[0]
    skus = sku_facts_by_id({row.sku_id for row in kept})
    return {
        "id": to_public(HOLD_PREFIX, first.basket_id),
        "channel": network.channels_by_id[first.channel_id].code,
        "reference": first.reference,
        "state": "open" if first.outcome is None else first.outcome.value,
        "ttl_seconds": first.ttl_seconds,
        "created_at": min(row.created_at for row in rows),
        "expires_at": first.expires_at,
        "closed_at": first.closed_at,
        "order": _order(first.order_id),
        "lines": [
            {
                "sku": skus[row.sku_id].code,
                "location": network.locations[network.index_of[row.location_id]].code,
                "quantity": row.quantity,
            }
            for row in kept
        ],
    }


def _order(order_id: UUID | None) -> str | None:
    return None if order_id is None else to_public("ord", order_id)
