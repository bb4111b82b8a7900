"""What the author of a rule should know: that it holds nowhere, or never decides."""

from collections.abc import Sequence
from datetime import datetime

from chaland.availability.rules.scopes import in_order, order_of, places_of
from chaland.availability.types import METHODS, RuleNote, RuleScope, StockRule
from chaland.catalog.types import is_below
from chaland.network.types import NetworkSnapshot


def notes_on_rule(
    rule: StockRule,
    others: Sequence[StockRule],
    network: NetworkSnapshot,
    *,
    skus: int,
    now: datetime,
) -> list[RuleNote]:
    """Return what should be known of a rule beside the *others*; *skus* is how many it is for."""
    notes = []
    if rule.ends_at is not None and rule.ends_at <= now:
        notes.append(RuleNote("ended", "its time is over"))
    if not places_of(rule, network).any():
        notes.append(RuleNote("matches_nothing", "no location is in its scope"))
    if not skus:
        notes.append(RuleNote("matches_nothing", "no SKU is in its scope"))
    if by := _shadows(rule, others, network):
        named = ", ".join(by)
        notes.append(RuleNote("shadowed", f"it never decides: {named} comes first everywhere", by))
    return notes


def _shadows(
    rule: StockRule, others: Sequence[StockRule], network: NetworkSnapshot
) -> tuple[str, ...]:
    """Return the rules, looked at before *rule*, that decide wherever it holds; none if it decides.

    Rules that are each wider than *rule* but for their locations may do so together.
    """
    left = places_of(rule, network)
    if not rule.active or not left.any():
        return ()
    found = []
    for other in in_order(others):
        if other.kind is not rule.kind or order_of(other) >= order_of(rule):
            continue
        places = places_of(other, network)
        if _is_as_wide(other, rule, network) and (places & left).any():
            found.append(other.code)
            left = left & ~places
            if not left.any():
                return tuple(found)
    return ()


def _is_as_wide(other: StockRule, rule: StockRule, network: NetworkSnapshot) -> bool:
    """Tell whether *other* holds whenever, and for all for which, *rule* does; places apart."""
    mine, theirs = rule.scope, other.scope
    starts = other.starts_at is None or (
        rule.starts_at is not None and other.starts_at <= rule.starts_at
    )
    ends = other.ends_at is None or (rule.ends_at is not None and rule.ends_at <= other.ends_at)
    channels = set(mine.channels or network.channels)
    return (
        other.active
        and starts
        and ends
        and (not theirs.channels or channels <= set(theirs.channels))
        and set(mine.methods or METHODS) <= set(theirs.methods or METHODS)
        and _takes_all_skus_of(theirs, mine)
    )


def _takes_all_skus_of(theirs: RuleScope, mine: RuleScope) -> bool:
    """Tell, from the scopes alone, whether every SKU of *mine* is one of *theirs*."""
    categories = not theirs.categories or (
        bool(mine.categories)
        and all(
            any(is_below(item, upper) for upper in theirs.categories) for item in mine.categories
        )
    )
    tags = not theirs.tags or (bool(mine.tags) and set(mine.tags) <= set(theirs.tags))
    skus = not theirs.skus or (bool(mine.skus) and set(mine.skus) <= set(theirs.skus))
    return categories and tags and skus
