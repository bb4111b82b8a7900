"""Tables of the accuracy room."""

from chaland.accuracy.models.chances import Evidence, LearnedModel, Progress
from chaland.accuracy.models.counts import Count, CountLine, CountScan
from chaland.accuracy.models.figures import Counted
from chaland.accuracy.models.policies import Policy

__all__ = [
    "Count",
    "CountLine",
    "CountScan",
    "Counted",
    "Evidence",
    "LearnedModel",
    "Policy",
    "Progress",
]
