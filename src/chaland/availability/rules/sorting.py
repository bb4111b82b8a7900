"""SKUs sorted by the rules that hold for them: those of one sort share everything else."""

from collections.abc import Sequence

from chaland.availability.rules.choosing import BoundRule
from chaland.availability.rules.scopes import holds_for_profile
from chaland.catalog.types import SkuProfile


class Sorter:
    """Finds the sort of a SKU: a number whose bits say which rules for some SKUs hold for it.

    Bit *n* stands for rule number *n*. Rules for all SKUs have no bit.
    """

    def __init__(self, rules: Sequence[BoundRule]) -> None:
        self._choosy = [bound for bound in rules if bound.rule.scope.is_for_some_skus]
        self._by_name = 0
        self._named: dict[str, int] = {}
        self._profiles: dict[tuple[str, frozenset[str]], int] = {}
        for bound in self._choosy:
            if bound.rule.scope.skus:
                self._by_name |= 1 << bound.number
            for code in bound.rule.scope.skus:
                self._named[code] = self._named.get(code, 0) | 1 << bound.number

    @property
    def is_needed(self) -> bool:
        """Tell whether any rule leaves SKUs out; else all SKUs are of sort 0."""
        return bool(self._choosy)

    def sort_of(self, profile: SkuProfile) -> int:
        """Return the sort of a SKU."""
        key = profile.category, profile.tags
        fits = self._profiles.get(key)
        if fits is None:
            fits = self._profiles[key] = sum(
                1 << bound.number
                for bound in self._choosy
                if holds_for_profile(bound.rule.scope, *key)
            )
        return fits & (~self._by_name | self._named.get(profile.code, 0))


def holds_for_sort(bound: BoundRule, sort: int) -> bool:
    """Tell whether a rule holds for the SKUs of a sort."""
    return not bound.rule.scope.is_for_some_skus or bool(sort >> bound.number & 1)
