"""Pure decisions of the room."""

from chaland.inventory.rules.adjustments import (
    REPORTABLE,
    applied,
    belongs_to_supply,
    change_of,
    contradicts_count,
    impossible,
    malformed,
)
from chaland.inventory.rules.supply import (
    after_cancellation,
    after_dispatch,
    after_receipt,
    malformed_draft,
    may_change,
)

__all__ = [
    "REPORTABLE",
    "after_cancellation",
    "after_dispatch",
    "after_receipt",
    "applied",
    "belongs_to_supply",
    "change_of",
    "contradicts_count",
    "impossible",
    "malformed",
    "malformed_draft",
    "may_change",
]
