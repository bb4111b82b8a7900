"""Strategies in plain language: ``When the basket is 200 or more → first …, then …; else …``."""

from chaland.console.strategy_words.conditions import (
    when_text,
)
from chaland.console.strategy_words.deeds import (
    circle_text,
    circles_text,
    fairness_text,
    nothing_text,
    preference_text,
    sites_text,
    split_text,
    then_lines,
)
from chaland.console.strategy_words.names import (
    Names,
)
from chaland.console.strategy_words.notes import (
    field_name,
    finding_text,
    pilot_text,
)
from chaland.console.strategy_words.tables import (
    FIELDS,
    LOCATION_KINDS,
    METHODS,
    NOTHING_FITS,
    OWNER_KINDS,
    WEIGHTS,
)

__all__ = [
    "FIELDS",
    "LOCATION_KINDS",
    "METHODS",
    "NOTHING_FITS",
    "OWNER_KINDS",
    "WEIGHTS",
    "Names",
    "circle_text",
    "circles_text",
    "fairness_text",
    "field_name",
    "finding_text",
    "nothing_text",
    "pilot_text",
    "preference_text",
    "sites_text",
    "split_text",
    "then_lines",
    "when_text",
]
