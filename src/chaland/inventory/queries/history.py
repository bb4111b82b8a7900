"""Reads of the past: a position at a moment is the sum of its ledger until then.

``moment`` is when it was true (``occurred_at``). ``known_at`` leaves out what was recorded later:
what a colleague saw on the screen then, not what we know of it by now; None for all we know.
"""

from collections.abc import Collection
from datetime import datetime

from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.types import LocationValue, Pair, PositionAsOf


def positions_as_of(
    moment: datetime,
    *,
    limit: int,
    known_at: datetime | None = None,
    sku_ids: Collection[int] | None = None,
    location_ids: Collection[int] | None = None,
    after: Pair | None = None,
) -> list[PositionAsOf]:
    """Return positions as they were at *moment*, in (sku, location) order behind *after*.

    None filters nothing. A position that had no line yet is absent.
    """
    rows = statements.fetch_dicts(
        sql.load("positions_as_of"),
        {
            "moment": moment,
            "known_at": known_at,
            "skus": None if sku_ids is None else list(sku_ids),
            "locations": None if location_ids is None else list(location_ids),
            "after_sku": after and after[0],
            "after_location": after and after[1],
            "limit": limit,
        },
        prepare=False,  # the plan depends on which filters are NULL
    )
    return [PositionAsOf(**row) for row in rows]


def valuation_as_of(
    moment: datetime,
    *,
    known_at: datetime | None = None,
    location_ids: Collection[int] | None = None,
) -> list[LocationValue]:
    """Return what each location held at *moment*, by code; one row a location."""
    rows = statements.fetch_dicts(
        sql.load("valuation_as_of"),
        {
            "moment": moment,
            "known_at": known_at,
            "locations": None if location_ids is None else list(location_ids),
        },
        prepare=False,
    )
    return [LocationValue(**row) for row in rows]
