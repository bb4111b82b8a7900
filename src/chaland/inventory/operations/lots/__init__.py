"""Units that are told apart by lot or serial: where each is, and with which order it left."""

from chaland.inventory.operations.lots.dating import date_lots
from chaland.inventory.operations.lots.expiring import expire_lots
from chaland.inventory.operations.lots.naming import name_units
from chaland.inventory.operations.lots.reconciling import (
    forget_unfollowed,
    reconcile_lots,
    reconcile_overfull_lots,
)

__all__ = [
    "date_lots",
    "expire_lots",
    "forget_unfollowed",
    "name_units",
    "reconcile_lots",
    "reconcile_overfull_lots",
]
