"""Which rule of each kind decides at each location, for one channel, method and sort of SKU."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chaland.availability.rules.keeping import Keeping
from chaland.availability.rules.scopes import in_order, places_of
from chaland.availability.types import RuleKind, StockRule
from chaland.network.types import NetworkSnapshot

Numbers = NDArray[np.int16]
Mask = NDArray[np.bool_]

NOBODY = -1

Deciding = dict[RuleKind, Numbers]
"""By kind, the number of the rule that decides at each location (L), NOBODY where none does."""


class BoundRule(NamedTuple):
    """A rule in force, its number in the order in which rules are looked at, and where it holds."""

    number: int
    rule: StockRule
    places: Mask


class RuleBook:
    """The rules in force at one moment, in order, bound to one network."""

    def __init__(self, rules: Iterable[StockRule], network: NetworkSnapshot, now: datetime) -> None:
        ordered = in_order(rules)
        self.rules = [
            BoundRule(number, rule, places_of(rule, network)) for number, rule in enumerate(ordered)
        ]
        self.width = len(network)
        # One more than there are rules: NOBODY, -1, is the last place, and stays zero.
        self._units = np.zeros(len(ordered) + 1, np.int32)
        self._percent = np.zeros(len(ordered) + 1, np.int32)
        self._closes = np.zeros(len(ordered) + 1, np.bool_)
        for number, rule in enumerate(ordered):
            self._units[number] = 1 if rule.kind is RuleKind.LAST_PIECE else rule.units or 0
            self._percent[number] = rule.percent or 0
            self._closes[number] = _closes(rule, now)

    def deciding(self, rules: Iterable[BoundRule]) -> Deciding:
        """Return which of *rules*, those that hold for what is asked, in order, decides where."""
        found: Deciding = {}
        for bound in rules:
            numbers = found.get(bound.rule.kind)
            if numbers is None:
                numbers = found[bound.rule.kind] = np.full(self.width, NOBODY, np.int16)
            numbers[bound.places & (numbers == NOBODY)] = bound.number
        return found

    def keeping(self, deciding: Deciding, closed: Mask | None) -> Keeping:
        """Return what the rules that decide keep back; *closed* locations sell nothing anyway."""
        units = self._each(self._units, deciding, RuleKind.SAFETY_STOCK)
        pieces = self._each(self._units, deciding, RuleKind.LAST_PIECE)
        for kind in (RuleKind.ACTIVATION, RuleKind.SWITCH):
            if kind in deciding:
                shut: Mask = self._closes[deciding[kind]]
                closed = shut if closed is None else closed | shut
        return Keeping(
            units=_larger(units, pieces),
            threshold=self._each(self._units, deciding, RuleKind.THRESHOLD),
            percent=self._each(self._percent, deciding, RuleKind.PERCENTAGE),
            closed=closed if closed is not None and closed.any() else None,
        )

    def fenced(
        self, numbers: NDArray[np.integer], available: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """Return what the ring-fences of these *numbers* grant, percentages of *available*."""
        percent = self._percent[numbers]
        share = available.astype(np.int64) * percent // 100
        units: NDArray[np.int32] = np.where(percent > 0, share, self._units[numbers]).astype(
            np.int32
        )
        return units

    def closes(self, number: int) -> bool:
        """Tell whether the rule of that number closes the locations at which it decides."""
        return bool(self._closes[number])

    def _each(
        self, table: NDArray[np.int32], deciding: Deciding, kind: RuleKind
    ) -> NDArray[np.int32] | None:
        """Return what the deciding rules of a kind ask for at each location; None for nothing."""
        if kind not in deciding or not (deciding[kind] != NOBODY).any():
            return None
        values: NDArray[np.int32] = table[deciding[kind]]
        return values


def _larger(
    one: NDArray[np.int32] | None, other: NDArray[np.int32] | None
) -> NDArray[np.int32] | None:
    if one is None or other is None:
        return other if one is None else one
    return np.maximum(one, other)


def next_change(rules: Sequence[StockRule], now: datetime) -> datetime | None:
    """Return the first moment after *now* at which time alone changes what rules say."""
    moments = [
        moment
        for rule in rules
        if rule.active
        for moment in (rule.starts_at, rule.ends_at, rule.opens_at)
        if moment is not None and moment > now
    ]
    return min(moments, default=None)


def _closes(rule: StockRule, now: datetime) -> bool:
    if rule.kind is RuleKind.ACTIVATION:
        return rule.opens_at is None or rule.opens_at > now
    return rule.on is False
