"""What is wrong with a rule: each check names the field and the fix."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from chaland.availability.types import RuleKind, RuleScope, StockRule
from chaland.kernel.codes import is_code
from chaland.kernel.errors import FieldProblem
from chaland.network.types import NetworkSnapshot

HIGHEST_UNITS, HIGHEST_PERCENT, HIGHEST_PRIORITY = 1_000_000, 100, 10_000
LONGEST_NAME, MOST_NAMED, MOST_RULES = 200, 1_000, 10_000

WITH_UNITS = (RuleKind.SAFETY_STOCK, RuleKind.THRESHOLD)


@dataclass(frozen=True, slots=True)
class Assortment:
    """What the catalogue knows of what scopes name: categories with SKUs in or below them."""

    skus: Collection[str]
    categories: Collection[str]


def rule_problems(
    rule: StockRule, network: NetworkSnapshot, assortment: Assortment
) -> list[FieldProblem]:
    """Return what is wrong with a rule; empty when nothing is."""
    return [
        *_names(rule),
        *_amounts(rule),
        *_times(rule),
        *_sizes(rule.scope),
        *_references(rule.scope, network, assortment),
        *_fence(rule),
    ]


def _names(rule: StockRule) -> Iterator[FieldProblem]:
    if not is_code(rule.code):
        yield FieldProblem(
            "code",
            "invalid_code",
            f"{rule.code!r} is no code",
            "Use 1 to 64 letters, digits, dots, dashes or underscores.",
        )
    if not rule.name.strip() or len(rule.name) > LONGEST_NAME:
        yield FieldProblem(
            "name",
            "invalid_text",
            "the name is empty or too long",
            f"Give a name of 1 to {LONGEST_NAME} characters: people read it as the reason.",
        )
    if not 0 <= rule.priority <= HIGHEST_PRIORITY:
        yield _out_of_range("priority", rule.priority, 0, HIGHEST_PRIORITY)


def _amounts(rule: StockRule) -> Iterator[FieldProblem]:
    kind = rule.kind
    fence = kind is RuleKind.RING_FENCE
    if fence and (rule.units is None) == (rule.percent is None):
        yield FieldProblem(
            "units",
            "one_of_two",
            "a ring-fence is a number of units or a percentage",
            "Send units or percent, and not both.",
        )
        return
    yield from _taken("units", rule.units, rule, needed=kind in WITH_UNITS, allowed=fence)
    yield from _taken(
        "percent", rule.percent, rule, needed=kind is RuleKind.PERCENTAGE, allowed=fence
    )
    yield from _taken("on", rule.on, rule, needed=kind is RuleKind.SWITCH, allowed=False)
    if rule.opens_at is not None and kind is not RuleKind.ACTIVATION:
        yield _not_taken("opens_at", kind)
    if rule.units is not None and not 1 <= rule.units <= HIGHEST_UNITS:
        yield _out_of_range("units", rule.units, 1, HIGHEST_UNITS)
    if rule.percent is not None and not 1 <= rule.percent <= HIGHEST_PERCENT:
        yield _out_of_range("percent", rule.percent, 1, HIGHEST_PERCENT)


def _taken(
    field: str, value: object, rule: StockRule, *, needed: bool, allowed: bool
) -> Iterator[FieldProblem]:
    if needed and value is None:
        yield FieldProblem(
            field, "missing", f"a rule of kind {rule.kind} needs it", f"Send {field}."
        )
    elif value is not None and not needed and not allowed:
        yield _not_taken(field, rule.kind)


def _not_taken(field: str, kind: RuleKind) -> FieldProblem:
    return FieldProblem(
        field, "not_taken", f"a rule of kind {kind} takes none", f"Leave {field} out."
    )


def _out_of_range(field: str, value: int, lowest: int, highest: int) -> FieldProblem:
    return FieldProblem(
        field,
        "out_of_range",
        f"{value} is out of range",
        f"Send a whole number from {lowest} to {highest}.",
    )


def _times(rule: StockRule) -> Iterator[FieldProblem]:
    if rule.starts_at and rule.ends_at and rule.ends_at <= rule.starts_at:
        yield FieldProblem(
            "ends_at",
            "ends_before_it_starts",
            "the rule would end before it starts",
            "Send an end that lies after starts_at, or leave one of them out.",
        )


def _sizes(scope: RuleScope) -> Iterator[FieldProblem]:
    for field in RuleScope.__dataclass_fields__:
        if len(getattr(scope, field)) > MOST_NAMED:
            yield FieldProblem(
                f"scope.{field}",
                "too_many",
                f"more than {MOST_NAMED} are named",
                "Use a group, a category or a tag, or several rules.",
            )


def _references(
    scope: RuleScope, network: NetworkSnapshot, assortment: Assortment
) -> Iterator[FieldProblem]:
    known: dict[str, tuple[str, Collection[str]]] = {
        "channels": ("channel", network.channels),
        "location_groups": ("location group", network.groups),
        "locations": ("location", network.by_code),
        "categories": ("category of a SKU", assortment.categories),
        "skus": ("SKU", assortment.skus),
    }
    for field, (what, codes) in known.items():
        for number, code in enumerate(getattr(scope, field)):
            if code not in codes:
                yield FieldProblem(
                    f"scope.{field}[{number}]",
                    "unknown",
                    f"there is no {what} {code!r}",
                    "Correct it, or create it first.",
                )


def _fence(rule: StockRule) -> Iterator[FieldProblem]:
    if rule.kind is not RuleKind.RING_FENCE:
        return
    if len(rule.scope.channels) != 1:
        yield FieldProblem(
            "scope.channels",
            "one_channel",
            "a ring-fence keeps units for one channel",
            "Name the one channel that may sell them.",
        )
    if rule.scope.methods:
        yield FieldProblem(
            "scope.methods",
            "not_taken",
            "a ring-fence holds however its channel sells",
            "Leave methods out.",
        )
