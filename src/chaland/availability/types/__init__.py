"""The words of the room, as data."""

from chaland.availability.types.explanations import LocationExplanation, Why, Withheld
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
    "LocationExplanation",
    "RuleKind",
    "RuleNote",
    "RuleScope",
    "SaleMethod",
    "StockRule",
    "StoredRule",
    "Why",
    "Withheld",
]
