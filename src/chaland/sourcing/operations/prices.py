"""Writes of shadow prices: all of them at once."""

from collections.abc import Sequence
from datetime import datetime

from chaland.database.revision import bump_revision
from chaland.database.statements import execute, fetch_one
from chaland.sourcing.queries.prices import REVISION
from chaland.sourcing.types import ShadowPrice

# An arbitrary number that means "who works out shadow prices" to pg_try_advisory_xact_lock.
_LOCK = 6_700_420

_WRITE = """
INSERT INTO sourcing_shadow_price (sku_id, location_id, price, as_of, until)
SELECT sku_id, location_id, price, %s, until
FROM unnest(%s::int[], %s::int[], %s::bigint[], %s::timestamptz[])
    AS prices (sku_id, location_id, price, until)
"""


def take_turn_to_price() -> bool:
    """Tell whether nobody else works out prices; until the end of the transaction nobody does."""
    return fetch_one("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK]) == (True,)


def replace_shadow_prices(prices: Sequence[ShadowPrice], *, now: datetime) -> None:
    """Let *prices*, worked out at *now*, be the only ones; two statements for all.

    They tell no event and leave no audit row: everything they do is in the decisions that they
    changed, as the term ``scarcity``.
    """
    removed = execute("DELETE FROM sourcing_shadow_price")
    if prices:
        skus, locations, amounts, untils = zip(*prices, strict=True)
        execute(_WRITE, [now, list(skus), list(locations), list(amounts), list(untils)])
    if prices or removed:
        bump_revision(REVISION)
