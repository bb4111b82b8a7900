"""A network that lives through a period in memory, under one way to choose or another.

Pure: no database, no clock. The same scenario and the same way give the same outcome.
"""

from chaland.lab.simulation.measures import Comparison, Interval, Measures, compare, measures_of
from chaland.lab.simulation.players import Choice, EnginePlayer, Moment, Player
from chaland.lab.simulation.running import Simulation
from chaland.lab.simulation.scenario import Arrival, Scenario, StockChanges
from chaland.lab.simulation.state import State

__all__ = [
    "Arrival",
    "Choice",
    "Comparison",
    "EnginePlayer",
    "Interval",
    "Measures",
    "Moment",
    "Player",
    "Scenario",
    "Simulation",
    "State",
    "StockChanges",
    "compare",
    "measures_of",
]
