"""Reads."""

from chaland.accuracy.queries.chances import (
    expected_pickable_units,
    explain_pickable,
    pickable,
)
from chaland.accuracy.queries.counts import CountFilter, count_lines, count_view, find_counts
from chaland.accuracy.queries.figures import accuracy
from chaland.accuracy.queries.lens import model_in_use
from chaland.accuracy.queries.policies import policies, tolerances
from chaland.accuracy.queries.priorities import what_to_count
from chaland.accuracy.queries.statements import evidence_check

__all__ = [
    "CountFilter",
    "accuracy",
    "count_lines",
    "count_view",
    "evidence_check",
    "expected_pickable_units",
    "explain_pickable",
    "find_counts",
    "model_in_use",
    "pickable",
    "policies",
    "tolerances",
    "what_to_count",
]
