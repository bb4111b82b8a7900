"""The cheapest way to serve an order from several places.

A plan is a set of parcels; each carries some of the items from one location. Items that some
location holds whole stay whole: up to EXACT_ITEMS of them, every division into parcels is
compared (dynamic programming over subsets), so the plan found is the cheapest there is. More
items than that are divided greedily, and the decision says so. An item that no location holds
whole is first divided by quantity: by pairs of which one gives all it has, else by the best price
per unit; each part then stays where it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chaland.promise.engine import OUT_OF_REACH
from chaland.sourcing.rules.items import Item, Load, load_of
from chaland.sourcing.rules.pricing import UNREACHABLE, Rates
from chaland.sourcing.rules.units import unit_terms

EXACT_ITEMS = 8
_SUBSETS = np.arange(1 << EXACT_ITEMS, dtype=np.uint16)[:, None]

Mask = NDArray[np.bool_]
Stock = NDArray[np.int32]
Integers = NDArray[np.int64]
Choices = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Parcel:
    """*items* from one location by the service at *place* of the order's rates."""

    location: int
    place: int
    items: tuple[Item, ...]
    cost: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Parcels that serve an order; ``cost`` includes what extra parcels cost.

    ``single`` says that it is the cheapest location that holds everything, found without a search.
    """

    parcels: tuple[Parcel, ...]
    cost: int
    exact: bool
    single: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What a search for a plan looks at: one order's rates, who may serve, what is there."""

    rates: Rates
    row: int
    eligible: Mask
    stock: Stock
    promised: int | None

    def available(self, item: Item) -> Stock:
        """Return the units of *item*'s SKU at each location that may serve (L)."""
        if item.row is None:
            return np.zeros(len(self.eligible), np.int32)
        return np.where(self.eligible, self.stock[item.row], 0)

    def holders(self, item: Item) -> Mask:
        """Return which locations may serve and hold the whole of *item* (L)."""
        if item.row is None:
            return np.zeros(len(self.eligible), np.bool_)
        whole: Mask = self.stock[item.row] >= item.quantity
        whole &= self.eligible
        return whole

    def load(self, items: Sequence[Item]) -> Load:
        """Return what a parcel with *items* carries."""
        return load_of(items, self.promised)

    def unit_price(self, item: Item, places: NDArray[np.intp]) -> Integers:
        """Return what one unit of *item* costs at *places* beside its carriage (P)."""
        units = self.rates.units
        return np.zeros(len(places), np.int64) if units is None else units.per_unit(item, places)

    def own_costs(
        self, parcels: Sequence[Sequence[Item]], places: NDArray[np.intp]
    ) -> tuple[Integers, Choices]:
        """Return what each of *places* costs for a parcel of its own, and the services taken."""
        loads = [self.load(items) for items in parcels]
        costs, choices = self.rates.price_loads(self.row, loads, places)
        own: Integers = np.diagonal(costs).copy()
        for number, items in enumerate(parcels):
            own[number] += sum(unit_terms(self.rates.units, items, places.item(number)))
        return own, np.diagonal(choices)


def cheapest_plan(search: Search, items: Sequence[Item]) -> Plan | None:
    """Return the plan for *items*, or None without enough units or a way to carry them."""
    pieces: list[Item] = []
    holders: list[Mask] = []
    for item in items:
        whole = search.holders(item)
        if whole.any():
            pieces.append(item)
            holders.append(whole)
            continue
        parts = divide(search, item, search.available(item))
        if parts is None:
            return None
        for location, quantity in parts:
            pinned = np.zeros(len(whole), np.bool_)
            pinned[location] = True
            pieces.append(item.part(quantity))
            holders.append(pinned)
    held = np.array(holders)
    if len(pieces) <= EXACT_ITEMS:
        return _exact(search, pieces, held)
    return _greedy(search, pieces, held)


def divide(search: Search, item: Item, available: Stock) -> list[tuple[int, int]] | None:
    """Divide *item* over locations of which none holds it whole: (location, quantity), or None."""
    left = item.quantity
    if int(available.sum()) < left:
        return None
    open_stock = available.copy()
    parts: list[tuple[int, int]] = []
    while left:
        places = np.flatnonzero(open_stock)
        pair = _cheapest_pair(search, item.part(left), open_stock, places)
        if pair is not None:
            return parts + pair
        location, quantity = _best_per_unit(search, item.part(left), open_stock, places)
        parts.append((location, quantity))
        open_stock[location] = 0
        left -= quantity
    return parts


def _cheapest_pair(
    search: Search, item: Item, stock: Stock, places: NDArray[np.intp]
) -> list[tuple[int, int]] | None:
    """Return the cheapest two of *places* that hold the item; the first gives all it has."""
    held = stock[places].astype(np.int64)
    rest = item.quantity - held
    works = (held[None, :] >= rest[:, None]) & (rest[:, None] > 0)
    np.fill_diagonal(works, val=False)
    if not works.any():
        return None
    firsts = _own_costs(search, item, held, places)
    rests = [search.load([item.part(int(units))]) for units in np.maximum(rest, 1)]
    seconds, _ = search.rates.price_loads(search.row, rests, places)
    seconds += rest[:, None] * search.unit_price(item, places)
    total = np.where(works, firsts[:, None] + seconds, 2 * OUT_OF_REACH)
    first, second = divmod(int(total.argmin()), len(places))
    return [(int(places[first]), int(held[first])), (int(places[second]), int(rest[first]))]


