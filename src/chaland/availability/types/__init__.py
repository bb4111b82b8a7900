"""The words of the room, as data."""

from chaland.availability.types.explanations import LocationExplanation, Why, Withheld
from chaland.availability.types.previews import Effect, Example, Preview
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
    "Effect",
    "Example",
    "LocationExplanation",
    "Preview",
    "RuleKind",
    "RuleNote",
    "RuleScope",
    "SaleMethod",
    "StockRule",
    "StoredRule",
    "Why",
    "Withheld",
]
