"""A strategy's weights as JSON, and what may be wrong with them."""

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal

from chaland.kernel.errors import FieldProblem
from chaland.sourcing.types import StrategyWeights

HIGHEST_WEIGHT = Decimal(1000)


def weights_form(weights: StrategyWeights) -> dict[str, object]:
    """Return *weights* as JSON-ready values: decimal numbers as text."""
    return {item.name: str(getattr(weights, item.name)) for item in fields(weights)}


def weights_of(form: Mapping[str, str]) -> StrategyWeights:
    """Read weights back; a weight that an older version did not know has its default."""
    known = {item.name for item in fields(StrategyWeights)}
    return StrategyWeights(
        **{name: Decimal(value) for name, value in form.items() if name in known}
    )


def weights_problems(weights: StrategyWeights) -> list[FieldProblem]:
    """Return what is wrong with *weights*; empty when nothing is."""
    return [
        FieldProblem(
            item.name,
            "out_of_range",
            f"{getattr(weights, item.name)} is out of range",
            f"Send a number from 0 to {HIGHEST_WEIGHT}.",
        )
        for item in fields(weights)
        if not 0 <= getattr(weights, item.name) <= HIGHEST_WEIGHT
    ]
