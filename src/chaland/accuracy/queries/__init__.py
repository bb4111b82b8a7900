"""Reads."""

from chaland.accuracy.queries.counts import CountFilter, count_lines, count_view, find_counts
from chaland.accuracy.queries.policies import policies, tolerances

__all__ = [
    "CountFilter",
    "count_lines",
    "count_view",
    "find_counts",
    "policies",
    "tolerances",
]
