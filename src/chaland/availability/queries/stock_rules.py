"""Reads of stock rules."""

from collections.abc import Sequence
from datetime import datetime

from chaland.availability.models import Rule
from chaland.availability.rules.checks import Assortment, rule_problems
from chaland.availability.rules.forms import tidy
from chaland.availability.rules.notes import notes_on_rule
from chaland.availability.types import (
    METHODS,
    RuleKind,
    RuleNote,
    RuleScope,
    StockRule,
    StoredRule,
)
from chaland.catalog.queries import categories_in_use, count_skus_in, sku_facts
from chaland.catalog.types import SkuChoice
from chaland.kernel.errors import FieldProblem, NotFoundError
from chaland.network.queries import snapshot

REVISION = "availability"


def stored_rules(codes: Sequence[str] | None = None) -> list[StoredRule]:
    """Return the rules that exist among *codes* (None: every rule), by code."""
    rows = Rule.objects.order_by("code")
    return [_stored(row) for row in (rows if codes is None else rows.filter(code__in=codes))]


def stored_rule(code: str) -> StoredRule:
    """Return one rule. Raises NotFoundError."""
    found = stored_rules([code])
    if not found:
        raise NotFoundError("stock rule", code)
    return found[0]


def rule_version(code: str) -> int:
    """Return a rule's version, 0 when there is none."""
    found = stored_rules([code])
    return found[0].version if found else 0


def list_rules(
    *,
    q: str = "",
    kind: RuleKind | None = None,
    active: bool | None = None,
    after: str = "",
    limit: int,
) -> list[StoredRule]:
    """Return up to *limit* rules by code, from the one after the code *after*.

    *q* is looked for in code and name.
    """
    wanted = q.casefold()
    found = [
        item
        for item in stored_rules()
        if item.rule.code > after
        and (kind is None or item.rule.kind is kind)
        and (active is None or item.rule.active is active)
        and (wanted in item.rule.code.casefold() or wanted in item.rule.name.casefold())
    ]
    return sorted(found, key=lambda item: item.rule.code)[:limit]


def notes_on(rules: Sequence[StockRule], *, now: datetime) -> dict[str, list[RuleNote]]:
    """Return by code what the authors of rules should know, drafts included."""
    network = snapshot()
    drafted = {rule.code for rule in rules}
    present_rules = [item.rule for item in stored_rules() if item.rule.code not in drafted]
    matching = count_skus_in([sku_choice(rule.scope) for rule in rules])
    return {
        rule.code: notes_on_rule(
            rule,
            [*present_rules, *(other for other in rules if other.code != rule.code)],
            network,
            skus=count,
            now=now,
        )
        for rule, count in zip(rules, matching, strict=True)
    }


def good_rules(
    drafts: Sequence[StockRule],
) -> tuple[list[StockRule], list[list[FieldProblem]]]:
    """Return drafts tidied up, and beside them what is wrong with each."""
    network = snapshot()
    assortment = Assortment(
        skus=sku_facts({code for draft in drafts for code in draft.scope.skus}),
        categories=categories_in_use({code for draft in drafts for code in draft.scope.categories}),
    )
    tidied = [tidy(draft) for draft in drafts]
    return tidied, [rule_problems(draft, network, assortment) for draft in tidied]


def sku_choice(scope: RuleScope) -> SkuChoice:
    """Return the SKUs in a scope, as the catalogue is asked for them."""
    return SkuChoice(categories=scope.categories, tags=scope.tags, codes=scope.skus)


def _stored(row: Rule) -> StoredRule:
    return StoredRule(
        id=row.id,
        version=row.version,
        updated_at=row.updated_at,
        rule=StockRule(
            code=row.code,
            name=row.name,
            kind=RuleKind(row.kind),
            scope=RuleScope(
                channels=tuple(row.channels),
                methods=tuple(method for method in METHODS if method in row.methods),
                location_groups=tuple(row.location_groups),
                locations=tuple(row.locations),
                categories=tuple(row.categories),
                tags=tuple(row.tags),
                skus=tuple(row.skus),
            ),
            units=row.units,
            percent=row.percent,
            on=row.on,
            opens_at=row.opens_at,
            priority=row.priority,
            active=row.active,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
        ),
    )
