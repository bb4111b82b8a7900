"""Reads."""

from chaland.inventory.changes import stock_changes
from chaland.inventory.queries.history import positions_as_of, valuation_as_of
from chaland.inventory.queries.holds import held_by
from chaland.inventory.queries.lots import lots, recall, serials
from chaland.inventory.queries.stock import (
    availability_matrix,
    available_units,
    last_counts,
    movements,
    open_quotas,
    orders_holding,
    position_codes,
    positions,
    quota_differences,
    quota_sku_ids,
    quotas,
    status_units,
    totals,
)
from chaland.inventory.queries.supply import expected_supply, supply, supply_by_id
from chaland.inventory.queries.whole import stock_of
from chaland.inventory.verification import verify

__all__ = [
    "availability_matrix",
    "available_units",
    "expected_supply",
    "held_by",
    "last_counts",
    "lots",
    "movements",
    "open_quotas",
    "orders_holding",
    "position_codes",
    "positions",
    "positions_as_of",
    "quota_differences",
    "quota_sku_ids",
    "quotas",
    "recall",
    "serials",
    "status_units",
    "stock_changes",
    "stock_of",
    "supply",
    "supply_by_id",
    "totals",
    "valuation_as_of",
    "verify",
]
