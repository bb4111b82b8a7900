"""The published lines of a channel, for storefronts and marketplaces: from a point on, or all."""

from collections.abc import Iterator

from chaland.availability.types.publishing import ExportLine
from chaland.availability.types.showing import StockState
from chaland.database.statements import fetch_all, fetch_one

BATCH = 5_000

_SINCE = """
SELECT sku.code, line.available, line.ship, line.pickup, line.state, line.sequence, line.changed_at
FROM availability_published AS line JOIN catalog_sku AS sku ON sku.id = line.sku_id
WHERE line.channel_id = %s AND line.sequence > %s ORDER BY line.sequence LIMIT %s
"""
_BY_SKU = """
SELECT sku.code, line.available, line.ship, line.pickup, line.state, line.sequence, line.changed_at,
       line.sku_id
FROM availability_published AS line JOIN catalog_sku AS sku ON sku.id = line.sku_id
WHERE line.channel_id = %s AND line.sku_id > %s ORDER BY line.sku_id LIMIT %s
"""


def last_sequence(channel_id: int) -> int:
    """Return the number of the last change that was told of a channel; 0 before the first."""
    row = fetch_one(
        "SELECT sequence FROM availability_publisher WHERE channel_id = %s", [channel_id]
    )
    return 0 if row is None else int(row[0])


def lines_since(channel_id: int, sequence: int, *, limit: int) -> list[ExportLine]:
    """Return up to *limit* lines that changed after *sequence*, the earliest change first.

    Each SKU comes once, as it is now; who follows the numbers to the end has the whole table.
    """
    return [_line(row) for row in fetch_all(_SINCE, [channel_id, sequence, limit])]


def all_lines(channel_id: int) -> Iterator[ExportLine]:
    """Yield every line by SKU, a batch of rows in memory at a time."""
    after = 0
    while rows := fetch_all(_BY_SKU, [channel_id, after, BATCH]):
        for row in rows:
            yield _line(row)
        after = rows[-1][7]


def _line(row: tuple[object, ...]) -> ExportLine:
    sku, available, ship, pickup, state, sequence, changed_at = row[:7]
    return ExportLine(sku, available, ship, pickup, StockState(state), sequence, changed_at)  # type: ignore[arg-type]
