"""What the record said when something was counted."""

from collections.abc import Collection
from datetime import datetime

from chaland.accuracy import sql
from chaland.accuracy.models import Count, CountLine
from chaland.accuracy.rules.counting import Expectation
from chaland.database.statements import fetch_dicts


def expectations(count: Count, lines: Collection[CountLine]) -> dict[int, Expectation]:
    """Return what is known of each counted line's position, by SKU; one query.

    Exact when the positions are locked, advice otherwise.
    """
    timed: list[tuple[CountLine, datetime, datetime]] = [
        (line, line.first_scan_at or line.counted_at, line.counted_at)
        for line in lines
        if line.counted_at is not None
    ]
    if not timed:
        return {}
    rows = fetch_dicts(
        sql.load("expectations"),
        {
            "sku": [line.sku_id for line, _, _ in timed],
            "first_at": [first for _, first, _ in timed],
            "as_of": [last for _, _, last in timed],
            "location": count.location_id,
        },
    )
    return {
        row.pop("sku_id"): Expectation(
            blocked=tuple(zip(row.pop("statuses"), row.pop("status_units"), strict=True)), **row
        )
        for row in rows
    }
