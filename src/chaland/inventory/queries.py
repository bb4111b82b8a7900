"""Reads."""

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.arrays import decode_int4_array
from chaland.inventory.types import Pair, StockMatrix


def availability_matrix(
    sku_ids: Sequence[int], location_count: int, dense_of_location_id: npt.NDArray[np.integer]
) -> StockMatrix:
    """Return the available units of *sku_ids* at every location, as this transaction sees them.

    ``dense_of_location_id[location_id]`` is the column of a location, or -1 for one to leave out; ids
    beyond its end are left out too (locations newer than the caller's snapshot of the network).
    """
    unique = np.unique(np.asarray(sku_ids, np.int64))
    matrix = np.zeros((len(unique), location_count), np.int32)
    skus, locations, units = _available(unique)
    inside = locations < len(dense_of_location_id)
    columns = np.where(inside, dense_of_location_id[np.where(inside, locations, 0)], -1)
    known = columns >= 0
    matrix[np.searchsorted(unique, skus[known]), columns[known]] = units[known]
    return StockMatrix(
        sku_ids=tuple(unique.tolist()),
        available=matrix,
        row_of={sku: row for row, sku in enumerate(unique.tolist())},
    )


def _available(sku_ids: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int32]]:
    row = statements.fetch_one(
        sql.load("availability"), {"sku": sku_ids.tolist()}, prepare=True, binary=True
    )
    assert row is not None  # noqa: S101 - an aggregate without GROUP BY has exactly one row
    return [decode_int4_array(data) for data in row]


def position_codes(pairs: Collection[Pair]) -> dict[Pair, tuple[str, str]]:
    """Return the codes of SKU and location of each pair, in the order of the codes."""
    if not pairs:
        return {}
    rows = statements.fetch_all(
        sql.load("position_codes"),
        {"sku": [pair[0] for pair in pairs], "location": [pair[1] for pair in pairs]},
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}
