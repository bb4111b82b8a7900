"""Promises learned from what happened: pure functions of observations, in numpy.

``learn`` and ``follow`` make a ``Model`` of a ``History``; ``Model.forecasts`` foretells when a
stage of some parcels will be over. No Django, no clock, no database: rooms that keep observations
and models call this one. How it works and what was measured: ``docs/explanation/promise.md``.
"""

from chaland.promise.learning.forecasts import Forecasts, Ground
from chaland.promise.learning.learner import follow, learn
from chaland.promise.learning.model import FEWEST_PARCELS, Model, StageModel
from chaland.promise.learning.parcels import (
    SHARES,
    History,
    Note,
    Observation,
    Stage,
    Trip,
    day_of,
    wall_seconds,
)

__all__ = [
    "FEWEST_PARCELS",
    "SHARES",
    "Forecasts",
    "Ground",
    "History",
    "Model",
    "Note",
    "Observation",
    "Stage",
    "StageModel",
    "Trip",
    "day_of",
    "follow",
    "learn",
    "wall_seconds",
]
