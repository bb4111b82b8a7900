"""A rule as plain JSON: two forms are equal exactly when a write would change nothing."""

from dataclasses import asdict, replace

from chaland.availability.types import METHODS, RuleScope, StockRule

Form = dict[str, object]


def tidy(rule: StockRule) -> StockRule:
    """Return the rule with its scope in order and nothing named twice."""
    scope = rule.scope
    ordered = {
        field: tuple(sorted(set(getattr(scope, field)))) for field in RuleScope.__dataclass_fields__
    }
    methods = tuple(method for method in METHODS if method in scope.methods)
    return replace(rule, scope=RuleScope(**{**ordered, "methods": methods}))


def rule_form(rule: StockRule) -> Form:
    """Return a rule as JSON, without its code."""
    form: Form = asdict(rule)
    del form["code"]
    form["kind"] = rule.kind.value
    form["scope"] = {
        field: list(getattr(rule.scope, field)) for field in RuleScope.__dataclass_fields__
    }
    for field in ("opens_at", "starts_at", "ends_at"):
        moment = getattr(rule, field)
        form[field] = moment and moment.isoformat()
    return form
