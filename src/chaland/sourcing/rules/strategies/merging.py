"""What the rules that hold for an order come to together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chaland.sourcing.types import (
    Circle,
    Fairness,
    NothingFits,
    Preference,
    Rule,
    SplitLimits,
    StrategyDocument,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Everything said of one kind of orders.

    Sites have to be in the circle that is looked in, and in one circle of each of ``within``.
    """

    rule: str
    circles: tuple[Circle, ...]
    within: tuple[tuple[Circle, ...], ...]
    preferences: tuple[Preference, ...]
    fairness: tuple[Fairness, ...]
    split: SplitLimits
    weights: Mapping[str, Decimal]
    nothing_fits: NothingFits


def verdict(document: StrategyDocument, matched: Sequence[Rule]) -> Verdict:
    """Merge the rules that hold for an order, in order; only the last one may be decisive.

    Of rules that go on, the first that says something of weights or of what happens when nothing
    fits is heard; circles restrict, limits tighten, prices add up.
    """
    deciding = next((rule for rule in matched if not rule.go_on), None)
    restricting = [rule for rule in matched if rule.go_on]
    weights: dict[str, Decimal] = {}
    for rule in matched:
        weights = {**rule.weights, **weights}
    owners = [*restricting, *([deciding] if deciding else [])]
    own_fairness = [rule.fairness for rule in owners if rule.fairness is not None]
    return Verdict(
        rule="+".join(rule.code for rule in matched),
        circles=deciding.circles if deciding else (),
        within=tuple(rule.circles for rule in restricting if rule.circles),
        preferences=(
            *document.preferences,
            *(preference for rule in matched for preference in rule.preferences),
        ),
        fairness=tuple(own_fairness or ([document.fairness] if document.fairness else ())),
        split=_tightest([rule.split for rule in matched if rule.split] or [document.split]),
        weights={**document.weights, **weights},
        nothing_fits=next(
            (rule.nothing_fits for rule in matched if rule.nothing_fits is not None),
            document.nothing_fits,
        ),
    )


def _tightest(limits: Sequence[SplitLimits]) -> SplitLimits:
    parcels = [limit.parcels for limit in limits if limit.parcels is not None]
    return SplitLimits(
        parcels=min(parcels, default=None),
        divide_lines=all(limit.divide_lines for limit in limits),
    )
