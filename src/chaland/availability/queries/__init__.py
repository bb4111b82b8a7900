"""Reads: what each channel may sell, why not more, and the rules that say so."""

from chaland.availability.queries.explaining import explain
from chaland.availability.queries.previewing import preview
from chaland.availability.queries.selling import compiled, sellable, withholding
from chaland.availability.queries.stock_rules import (
    REVISION,
    good_rules,
    list_rules,
    notes_on,
    rule_version,
    sku_choice,
    stored_rule,
    stored_rules,
)

__all__ = [
    "REVISION",
    "compiled",
    "explain",
    "good_rules",
    "list_rules",
    "notes_on",
    "preview",
    "rule_version",
    "sellable",
    "sku_choice",
    "stored_rule",
    "stored_rules",
    "withholding",
]
