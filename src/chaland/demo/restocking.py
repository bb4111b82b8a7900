"""What the ERP reports between orders: deliveries, refills of shops, sales at the till."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random

from chaland.demo.types import Site, StockRow

RECEIPTS = 24
TILL_SALES = 10
_WAREHOUSE_UNITS = (12, 48)
_SHOP_UNITS = (1, 6)


def restocking(
    stock: Sequence[StockRow],
    sites: Mapping[str, Site],
    random: Random,
    *,
    now: datetime,
    prefix: str,
) -> list[dict[str, object]]:
    """Return adjustments for the API: some positions receive units, some sell one at the till."""
    mark = f"{prefix}-{now.timestamp():.3f}"
    items: list[dict[str, object]] = []
    for row in random.sample(stock, RECEIPTS):
        few_or_many = _WAREHOUSE_UNITS if sites[row.site].kind == "warehouse" else _SHOP_UNITS
        units = random.randint(*few_or_many)
        items.append(_change(row, "receipt", units, now, f"{mark}-{len(items)}"))
    shops = [row for row in random.sample(stock, 4 * TILL_SALES) if sites[row.site].kind == "store"]
    for row in shops[:TILL_SALES]:
        items.append(_change(row, "adjustment", -1, now, f"{mark}-{len(items)}"))
    return items


def _change(
    row: StockRow, kind: str, units: int, now: datetime, reference: str
) -> dict[str, object]:
    return {
        "sku": row.article,
        "location": row.site,
        "kind": kind,
        "on_hand_delta": units,
        "source_ref": reference,
        "occurred_at": now.isoformat(),
        "reason": "Livraison" if units > 0 else "Vente en caisse",
    }
