"""Short ways to write the catalog."""

from datetime import UTC, datetime
from typing import Any

from chaland.catalog.operations import upsert_skus
from chaland.catalog.types import SkuDraft
from chaland.kernel.actor import SYSTEM
from chaland.kernel.outcomes import WriteOutcome

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def sku(code: str, **changes: Any) -> SkuDraft:
    """Return a plain SKU, with these *changes*."""
    values: dict[str, Any] = {"code": code, "name": f"Thing {code}", "weight_grams": 100}
    return SkuDraft(**{**values, **changes})


def write(*drafts: SkuDraft) -> list[WriteOutcome]:
    """Write SKUs as the system."""
    return upsert_skus(drafts=drafts, now=NOW, actor=SYSTEM)


def statuses(outcomes: list[WriteOutcome]) -> list[str]:
    """Return what became of each item."""
    return [item.status for item in outcomes]


def refused_fields(outcome: WriteOutcome) -> list[str]:
    """Return the fields that a refusal names."""
    assert outcome.problem is not None
    return [item.field for item in outcome.problem.problems]
