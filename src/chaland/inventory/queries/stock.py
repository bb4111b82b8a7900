"""Reads of positions and of the ledger."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.arrays import decode_int4_array
from chaland.inventory.mirror import columns_of, mirror_of_this_database
from chaland.inventory.types import (
    MovementKind,
    MovementView,
    OpenQuotas,
    Pair,
    PositionView,
    QuotaGrant,
    QuotaPlan,
    QuotaView,
    StockMatrix,
    StockTotals,
    UnavailableStatus,
)
from chaland.kernel.ids import to_public


def availability_matrix(
    sku_ids: Sequence[int], location_count: int, dense_of_location_id: npt.NDArray[np.integer]
) -> StockMatrix:
    """Return the available units of *sku_ids* at every location, as this transaction sees them.

    ``dense_of_location_id[location_id]`` is the column of a location, or -1 for one to leave out;
    ids beyond its end are left out too (locations newer than the caller's snapshot of the network).
    One query, of what changed since the last call; see ``mirror``.
    """
    unique = np.unique(np.asarray(sku_ids, np.int32))
    columns = np.asarray(dense_of_location_id, np.int32)
    return StockMatrix(
        sku_ids=tuple(unique.tolist()),
        available=mirror_of_this_database().read(unique, columns, location_count),
        row_of={sku: row for row, sku in enumerate(unique.tolist())},
    )


def available_units(
    sku_ids: Sequence[int],
    location_count: int,
    dense_of_location_id: npt.NDArray[np.integer],
    *,
    absent: int = 0,
) -> npt.NDArray[np.int32]:
    """Return the available units of *sku_ids*, a row each, at every location; nothing is kept.

    For reading through the whole assortment once, chunk by chunk, where ``availability_matrix``
    would fill the memory with what nobody asks for again. *absent* stands where a location never
    had the SKU. One query.
    """
    found = np.full((len(sku_ids), location_count), absent, np.int32)
    row = statements.fetch_one(sql.load("available"), {"skus": list(sku_ids)}, binary=True)
    if row is None or row[0] is None:
        return found
    skus, locations, units = (decode_int4_array(data) for data in row)
    columns = columns_of(locations, np.asarray(dense_of_location_id, np.int32))
    inside = columns >= 0
    order = np.argsort(np.asarray(sku_ids, np.int32), kind="stable")
    rows = order[np.searchsorted(np.asarray(sku_ids, np.int32)[order], skus[inside])]
    found[rows, columns[inside]] = units[inside]
    return found


def open_quotas(sku_ids: Sequence[int], channel_ids: Collection[int]) -> OpenQuotas:
    """Return what quotas of channels still hold of SKUs (``granted - used``); one query."""
    row = statements.fetch_one(
        sql.load("open_quotas"),
        {"skus": list(sku_ids), "channels": list(channel_ids)},
        prepare=True,
        binary=True,
    )
    return OpenQuotas(*(decode_int4_array(data) for data in row or (None,) * 4))


def quota_differences(plan: QuotaPlan, sku_ids: Sequence[int], *, rebase: bool) -> list[QuotaGrant]:
    """Return what to grant so that the quotas of *sku_ids* are as planned; one query.

    A share that is granted already stays as it was fixed, unless *rebase*.
    """
    rows = statements.fetch_all(
        sql.load("quota_differences"),
        {
            "sku": plan.skus,
            "location": plan.locations,
            "channel": plan.channels,
            "units": plan.units,
            "rule": plan.rules,
            "share": plan.shares,
            "skus": list(sku_ids),
            "rebase": rebase,
        },
    )
    return [
        QuotaGrant(
            sku_id=sku,
            location_id=location,
            channel_id=channel,
            granted=granted,
            rule=rule,
            restart=restart,
        )
        for sku, location, channel, granted, rule, restart in rows
    ]


def quota_sku_ids() -> list[int]:
    """Return the SKUs of which some channel has a quota in force, in order."""
    rows = statements.fetch_all(
        "SELECT DISTINCT sku_id FROM inventory_quota WHERE granted > 0 ORDER BY 1"
    )
    return [row[0] for row in rows]


def last_counts(pairs: Collection[Pair]) -> dict[Pair, datetime]:
    """Return the moment of the last count of each position that was ever counted.

    All that happened strictly before it is in the count.
    """
    if not pairs:
        return {}
    rows = statements.fetch_all(
        sql.load("last_counts"),
        {"sku": [pair[0] for pair in pairs], "location": [pair[1] for pair in pairs]},
    )
    return {(row[0], row[1]): row[2] for row in rows}


def position_codes(pairs: Collection[Pair]) -> dict[Pair, tuple[str, str]]:
    """Return the codes of SKU and location of each pair, in the order of the codes."""
    if not pairs:
        return {}
    rows = statements.fetch_all(
        sql.load("position_codes"),
        {"sku": [pair[0] for pair in pairs], "location": [pair[1] for pair in pairs]},
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def orders_holding(pairs: Collection[Pair], *, most: int = 20) -> dict[Pair, list[str]]:
    """Return public ids of orders that hold units at these positions, the latest first."""
    if not pairs:
        return {}
    rows = statements.fetch_all(
        sql.load("orders_holding"),
        {"sku": [pair[0] for pair in pairs], "location": [pair[1] for pair in pairs]},
    )
    found: dict[Pair, list[str]] = {}
    for sku, location, order in rows:
        orders = found.setdefault((sku, location), [])
        if len(orders) < most:
            orders.append(to_public("ord", order))
    return found


def positions(
    *,
    limit: int,
    sku_ids: Collection[int] | None = None,
    location_ids: Collection[int] | None = None,
    after: Pair | None = None,
) -> list[PositionView]:
    """Return positions in (sku, location) order, beginning behind *after*; None filters nothing."""
    rows = statements.fetch_dicts(
        sql.load("positions"),
        {
            "skus": None if sku_ids is None else list(sku_ids),
            "locations": None if location_ids is None else list(location_ids),
            "after_sku": after and after[0],
            "after_location": after and after[1],
            "limit": limit,
        },
        prepare=False,  # the plan depends on which filters are NULL
    )
    return [PositionView(**row) for row in rows]


def totals(
    sku_ids: Collection[int], *, location_ids: Collection[int] | None = None
) -> dict[int, StockTotals]:
    """Return the stock of each SKU over *location_ids* (None: all); SKUs that never had any miss.

    One query.
    """
    rows = statements.fetch_dicts(
        sql.load("totals"),
        {
            "skus": list(sku_ids),
            "locations": None if location_ids is None else list(location_ids),
        },
        prepare=False,
    )
    return {row.pop("sku_id"): StockTotals(**row) for row in rows}


def status_units(
    sku_ids: Collection[int],
    *,
    location_ids: Collection[int] | None = None,
) -> dict[Pair, dict[UnavailableStatus, int]]:
    """Return why units of these SKUs cannot be sold, by position; one query, of the ledger."""
    rows = statements.fetch_all(
        sql.load("status_units"),
        {
            "skus": list(sku_ids),
            "locations": None if location_ids is None else list(location_ids),
        },
        prepare=False,
    )
    found: dict[Pair, dict[UnavailableStatus, int]] = defaultdict(dict)
    for sku_id, location_id, status, units in rows:
        found[sku_id, location_id][UnavailableStatus(status)] = units
    return dict(found)


def movements(
    *,
    limit: int,
    sku_id: int | None = None,
    location_ids: Collection[int] | None = None,
    cause_id: str | None = None,
    before: int | None = None,
) -> list[MovementView]:
    """Return lines of the ledger, the latest first, below the id *before*; None filters nothing.

    ``cause_id`` is the public id of an order or fulfilment order.
    """
    rows = statements.fetch_dicts(
        sql.load("movements"),
        {
            "sku": sku_id,
            "locations": None if location_ids is None else list(location_ids),
            "cause": cause_id,
            "before": before,
            "limit": limit,
        },
        prepare=False,
    )
    return [
        MovementView(
            **{
                **row,
                "kind": MovementKind(row["kind"]),
                "status": row["status"] and UnavailableStatus(row["status"]),
            }
        )
        for row in rows
    ]


def quotas(sku_ids: Collection[int] | None = None) -> list[QuotaView]:
    """Return the quotas in force of some SKUs, or of all, in (sku, location, channel) order.

    ``used`` changes with every reservation; which quotas there are, with the revision ``quotas``.
    """
    rows = statements.fetch_dicts(
        sql.load("quotas"), {"skus": None if sku_ids is None else list(sku_ids)}, prepare=False
    )
    return [QuotaView(**row) for row in rows]
