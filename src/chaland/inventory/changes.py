"""Which SKUs' stock has changed, for those who keep something worked out from it.

The technique is the mirror's: each ledger line carries its transaction's id, so the lines that are
new since a snapshot are seen whatever order transactions commit in.
"""

from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.arrays import decode_int4_array
from chaland.inventory.types import NOTHING_READ, LedgerPoint, StockChanges

MOST_LINES = 50_000


def stock_changes(after: LedgerPoint = NOTHING_READ, *, most: int = MOST_LINES) -> StockChanges:
    """Return the SKUs whose positions changed since *after*; one small query.

    Lines of the reader's own open transaction are told each time, for it may yet roll back. With
    more than *most* lines the answer is not complete.
    """
    row = statements.fetch_one(
        sql.load("stock_changes"),
        {
            "since": str(after.since),
            "unfinished": [str(xid) for xid in after.unfinished],
            "most": most,
        },
        prepare=True,
        binary=True,
    )
    assert row is not None  # noqa: S101 - aggregates without GROUP BY give exactly one row
    snapshot, own, lines, skus = row
    point = LedgerPoint.of(snapshot, own)
    went_back = point.since < after.since and not after.is_nowhere
    return StockChanges(point, decode_int4_array(skus), lines <= most and not went_back)
