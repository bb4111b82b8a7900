"""Which rule keeps back how many units at one location: what the arrays add up to, by name."""

from collections.abc import Mapping, Sequence

from chaland.availability.rules.choosing import NOBODY, BoundRule, Deciding
from chaland.availability.types import RuleKind, StockRule, Withheld

_BUFFERS = (
    RuleKind.SAFETY_STOCK,
    RuleKind.THRESHOLD,
    RuleKind.PERCENTAGE,
    RuleKind.LAST_PIECE,
)


def rules_at(deciding: Deciding, rules: Sequence[BoundRule], location: int) -> dict[RuleKind, int]:
    """Return the number of the rule of each kind that decides at a location."""
    found = {kind: numbers.item(location) for kind, numbers in deciding.items()}
    return {kind: rules[number].number for kind, number in found.items() if number != NOBODY}


def buffer_of(
    here: Mapping[RuleKind, int], rules: Sequence[BoundRule], rest: int
) -> Withheld | None:
    """Return the buffer that keeps most of *rest* units back, None when none keeps any."""
    best: Withheld | None = None
    for kind in _BUFFERS:
        if kind in here:
            rule = rules[here[kind]].rule
            units = min(rest, _kept_by(rule, rest))
            if units and (best is None or units > best.units):
                best = Withheld(kind, units, rule.code, rule.name)
    return best


def _kept_by(rule: StockRule, rest: int) -> int:
    if rule.kind is RuleKind.THRESHOLD:
        return rest if rest < (rule.units or 0) else 0
    if rule.kind is RuleKind.PERCENTAGE:
        return -(-rest * (rule.percent or 0) // 100)
    return 1 if rule.kind is RuleKind.LAST_PIECE else rule.units or 0
