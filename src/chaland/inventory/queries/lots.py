"""Reads of lots and serials: where they are, and who got them."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.types import (
    LotView,
    Recall,
    RecalledDelivery,
    SerialState,
    SerialView,
)

MOST_RECALLED = 10_000


def lots(
    *,
    limit: int,
    sku_ids: Collection[int] | None = None,
    location_ids: Collection[int] | None = None,
    lot: str | None = None,
    unknown: bool | None = None,
    expires_before: date | None = None,
    after: tuple[int, int, str] | None = None,
) -> list[LotView]:
    """Return the lots that lie somewhere, by (sku, location, lot), beginning behind *after*.

    Units of followed SKUs that are of no known lot come first of their position, with ``lot`` None;
    *unknown* keeps only these, or all others. None filters nothing.
    """
    rows = statements.fetch_dicts(
        sql.load("lots/page"),
        {
            "skus": _listed(sku_ids),
            "locations": _listed(location_ids),
            "lot": lot,
            "unknown": unknown,
            "expires_before": expires_before,
            "after_sku": after and after[0],
            "after_location": after and after[1],
            "after_lot": after and after[2],
            "limit": limit,
        },
        prepare=False,
    )
    return [LotView(**row) for row in rows]


def serials(
    *,
    limit: int,
    sku_ids: Collection[int] | None = None,
    serial: str | None = None,
    state: SerialState | None = None,
    location_ids: Collection[int] | None = None,
    after: tuple[int, str] | None = None,
) -> list[SerialView]:
    """Return serials by SKU and number, beginning behind *after*; None filters nothing."""
    rows = statements.fetch_dicts(
        sql.load("lots/serial_page"),
        {
            "skus": _listed(sku_ids),
            "serial": serial,
            "state": state and state.value,
            "locations": _listed(location_ids),
            "after_sku": after and after[0],
            "after_serial": after and after[1],
            "limit": limit,
        },
        prepare=False,
    )
    return [SerialView(**{**row, "state": SerialState(row["state"])}) for row in rows]


def recall(
    sku_id: int,
    *,
    lot: str | None = None,
    serial: str | None = None,
    location_ids: Collection[int] | None = None,
) -> Recall:
    """Return where a lot or a serial is, and which orders got units of it.

    ``location_ids`` are those that the asker may see; None for all. At most ``MOST_RECALLED``
    places are listed.
    """
    where: Mapping[str, Any] = {
        "sku": sku_id,
        "lot": lot,
        "serial": serial,
        "locations": _listed(location_ids),
    }
    if serial is not None:
        found = serials(limit=1, sku_ids=[sku_id], serial=serial, location_ids=location_ids)
        delivered = statements.fetch_dicts(sql.load("lots/delivered_serial"), where)
        return Recall(
            held=(),
            serials=tuple(item for item in found if item.state != SerialState.GONE),
            in_transit=(),
            deliveries=tuple(RecalledDelivery(**row) for row in delivered),
            unknown=(),
        )
    delivered = statements.fetch_dicts(sql.load("lots/delivered"), where)
    transit = (
        []
        if location_ids is not None
        else statements.fetch_all(sql.load("lots/lot_in_transit"), where)
    )
    return Recall(
        held=tuple(lots(limit=MOST_RECALLED, sku_ids=[sku_id], location_ids=location_ids, lot=lot)),
        serials=(),
        in_transit=tuple((row[0], row[1]) for row in transit),
        deliveries=tuple(RecalledDelivery(**row) for row in delivered),
        unknown=tuple(
            lots(limit=MOST_RECALLED, sku_ids=[sku_id], location_ids=location_ids, unknown=True)
        ),
    )


def _listed(values: Collection[int] | None) -> list[int] | None:
    return None if values is None else list(values)
