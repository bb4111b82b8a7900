"""Reads: strategies, stored decisions, and deciding itself, which stores nothing."""

from chaland.sourcing.engine import decide, decide_each, keep_behind
from chaland.sourcing.queries.decisions import DECISION_PREFIX, decisions_of, explanation
from chaland.sourcing.queries.findings import findings, rules_met
from chaland.sourcing.queries.prices import priced_at, unit_prices
from chaland.sourcing.queries.reoptimisations import (
    REOPTIMISATION_PREFIX,
    reoptimisation_totals,
    reoptimisations,
)
from chaland.sourcing.queries.strategies import (
    BUILT_IN,
    REVISION,
    book_of,
    draft_of,
    in_force,
    policies,
    strategy_use,
    strategy_version,
    version_to_try,
    versions_of,
    weights_of,
)
from chaland.sourcing.rules.strategies.comparing import changes
from chaland.sourcing.rules.strategies.forms import document_form, document_of

__all__ = [
    "BUILT_IN",
    "DECISION_PREFIX",
    "REOPTIMISATION_PREFIX",
    "REVISION",
    "book_of",
    "changes",
    "decide",
    "decide_each",
    "decisions_of",
    "document_form",
    "document_of",
    "draft_of",
    "explanation",
    "findings",
    "in_force",
    "keep_behind",
    "policies",
    "priced_at",
    "reoptimisation_totals",
    "reoptimisations",
    "rules_met",
    "strategy_use",
    "strategy_version",
    "unit_prices",
    "version_to_try",
    "versions_of",
    "weights_of",
]
