"""The words of the room, as data."""

from chaland.accuracy.types.counts import (
    COUNT_PREFIX,
    COUNT_SOURCE,
    CountDraft,
    CountKind,
    CountLineView,
    CountState,
    CountView,
    Decision,
    DriftReason,
    LineState,
    ListReason,
    ScanDraft,
)
from chaland.accuracy.types.figures import AccuracyFigures, Grouping, Suggestion
from chaland.accuracy.types.policies import PolicyDraft, PolicyView, Tolerance

__all__ = [
    "COUNT_PREFIX",
    "COUNT_SOURCE",
    "AccuracyFigures",
    "CountDraft",
    "CountKind",
    "CountLineView",
    "CountState",
    "CountView",
    "Decision",
    "DriftReason",
    "Grouping",
    "LineState",
    "ListReason",
    "PolicyDraft",
    "PolicyView",
    "ScanDraft",
    "Suggestion",
    "Tolerance",
]
