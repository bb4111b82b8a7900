"""A strategy's weights: those that a document names, over the built-in ones."""

from collections.abc import Mapping
from dataclasses import fields, replace
from decimal import Decimal

from chaland.sourcing.types import StrategyWeights

HIGHEST_WEIGHT = Decimal(1000)

WEIGHT_NAMES = tuple(item.name for item in fields(StrategyWeights))


def with_weights(weights: StrategyWeights, changed: Mapping[str, Decimal]) -> StrategyWeights:
    """Return *weights* with those that *changed* names; a name that is none is left out."""
    known = {name: value for name, value in changed.items() if name in WEIGHT_NAMES}
    return replace(weights, **known) if known else weights
