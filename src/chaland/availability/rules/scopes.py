"""Which rule comes first, and what is in a rule's scope."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from chaland.availability.types import RuleKind, RuleScope, SaleMethod, StockRule
from chaland.catalog.types import is_below
from chaland.network.types import LocationKind, NetworkSnapshot

Mask = NDArray[np.bool_]
Order = tuple[int, tuple[int, ...], str]


def order_of(rule: StockRule) -> Order:
    """Return by what rules of one kind are sorted: priority, then the more specific, then code.

    More specific is, in this order: naming SKUs, naming locations, naming tags, a deeper category,
    naming groups, channels, methods.
    """
    scope = rule.scope
    depth = max((len(category) for category in scope.categories), default=0)
    named = (
        bool(scope.skus),
        bool(scope.locations),
        bool(scope.tags),
        depth,
        bool(scope.location_groups),
        bool(scope.channels),
        bool(scope.methods),
    )
    return rule.priority, tuple(-int(item) for item in named), rule.code


def in_order(rules: Iterable[StockRule]) -> list[StockRule]:
    """Return *rules* as they are looked at: of one kind, the first that holds decides."""
    return sorted(rules, key=order_of)


def holds_for_channel(scope: RuleScope, channel: str) -> bool:
    """Tell whether a channel is in the scope."""
    return not scope.channels or channel in scope.channels


def holds_for_method(scope: RuleScope, method: SaleMethod) -> bool:
    """Tell whether a way to the customer is in the scope."""
    return not scope.methods or method in scope.methods


def holds_for_profile(scope: RuleScope, category: str, tags: frozenset[str]) -> bool:
    """Tell whether SKUs of a category, with tags, may be in the scope; SKUs by name apart."""
    if scope.categories and not any(is_below(category, item) for item in scope.categories):
        return False
    return not scope.tags or not tags.isdisjoint(scope.tags)


def places_of(rule: StockRule, network: NetworkSnapshot) -> Mask:
    """Mark the locations (L) where the rule holds; codes that do not exist mark none.

    The last piece stays in shops: elsewhere such a rule holds nowhere.
    """
    scope = rule.scope
    marked = np.full(len(network), not scope.is_for_some_places)
    for group in scope.location_groups:
        if group in network.group_masks:
            marked |= network.group_masks[group]
    marked[_indexes(scope.locations, network)] = True
    if rule.kind is RuleKind.LAST_PIECE:
        marked &= np.array(
            [item.kind is LocationKind.STORE for item in network.locations], np.bool_
        )
    return marked


def _indexes(codes: Sequence[str], network: NetworkSnapshot) -> list[int]:
    return [network.by_code[code] for code in codes if code in network.by_code]
