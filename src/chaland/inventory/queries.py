"""Reads."""

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.mirror import mirror_of_this_database
from chaland.inventory.types import Pair, StockMatrix
from chaland.inventory.verification import verify

__all__ = ["availability_matrix", "position_codes", "verify"]


def availability_matrix(
    sku_ids: Sequence[int], location_count: int, dense_of_location_id: npt.NDArray[np.integer]
) -> StockMatrix:
    """Return the available units of *sku_ids* at every location, as this transaction sees them.

    ``dense_of_location_id[location_id]`` is the column of a location, or -1 for one to leave out; ids
    beyond its end are left out too (locations newer than the caller's snapshot of the network). One
    query, of what changed since the last call; see ``mirror``.
    """
    unique = np.unique(np.asarray(sku_ids, np.int32))
    columns = np.asarray(dense_of_location_id, np.int32)
    return StockMatrix(
        sku_ids=tuple(unique.tolist()),
        available=mirror_of_this_database().read(unique, columns, location_count),
        row_of={sku: row for row, sku in enumerate(unique.tolist())},
    )


def position_codes(pairs: Collection[Pair]) -> dict[Pair, tuple[str, str]]:
    """Return the codes of SKU and location of each pair, in the order of the codes."""
    if not pairs:
        return {}
    rows = statements.fetch_all(
        sql.load("position_codes"),
        {"sku": [pair[0] for pair in pairs], "location": [pair[1] for pair in pairs]},
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}