def _best_per_unit(
    search: Search, item: Item, stock: Stock, places: NDArray[np.intp]
) -> tuple[int, int]:
    """Return the place whose stock of the item, up to what is wanted, costs least per unit."""
    held = np.minimum(stock[places], item.quantity).astype(np.int64)
    best = int((_own_costs(search, item, held, places) / held).argmin())
    return int(places[best]), int(held[best])


def _own_costs(
    search: Search, item: Item, quantities: NDArray[np.int64], places: NDArray[np.intp]
) -> NDArray[np.int64]:
    """Return what each of *places* costs for its own quantity of *item*."""
    costs, _ = search.own_costs([[item.part(int(units))] for units in quantities], places)
    return costs


def _exact(search: Search, items: Sequence[Item], held: Mask) -> Plan | None:
    """Compare every division of *items* into parcels."""
    everything = (1 << len(items)) - 1
    # A bit for each item that a place holds: what it can send is every subset of these bits.
    held_bits = np.packbits(held, axis=0, bitorder="little")[0]
    places = np.flatnonzero(held_bits)
    members: list[tuple[Item, ...]] = [()]
    loads = [Load(0, 0, 0, search.promised)]
    for subset in range(1, everything + 1):
        lowest = subset & -subset
        item, rest = items[lowest.bit_length() - 1], subset ^ lowest
        members.append((item, *members[rest]))
        loads.append(loads[rest].with_item(item))
    costs, choices = search.rates.price_loads(search.row, loads[1:], places)
    subsets = _SUBSETS[: everything + 1]
    if search.rates.units is not None:
        costs += _sums_of_subsets(search.rates.units.of_items(items, places))
    lacking = (held_bits[places] & subsets) != subsets
    np.copyto(costs, OUT_OF_REACH, where=lacking[1:])
    where = costs.argmin(axis=1).tolist()
    best = [0, *costs.min(axis=1).tolist()]
    division = _cheapest_division(best, search.rates.handling.extra_parcel)
    if division is None:
        return None
    parcels = [
        Parcel(
            int(places[where[subset - 1]]),
            int(choices[subset - 1, where[subset - 1]]),
            members[subset],
            best[subset],
        )
        for subset in division
    ]
    return _plan(search, parcels, exact=True)


def _sums_of_subsets(values: Integers) -> Integers:
    """Return the sums of the rows (N) of *values* over each subset of them but the empty one."""
    sums = np.zeros((1 << len(values), values.shape[1]), np.int64)
    for number, row in enumerate(values):
        size = 1 << number
        sums[size : 2 * size] = sums[:size] + row
    return sums[1:]


def _cheapest_division(best: Sequence[int], extra: int) -> list[int] | None:
    """Return the subsets (bit masks) into which the whole is best divided, from their costs.

    Fewer parcels win a tie. Each subset is tried with its lowest member, so that no division is
    seen twice.
    """
    totals: list[tuple[int, int]] = [(0, 0)]
    chosen = [0]
    for whole in range(1, len(best)):
        lowest = whole & -whole
        rest = whole ^ lowest
        answer, part = (best[whole] + extra, 1), whole
        inner = rest
        while inner:
            # `inner` is what the first parcel leaves to the others.
            cost, count = totals[inner]
            offer = (best[whole ^ inner] + extra + cost, count + 1)
            if offer < answer:
                answer, part = offer, whole ^ inner
            inner = (inner - 1) & rest
        totals.append(answer)
        chosen.append(part)
    if totals[-1][0] >= UNREACHABLE:
        return None
    division = []
    left = len(best) - 1
    while left:
        division.append(chosen[left])
        left ^= chosen[left]
    return division


def _greedy(search: Search, items: Sequence[Item], held: Mask) -> Plan | None:
    """Send, again and again, the parcel that costs least per item it carries."""
    left = list(range(len(items)))
    parcels = []
    while left:
        places = np.flatnonzero(held[left].any(axis=0))
        carried = [
            tuple(items[number] for number in left if held[number, place])
            for place in places.tolist()
        ]
        own, choices = search.own_costs(carried, places)
        best = int((own / np.array([len(group) for group in carried])).argmin())
        if own[best] >= UNREACHABLE:
            return None
        place = int(places[best])
        parcels.append(Parcel(place, int(choices[best]), carried[best], int(own[best])))
        left = [number for number in left if not held[number, place]]
    return _plan(search, parcels, exact=False)


def _plan(search: Search, parcels: Sequence[Parcel], *, exact: bool) -> Plan:
    extra = search.rates.handling.extra_parcel * (len(parcels) - 1)
    ordered = tuple(sorted(parcels, key=lambda parcel: (parcel.location, parcel.place)))
    return Plan(ordered, sum(parcel.cost for parcel in parcels) + extra, exact)
