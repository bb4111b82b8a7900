"""What is wrong with a strategy in itself: each problem names the field and the fix."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from chaland.kernel.codes import is_code, is_country
from chaland.kernel.errors import FieldProblem
from chaland.sourcing.rules.strategies.weights import HIGHEST_WEIGHT, WEIGHT_NAMES
from chaland.sourcing.types import (
    Between,
    Conditions,
    Fairness,
    Preference,
    Rule,
    Sites,
    SplitLimits,
    StrategyDocument,
)

MOST_RULES, MOST_CIRCLES, MOST_PREFERENCES, MOST_NAMED = 100, 10, 20, 500
LONGEST_NAME = 200
HIGHEST_AMOUNT, HIGHEST_KM, HIGHEST_DAYS, HIGHEST_PARCELS = Decimal(1000), 20_000, 90, 50
_WEEK = 7


def document_problems(document: StrategyDocument) -> list[FieldProblem]:
    """Return what is wrong with a strategy, whatever network it is for; empty for nothing."""
    return list(_problems(document))


def rule_problems(rule: Rule, path: str) -> list[FieldProblem]:
    """Return what is wrong with one rule, which stands at *path*."""
    return list(_rule(rule, path))


def _problems(document: StrategyDocument) -> Iterator[FieldProblem]:
    yield from _name(document.name, "name")
    if len(document.rules) > MOST_RULES:
        yield _too_many("rules", MOST_RULES)
    seen: set[str] = set()
    for number, rule in enumerate(document.rules):
        path = f"rules[{number}]"
        if rule.code in seen:
            yield FieldProblem(
                f"{path}.code",
                "repeated_code",
                f"another rule is called {rule.code!r}",
                "Give each rule a code of its own: decisions are counted by it.",
            )
        seen.add(rule.code)
        yield from _rule(rule, path)
    yield from _weights(document.weights, "weights")
    yield from _preferences(document.preferences, "preferences")
    yield from _fairness(document.fairness, "fairness")
    yield from _split(document.split, "split")


def _rule(rule: Rule, path: str) -> Iterator[FieldProblem]:
    if not is_code(rule.code):
        yield FieldProblem(
            f"{path}.code",
            "invalid_code",
            f"{rule.code!r} is no code",
            "Use 1 to 64 letters, digits, dots, dashes or underscores.",
        )
    yield from _name(rule.name, f"{path}.name")
    yield from _conditions(rule.when, f"{path}.when")
    if len(rule.circles) > MOST_CIRCLES:
        yield _too_many(f"{path}.circles", MOST_CIRCLES)
    for number, circle in enumerate(rule.circles):
        yield from _sites(circle.sites, f"{path}.circles[{number}].sites")
    yield from _preferences(rule.preferences, f"{path}.preferences")
    yield from _fairness(rule.fairness, f"{path}.fairness")
    yield from _weights(rule.weights, f"{path}.weights")
    if rule.split is not None:
        yield from _split(rule.split, f"{path}.split")


def _name(name: str, path: str) -> Iterator[FieldProblem]:
    if not name.strip() or len(name) > LONGEST_NAME:
        yield FieldProblem(
            path,
            "invalid_text",
            "the name is empty or too long",
            f"Give a name of 1 to {LONGEST_NAME} characters.",
        )


def _conditions(when: Conditions, path: str) -> Iterator[FieldProblem]:
    yield from _sizes(when, path)
    for name in ("value", "weight", "lines", "units"):
        yield from _between(getattr(when, name), f"{path}.{name}")
    for number, country in enumerate(when.countries):
        yield from _country(country, f"{path}.countries[{number}]")
    for number, day in enumerate(when.weekdays):
        if not 0 <= day < _WEEK:
            yield _out_of_range(f"{path}.weekdays[{number}]", day, 0, _WEEK - 1)
    if (when.hour_from is None) != (when.hour_until is None):
        missing = "hour_from" if when.hour_from is None else "hour_until"
        yield FieldProblem(
            f"{path}.{missing}", "missing", "the hours have two ends", "Send both, or neither."
        )
    elif when.hour_from is not None and when.hour_from == when.hour_until:
        yield FieldProblem(
            f"{path}.hour_until",
            "empty_range",
            "the hours begin and end at once",
            "Send another end, or leave both out for the whole day.",
        )
    if when.starts_on and when.ends_on and when.ends_on < when.starts_on:
        yield FieldProblem(
            f"{path}.ends_on",
            "ends_before_it_starts",
            "the last day is before the first",
            "Send a day that is not before starts_on.",
        )
    items = when.items
    if items is not None:
        yield from _sizes(items, f"{path}.items")
        if not (items.categories or items.skus or items.tags or items.restrictions):
            yield FieldProblem(
                f"{path}.items",
                "missing",
                "no line is told from another",
                "Name categories, SKUs, tags or restrictions, or leave items out.",
            )


def _between(span: Between | None, path: str) -> Iterator[FieldProblem]:
    if span is None:
        return
    if span.least is None and span.below is None:
        yield FieldProblem(path, "missing", "has no bound", "Send least or below, or leave it out.")
    for name in ("least", "below"):
        bound = getattr(span, name)
        if bound is not None and bound < 0:
            yield FieldProblem(
                f"{path}.{name}", "out_of_range", f"{bound} is negative", "Send 0 or more."
            )
    if span.least is not None and span.below is not None and span.below <= span.least:
        yield FieldProblem(
            f"{path}.below",
            "empty_range",
            "nothing lies between the two bounds",
            "Send a bound above least.",
        )


def _sites(sites: Sites, path: str) -> Iterator[FieldProblem]:
    yield from _sizes(sites, path)
    for number, country in enumerate(sites.countries):
        yield from _country(country, f"{path}.countries[{number}]")
    if sites.within_km is not None and not 1 <= sites.within_km <= HIGHEST_KM:
        yield _out_of_range(f"{path}.within_km", sites.within_km, 1, HIGHEST_KM)
    if sites.pickable is not None and not 0 < sites.pickable <= 1:
        yield FieldProblem(
            f"{path}.pickable",
            "out_of_range",
            f"{sites.pickable} is no chance",
            "Send a number above 0, 1 at most.",
        )


def _preferences(preferences: tuple[Preference, ...], path: str) -> Iterator[FieldProblem]:
    if len(preferences) > MOST_PREFERENCES:
        yield _too_many(path, MOST_PREFERENCES)
    for number, preference in enumerate(preferences):
        yield from _sites(preference.sites, f"{path}[{number}].sites")
        if not 0 < abs(preference.amount) <= HIGHEST_AMOUNT:
            yield FieldProblem(
                f"{path}[{number}].amount",
                "out_of_range",
                f"{preference.amount} is out of range",
                f"Send up to {HIGHEST_AMOUNT} to avoid, as much below 0 to prefer; not 0.",
            )


def _fairness(fairness: Fairness | None, path: str) -> Iterator[FieldProblem]:
    if fairness is None:
        return
    if not 0 < fairness.amount <= HIGHEST_AMOUNT:
        yield _out_of_range(f"{path}.amount", fairness.amount, "above 0", HIGHEST_AMOUNT)
    if not 1 <= fairness.days <= HIGHEST_DAYS:
        yield _out_of_range(f"{path}.days", fairness.days, 1, HIGHEST_DAYS)
    for organisation, target in fairness.targets.items():
        if not 0 < target <= 100:  # noqa: PLR2004 - percent
            yield _out_of_range(f"{path}.targets.{organisation}", target, "above 0", 100)
    if sum(fairness.targets.values()) > 100:  # noqa: PLR2004 - percent
        yield FieldProblem(
            f"{path}.targets",
            "out_of_range",
            "the targets come to more than 100 percent",
            "Send shares that come to 100 percent at most.",
        )


def _weights(weights: Mapping[str, Decimal], path: str) -> Iterator[FieldProblem]:
    for name, value in weights.items():
        if name not in WEIGHT_NAMES:
            yield FieldProblem(
                f"{path}.{name}",
                "unknown_weight",
                f"there is no weight {name!r}",
                f"Use {', '.join(WEIGHT_NAMES)}.",
            )
        elif not 0 <= value <= HIGHEST_WEIGHT:
            yield _out_of_range(f"{path}.{name}", value, 0, HIGHEST_WEIGHT)


def _split(split: SplitLimits, path: str) -> Iterator[FieldProblem]:
    if split.parcels is not None and not 1 <= split.parcels <= HIGHEST_PARCELS:
        yield _out_of_range(f"{path}.parcels", split.parcels, 1, HIGHEST_PARCELS)


def _sizes(named: object, path: str) -> Iterator[FieldProblem]:
    for field in getattr(named, "__dataclass_fields__", ()):
        value = getattr(named, field)
        if isinstance(value, tuple) and len(value) > MOST_NAMED:
            yield _too_many(f"{path}.{field}", MOST_NAMED)


def _country(country: str, path: str) -> Iterator[FieldProblem]:
    if not is_country(country):
        yield FieldProblem(
            path, "unknown_country", f"{country!r} is no country", "Send two letters, as FR."
        )


def _too_many(path: str, most: int) -> FieldProblem:
    return FieldProblem(path, "too_many", f"there are more than {most}", f"Send {most} at most.")


def _out_of_range(path: str, value: object, lowest: object, highest: object) -> FieldProblem:
    return FieldProblem(
        path,
        "out_of_range",
        f"{value} is out of range",
        f"Send a number from {lowest} to {highest}.",
    )
