"""The first day: stock of positions that do not exist yet, by the hundred thousand."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError

from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.types import OpeningStock
from chaland.kernel.actor import Actor
from chaland.kernel.errors import ConflictError

_CHUNK = 50_000


def load_opening_stock(
    *, stock: Iterable[OpeningStock], source: str, now: datetime, actor: Actor
) -> int:
    """Write new positions with their opening movements; return how many.

    They are written in (sku, location) order, whatever the order of *stock*: the positions of one
    SKU then share a page or two, which is what the availability read is fast on. Raises
    ConflictError ``opening_stock_exists`` when a position exists already or is named twice; the
    transaction is then of no further use.
    """
    rows = sorted(stock, key=lambda item: (item.sku_id, item.location_id))
    for start in range(0, len(rows), _CHUNK):
        _write(rows[start : start + _CHUNK], source, now, actor)
    return len(rows)


def _write(rows: list[OpeningStock], source: str, now: datetime, actor: Actor) -> None:
    try:
        statements.execute(
            sql.load("load_opening"),
            {
                "sku": [item.sku_id for item in rows],
                "location": [item.location_id for item in rows],
                "on_hand": [item.on_hand for item in rows],
                "incoming": [item.incoming for item in rows],
                "source": source,
                "now": now,
                "actor_kind": actor.kind,
                "actor_id": actor.id,
            },
        )
    except IntegrityError as error:
        raise ConflictError(
            "opening_stock_exists",
            f"A position cannot be opened: {error}",
            fix="Send a count for positions that exist already.",
        ) from error
