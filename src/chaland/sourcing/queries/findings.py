"""What is worth knowing of a strategy before it is put into force."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from chaland.catalog.queries import categories_in_use, sku_facts
from chaland.network.queries import snapshot
from chaland.promise import queries as promise_queries
from chaland.sourcing.queries.strategies import BUILT_IN, book_of
from chaland.sourcing.rules.strategies.linting import Known, lint, unmatched
from chaland.sourcing.types import Demand, Finding, StrategyDocument, StrategyVersion


def findings(document: StrategyDocument, *, now: datetime) -> list[Finding]:
    """Return what is worth knowing: what it names that is not there, what never applies."""
    network = snapshot()
    named = [rule.when.items for rule in document.rules if rule.when.items is not None]
    skus = {code for items in named for code in items.skus}
    categories = {category for items in named for category in items.categories}
    known = Known(
        network=network,
        services={item.code for item in promise_queries.services() if item.active},
        skus=set(sku_facts(skus)) if skus else set(),
        categories=categories_in_use(categories) if categories else set(),
        today=now.astimezone(ZoneInfo(settings.TIME_ZONE)).date(),
    )
    return lint(document, known)


def rules_met(
    document: StrategyDocument, demands: Sequence[tuple[Demand, datetime]]
) -> tuple[dict[str, int], list[Finding]]:
    """Count how often each rule would have held for orders of the past, each at its moment.

    The findings name the rules that none of them met.
    """
    network = snapshot()
    version = StrategyVersion(code=BUILT_IN.code, version=1, state="draft", document=document)
    counts = {rule.code: 0 for rule in document.rules}
    book = None
    for demand, moment in demands:
        book = book_of(version, network, now=moment) if book is None else book.at(moment)
        for rule in book.matched(demand):
            counts[rule.code] += 1
    return counts, unmatched(document, counts, len(demands))
