"""A strategy as JSON and back: what is left out has its default."""

from typing import Any

from pydantic import TypeAdapter

from chaland.sourcing.types import Rule, StrategyDocument

Json = dict[str, Any]

_DOCUMENTS = TypeAdapter(StrategyDocument)
_RULES = TypeAdapter(Rule)


def document_form(document: StrategyDocument) -> Json:
    """Return a strategy as JSON, without what has its default."""
    form: Json = _DOCUMENTS.dump_python(document, mode="json", exclude_defaults=True)
    return form


def document_of(form: Json) -> StrategyDocument:
    """Read a strategy. Raises pydantic's ValidationError for what is none."""
    return _DOCUMENTS.validate_python(form)


def rule_form(rule: Rule) -> Json:
    """Return a rule as JSON, without what has its default."""
    form: Json = _RULES.dump_python(rule, mode="json", exclude_defaults=True)
    return form


def rule_of(form: Json) -> Rule:
    """Read a rule. Raises pydantic's ValidationError for what is none."""
    return _RULES.validate_python(form)
