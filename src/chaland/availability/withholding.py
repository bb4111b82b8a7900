"""What each channel may not sell: the rules of one moment, compiled to arrays over locations.

What is kept back of a position, for a channel and a way to the customer, comes about in this order:

1. a location that is closed to the channel sells it nothing: not active, not in its pool, its owner
   did not agree, paused, not opened yet (activation), switched off;
2. what ring-fences of other channels still hold is theirs;
3. of the rest the largest of safety stock, threshold, percentage and last piece stays: no sum.

Of each kind of rule, one decides: the first that holds (``rules.scopes.order_of``).
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from chaland.availability.rules.choosing import Deciding, RuleBook, next_change
from chaland.availability.rules.keeping import Keeping, Units, kept_after, kept_at, kept_back
from chaland.availability.rules.scopes import holds_for_channel, holds_for_method
from chaland.availability.rules.sorting import Sorter, holds_for_sort
from chaland.availability.types import METHODS, RuleKind, SaleMethod, StockRule
from chaland.catalog.types import SkuProfile
from chaland.network.types import NetworkSnapshot

Fences = Mapping[str, Units]
"""By channel code, the units that only this channel may take (rows by L), for given SKUs."""

ProfileReader = Callable[[Sequence[int]], Mapping[int, SkuProfile]]
FenceReader = Callable[[Sequence[int], Iterable[str]], Fences]

_MOST_CELLS = 4_000_000  # of a few arrays each: some 50 MB
_ALL_METHODS: tuple[SaleMethod | None, ...] = (None,)


class Withholding:
    """The rules in force from *now* until ``valid_until``. Thread-safe; kept for many requests.

    *profiles* tells what rules choose SKUs by, *fences* what the ring-fences of channels hold.
    Without rules nothing is asked of either.
    """

    def __init__(
        self,
        network: NetworkSnapshot,
        rules: Sequence[StockRule] = (),
        *,
        now: datetime,
        profiles: ProfileReader,
        fences: FenceReader,
    ) -> None:
        self.network = network
        changes = next_change(rules, now), network.next_pause_change(now)
        self.valid_from = now
        self.valid_until = min((item for item in changes if item is not None), default=None)
        paused = network.active & ~network.working(now)
        self.paused = paused if paused.any() else None
        self.book = RuleBook((rule for rule in rules if rule.holds_at(now)), network, now)
        self._profiles, self._fences = profiles, fences
        self.fenced_channels = frozenset(
            bound.rule.scope.channels[0]
            for bound in self.book.rules
            if bound.rule.kind is RuleKind.RING_FENCE
        )
        self._sorter = Sorter(self.book.rules)
        self._by_method = any(bound.rule.scope.methods for bound in self.book.rules)
        self._guard = threading.Lock()
        self._number_of_sort: dict[int, int] = {0: 0}
        self._sorts: list[int] = [0]
        self._known = np.full(0, -1, np.int32)
        self._closed: dict[str, NDArray[np.bool_] | None] = {}
        self._kept: dict[tuple[str, SaleMethod | None, int], Keeping | None] = {}

    def withheld(
        self,
        channel: str,
        sku_ids: Sequence[int],
        available: Units,
        method: SaleMethod | None = None,
    ) -> Units:
        """Return how many of the *available* units (a row per SKU, by L) the channel may not sell.

        Without a *method*: by no method at all. Between 0 and what is available; not to be written
        to. Raises KeyError for a channel that does not exist.
        """
        kept = self.withheld_beside(channel, sku_ids, available, self.fences(sku_ids), method)
        return np.broadcast_to(np.int32(0), available.shape) if kept is None else kept

    def withheld_beside(
        self,
        channel: str,
        sku_ids: Sequence[int],
        available: Units,
        fences: Fences,
        method: SaleMethod | None,
    ) -> Units | None:
        """Return what ``withheld`` does, beside *fences* read before; None for nothing at all."""
        foreign = foreign_units(fences, channel)
        taken = None if foreign is None else np.minimum(available, foreign)
        rest = available if taken is None else available - taken
        sorts = self.sorts_of(sku_ids)
        kept: Units | None = None
        for number, way in enumerate(self.ways(method)):
            of_way = self._kept_of_rest(channel, sorts, rest, way)
            if of_way is None:
                kept = None
                break
            kept = of_way if number == 0 or kept is None else np.minimum(kept, of_way)
        if kept is None or taken is None:
            return taken if kept is None else kept
        return kept + taken

    def fences(self, sku_ids: Sequence[int]) -> Fences:
        """Return what ring-fences hold of SKUs now, by channel."""
        return self._fences(sku_ids, self.fenced_channels) if self.fenced_channels else {}

    def kept_at(
        self, channel: str, method: SaleMethod | None, sort: int, location: int, available: int
    ) -> int:
        """Return what stays of *available* units of a sort at a location, ring-fences apart."""
        kept = []
        for way in self.ways(method):
            keeping = self.keeping(channel, way, sort)
            kept.append(0 if keeping is None else kept_at(available, keeping, location))
        return min(kept)

    def kept_after(
        self, channel: str, method: SaleMethod, sort: int, location: int, quantity: int
    ) -> int:
        """Return how many units must be left when *quantity* are taken, ring-fences apart."""
        keeping = self.keeping(channel, self.ways(method)[0], sort)
        return 0 if keeping is None else kept_after(quantity, keeping, location)

    def sorts_of(self, sku_ids: Sequence[int]) -> NDArray[np.int32]:
        """Return the number of the sort of each SKU: SKUs for which the same rules hold."""
        ids = np.asarray(sku_ids, np.int32)
        if not self._sorter.is_needed or not len(ids):
            return np.zeros(len(ids), np.int32)
        if int(ids.max()) >= len(self._known) or (self._known[ids] < 0).any():
            self._learn(ids)
        sorts: NDArray[np.int32] = self._known[ids]
        return sorts

    def keeping(self, channel: str, method: SaleMethod | None, sort: int) -> Keeping | None:
        """Return what the rules keep back of a sort of SKUs; None when it is nothing anywhere."""
        key = channel, method, sort
        try:
            return self._kept[key]
        except KeyError:
            found = self._keeping(channel, method, sort)
            if len(self._kept) * len(self.network) > _MOST_CELLS:
                self._kept = {}
            self._kept[key] = found
            return found

    def deciding(self, channel: str, method: SaleMethod | None, sort: int) -> Deciding:
        """Return which rule of each kind decides at each location, for a sort of SKUs."""
        bits = self._sorts[sort]
        return self.book.deciding(
            bound
            for bound in self.book.rules
            if holds_for_channel(bound.rule.scope, channel)
            and (method is None or holds_for_method(bound.rule.scope, method))
            and holds_for_sort(bound, bits)
        )

    def closed_to(self, channel: str) -> NDArray[np.bool_] | None:
        """Mark the locations (L) that are not the channel's at all, whatever rules say."""
        if channel not in self._closed:
            network = self.network
            closed = ~network.active | ~network.pool(network.channels[channel])
            if channel in network.withheld_by_owner:
                closed = closed | network.withheld_by_owner[channel]
            self._closed[channel] = closed if closed.any() else None
        return self._closed[channel]

    def _closed_now(self, channel: str) -> NDArray[np.bool_] | None:
        """Mark the locations that sell the channel nothing now: not its own, or paused."""
        closed = self.closed_to(channel)
        if self.paused is None:
            return closed
        return self.paused if closed is None else closed | self.paused

    def ways(self, method: SaleMethod | None) -> tuple[SaleMethod | None, ...]:
        """Return the methods to look at: one for all where no rule tells them apart."""
        if not self._by_method:
            return _ALL_METHODS
        return METHODS if method is None else (method,)

    def _keeping(self, channel: str, method: SaleMethod | None, sort: int) -> Keeping | None:
        closed, deciding = self._closed_now(channel), self.deciding(channel, method, sort)
        deciding.pop(RuleKind.RING_FENCE, None)
        keeping = self.book.keeping(deciding, closed)
        return None if keeping.is_nothing else keeping

    def _kept_of_rest(
        self, channel: str, sorts: NDArray[np.int32], rest: Units, way: SaleMethod | None
    ) -> Units | None:
        if len(sorts) == 0:
            return None
        first = int(sorts[0])
        if (sorts == first).all():
            keeping = self.keeping(channel, way, first)
            return None if keeping is None else kept_back(rest, keeping)
        kept: Units | None = None
        order = np.argsort(sorts, kind="stable")
        starts = np.flatnonzero(np.diff(sorts[order], prepend=-1))
        for rows in np.split(order, starts[1:]):
            keeping = self.keeping(channel, way, int(sorts[rows[0]]))
            if keeping is not None:
                if kept is None:
                    kept = np.zeros_like(rest)
                kept[rows] = kept_back(rest[rows], keeping)
        return kept

    def _learn(self, ids: NDArray[np.int32]) -> None:
        """Find the sorts of SKUs not seen before; one that does not exist is of sort 0."""
        with self._guard:
            known = np.full(max(len(self._known), int(ids.max()) + 1), -1, np.int32)
            known[: len(self._known)] = self._known
            missing = np.unique(ids[known[ids] < 0])
            known[missing] = 0
            for sku_id, profile in self._profiles(missing.tolist()).items():
                bits = self._sorter.sort_of(profile)
                number = self._number_of_sort.get(bits)
                if number is None:
                    self._sorts.append(bits)
                    number = self._number_of_sort[bits] = len(self._sorts) - 1
                known[sku_id] = number
            self._known = known


def foreign_units(fences: Fences, channel: str) -> Units | None:
    """Return the units that ring-fences hold for other channels than *channel*; None for none."""
    total: Units | None = None
    for owner, units in fences.items():
        if owner != channel:
            total = units if total is None else total + units
    return total
