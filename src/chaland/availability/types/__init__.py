"""The words of the room, as data."""

from chaland.availability.types.rules import (
    METHODS,
    RuleKind,
    RuleNote,
    RuleScope,
    SaleMethod,
    StockRule,
    StoredRule,
)

__all__ = [
    "METHODS",
    "RuleKind",
    "RuleNote",
    "RuleScope",
    "SaleMethod",
    "StockRule",
    "StoredRule",
]
