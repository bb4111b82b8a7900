"""Where a basket's units are kept: as it says, as its order would be sourced, or where most are."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt

from chaland.availability.queries import sellable, withholding
from chaland.availability.sellable import SellableStock
from chaland.availability.types import METHODS, SaleMethod
from chaland.inventory.types import MAX_ON_HAND, HoldLine, Pair, StockMatrix
from chaland.journeys.decision_world import world_of
from chaland.journeys.hold_baskets.references import References
from chaland.journeys.hold_baskets.refusals import no_route, not_enough
from chaland.journeys.hold_baskets.types import Wish
from chaland.sourcing.queries import decide
from chaland.sourcing.types import Demand, Method, Outcome, World

Cell = tuple[int, int]
"""A SKU's id and a location's dense index."""

_NOTHING: Mapping[Pair, int] = {}


class _ShortError(Exception):
    """Less than wanted is available of some SKUs."""

    def __init__(self, available: Mapping[int, int]) -> None:
        self.available = available
        super().__init__()


class Chooser:
    """Chooses for the baskets of one batch in turn, each seeing what those before it took.

    Stock is only read when some basket leaves a choice: what a basket asks for by location is
    compared under lock anyway.
    """

    def __init__(
        self, known: References, sku_ids: Collection[int], *, reads: bool, now: datetime
    ) -> None:
        self._known, self._now, self._reads = known, now, reads
        self._keeps: dict[tuple[str, int, int, int], int] = {}
        if reads:
            self._stock = sellable(sorted(sku_ids), known.network, known.revisions, now=now)
        else:
            self._stock = _without_stock(known, sorted(sku_ids), now)

    def choose(self, wish: Wish, present: Mapping[Pair, int] = _NOTHING) -> tuple[HoldLine, ...]:
        """Return what is to be kept where; *present* is what the basket keeps already.

        Raises DomainError ``insufficient_stock`` or ``no_route``, naming the lines.
        """
        if wish.is_fixed and not self._reads:
            return self._by_name(wish)
        index_of = self._known.network.index_of
        kept = {(sku, index_of[place]): units for (sku, place), units in present.items()}
        chosen: Counter[Cell] = Counter()
        missing: Counter[int] = Counter()
        for part in wish.parts:
            if part.location is None:
                missing[part.sku.id] += part.quantity
            else:
                chosen[part.sku.id, part.location] += part.quantity
        if self._reads:
            self._take_by_name(wish, chosen, kept)
        if missing:
            whole = missing.copy()
            self._use_kept(wish, missing, chosen, kept)
            try:
                chosen.update(self._find(wish, +missing, {place for _, place in +chosen}))
            except _ShortError as short:
                available = {
                    sku_id: units + whole[sku_id] - missing[sku_id]
                    for sku_id, units in short.available.items()
                }
                raise not_enough(wish, available) from None
        return tuple(
            self._line(wish, cell, quantity, quantity - kept.get(cell, 0))
            for cell, quantity in chosen.items()
        )

    def _by_name(self, wish: Wish) -> tuple[HoldLine, ...]:
        """Return the lines of a new basket that leaves no choice; quick, for a crowd wants them."""
        chosen: dict[Cell, int] = {}
        for part in wish.parts:
            cell = part.sku.id, part.location or 0
            chosen[cell] = chosen.get(cell, 0) + part.quantity
        lines = []
        locations = self._known.network.locations
        for (sku_id, location), quantity in chosen.items():
            asked = wish.channel.code, sku_id, location, quantity
            keep = self._keeps.get(asked)
            if keep is None:
                keep = self._keeps[asked] = self._keep(wish, (sku_id, location), quantity)
            lines.append(HoldLine(sku_id, locations[location].id, quantity, keep))
        return tuple(lines)

    def _take_by_name(
        self, wish: Wish, chosen: Mapping[Cell, int], kept: Mapping[Cell, int]
    ) -> None:
        for (sku_id, location), quantity in chosen.items():
            more = quantity - kept.get((sku_id, location), 0)
            here = self._units(wish)[self._stock.row_of[sku_id]].item(location)
            if more > here:
                raise not_enough(wish, {sku_id: quantity - more + here})
            if more > 0:
                self._stock.take(wish.channel.code, sku_id, location, more)

    def _use_kept(
        self, wish: Wish, missing: Counter[int], chosen: Counter[Cell], kept: Mapping[Cell, int]
    ) -> None:
        """Leave units where they are kept; for a basket to be collected, in that shop only."""
        shop = wish.demand.pickup_location_id if wish.demand else None
        only = None if shop is None else self._known.network.index_of[shop]
        for cell, units in kept.items():
            if only is None or cell[1] == only:
                used = min(units - chosen[cell], missing[cell[0]])
                if used > 0:
                    chosen[cell] += used
                    missing[cell[0]] -= used

    def _find(
        self, wish: Wish, wanted: Mapping[int, int], present: Collection[int]
    ) -> Counter[Cell]:
        if not wanted:
            return Counter()
        if wish.demand is None:
            return self._where_most_are(wish, wanted, present)
        return self._sourced(wish.demand, wanted)

    def _sourced(self, demand: Demand, wanted: Mapping[int, int]) -> Counter[Cell]:
        """Find units where an order to that destination would be sourced."""
        by_sku = {line.sku_id: line for line in demand.lines}
        lines = tuple(replace(by_sku[sku], quantity=units) for sku, units in wanted.items())
        (decision,) = decide([replace(demand, lines=lines)], self._world)
        if decision.outcome is not Outcome.SOURCED:
            short = {
                lines[item.line].sku_id: item.available
                for item in decision.shortages
                if item.short > 0
            }
            raise _ShortError(short) if short else no_route(decision)
        found: Counter[Cell] = Counter()
        for assignment in decision.assignments:
            for portion in assignment.portions:
                found[portion.sku_id, assignment.location_index] += portion.quantity
        return found

    def _where_most_are(
        self, wish: Wish, wanted: Mapping[int, int], present: Collection[int]
    ) -> Counter[Cell]:
        """Find units at the one location that has all, with the most to spare; else line by line.

        A line that no location has whole is split, the largest heap first. Locations where the
        basket is *present* already come first: nobody wants one more parcel.
        """
        working = self._known.network.working(self._now)
        units = np.where(working, self._units(wish), np.int32(0)).astype(np.int64)
        rows = {sku_id: units[self._stock.row_of[sku_id]] for sku_id in wanted}
        first = np.zeros(len(working), np.int64)
        first[list(present)] = MAX_ON_HAND
        spare = np.min([rows[sku] - quantity for sku, quantity in wanted.items()], axis=0)
        whole = np.where(spare >= 0, spare + first, -1)
        best = int(whole.argmax())
        found: Counter[Cell] = Counter()
        for sku_id, quantity in wanted.items():
            places = [best]
            if whole[best] < 0:
                held = np.flatnonzero(rows[sku_id] > 0)
                ranking = np.argsort(-(rows[sku_id] + first)[held], kind="stable")
                places = held[ranking].tolist()
            left = quantity
            for place in places:
                taken = min(left, rows[sku_id].item(place))
                if taken:
                    found[sku_id, place] += taken
                    left -= taken
            if left:
                raise _ShortError({sku_id: quantity - left})
        for (sku_id, place), taken in found.items():
            self._stock.take(wish.channel.code, sku_id, place, taken)
        return found

    def _units(self, wish: Wish) -> npt.NDArray[np.int32]:
        """Return what the basket's channel and actor may sell, rows by L."""
        method = None if wish.demand is None else _way(wish.demand)
        units = self._stock.of(wish.channel.code, method)
        if wish.visible is None:
            return units
        mine = np.isin(self._known.network.location_ids, list(wish.visible))
        return np.where(mine, units, np.int32(0))

    def _line(self, wish: Wish, cell: Cell, quantity: int, more: int) -> HoldLine:
        """Make the line; units that come on top leave what the channel's rules keep back."""
        sku_id, location = cell
        keep = self._keep(wish, cell, more) if more > 0 else 0
        return HoldLine(sku_id, self._known.network.locations[location].id, quantity, keep)

    def _keep(self, wish: Wish, cell: Cell, more: int) -> int:
        methods = METHODS if wish.demand is None else (_way(wish.demand),)
        return min(self._stock.keep(wish.channel.code, method, *cell, more) for method in methods)

    @cached_property
    def _world(self) -> World:
        return world_of(self._stock, self._known.network, self._known.revisions, now=self._now)


def _way(demand: Demand) -> SaleMethod:
    return "ship" if demand.method is Method.SHIP else "pickup"


def _without_stock(known: References, sku_ids: list[int], now: datetime) -> SellableStock:
    """Return what the rules say of SKUs, without having read how many there are."""
    compiled = withholding(known.network, known.revisions, now=now)
    stock = StockMatrix(
        sku_ids=tuple(sku_ids),
        available=np.zeros((len(sku_ids), len(known.network)), np.int32),
        row_of={sku_id: row for row, sku_id in enumerate(sku_ids)},
    )
    return SellableStock(stock, compiled, compiled.fences(sku_ids))
