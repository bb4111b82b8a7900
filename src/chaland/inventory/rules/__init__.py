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
from chaland.inventory.rules.lots import (
    first_expired_first,
    lot_required,
    malformed_tag,
    serials_required,
    too_many_known,
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
    "first_expired_first",
    "impossible",
    "lot_required",
    "malformed",
    "malformed_draft",
    "malformed_tag",
    "may_change",
    "serials_required",
    "too_many_known",
]
