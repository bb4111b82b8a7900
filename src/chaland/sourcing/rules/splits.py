"""The cheapest way to serve an order from several places.

A plan is a set of parcels; each carries some units of the order's pieces from one location. Every
division of the units into parcels is compared (dynamic programming over the lattice of what may be
taken, see ``lattices``), so the plan found is the cheapest there is: lines are divided wherever
that pays. First each parcel comes from where it costs least; only when the parcels of one place
together want more than is there, places are gone through one after the other. Orders with too many
units for that are divided greedily (``greedy``), and the decision says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chaland.promise.engine import OUT_OF_REACH
from chaland.sourcing.rules.items import Item, Load, load_of
from chaland.sourcing.rules.lattices import Lattice, lattice_of
from chaland.sourcing.rules.pieces import Piece
from chaland.sourcing.rules.pricing import UNREACHABLE, Rates

Mask = NDArray[np.bool_]
Stock = NDArray[np.int32]
Integers = NDArray[np.int64]
Choices = NDArray[np.int8]

MOST_PRICES = 1_000_000
"""How many prices (loads × places) are looked at exactly."""

MOST_STEPS = 20_000_000
"""How many sums are made where the parcels of one place compete for its stock."""

_FEW_POINTS = 64
_ROOM = 1 << 10
"""Costs are compared together with a count of parcels below this: fewer parcels win a tie."""


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
    """What a search for a plan looks at: one order's rates, who may serve, what is there.

    ``most`` is how many parcels there may be, None for any number.
    """

    rates: Rates
    row: int
    eligible: Mask
    stock: Stock
    promised: int | None
    most: int | None = None

    def available(self, item: Item) -> Stock:
        """Return the units of *item*'s SKU at each location that may serve (L)."""
        if item.row is None:
            return np.zeros(len(self.eligible), np.int32)
        return np.where(self.eligible, np.maximum(self.stock[item.row], 0), 0)

    def load(self, items: Sequence[Item]) -> Load:
        """Return what a parcel with *items* carries."""
        return load_of(items, self.promised)

    def plan(self, parcels: Sequence[Parcel], *, exact: bool) -> Plan:
        """Put *parcels* together."""
        extra = self.rates.handling.extra_parcel * (len(parcels) - 1)
        ordered = tuple(sorted(parcels, key=lambda parcel: (parcel.location, parcel.place)))
        return Plan(ordered, sum(parcel.cost for parcel in parcels) + extra, exact)


class _Table:
    """What every parcel that could be sent costs from every place that has some of the order."""

    def __init__(self, search: Search, pieces: Sequence[Piece], lattice: Lattice) -> None:
        self.search, self.pieces, self.lattice = search, pieces, lattice
        needs: dict[int, Integers] = {}
        available: dict[int, Stock] = {}
        points = lattice.points
        for number, piece in enumerate(pieces):
            for item in piece.items:
                wanted = points[:, number] * item.quantity
                known = needs.get(item.sku_id)
                needs[item.sku_id] = wanted if known is None else known + wanted
                available[item.sku_id] = search.available(item)
        self.needs = np.stack(list(needs.values()))
        held = np.stack(list(available.values()))
        self.places: NDArray[np.intp] = np.flatnonzero(held.any(axis=0))
        self.held = held[:, self.places]

    @property
    def size(self) -> int:
        """How many prices there are."""
        return len(self.lattice.points) * len(self.places)

    def price(self) -> None:
        """Work out ``costs`` (V × P), UNREACHABLE where a place cannot send a parcel."""
        search, points = self.search, self.lattice.points
        self.carried = [self._items(point) for point in points.tolist()]
        loads = [search.load(items) for items in self.carried[1:]]
        shape = len(points), len(self.places)
        self.costs, self.choices = np.full(shape, OUT_OF_REACH, np.int64), np.zeros(shape, np.int8)
        self.costs[1:], self.choices[1:] = search.rates.price_loads(search.row, loads, self.places)
        units = search.rates.units
        if units is not None:
            priced = [units.of_items(piece.items, self.places).sum(axis=0) for piece in self.pieces]
            self.costs += points @ np.stack(priced)
        for needed, held in zip(self.needs, self.held, strict=True):
            np.copyto(self.costs, OUT_OF_REACH, where=needed[:, None] > held)
        taken = points > 0
        for number, piece in enumerate(self.pieces):
            if piece.alone:
                mixed = taken[:, number] & (taken.sum(axis=1) > 1)
                self.costs[mixed] = OUT_OF_REACH

    def _items(self, point: Sequence[int]) -> tuple[Item, ...]:
        found: list[Item] = []
        for piece, count in zip(self.pieces, point, strict=True):
            if count:
                found += piece.part(count)
        return tuple(found)

    def parcel(self, point: int, place: int) -> Parcel:
        """Return the parcel that carries *point* from the place at *place*."""
        return Parcel(
            self.places.item(place),
            self.choices.item(point, place),
            self.carried[point],
            self.costs.item(point, place),
        )


def exact_plan(search: Search, pieces: Sequence[Piece]) -> tuple[Plan | None, bool]:
    """Return the cheapest plan (None: there is none), and whether all plans could be compared."""
    lattice = lattice_of(tuple([piece.times for piece in pieces]))
    if lattice is None:
        return None, False
    table = _Table(search, pieces, lattice)
    if table.size > MOST_PRICES:
        return None, False
    parcels = _cheapest_parcels(table) if len(table.places) else []
    if not parcels:
        return None, parcels is not None
    return search.plan([table.parcel(*parcel) for parcel in parcels], exact=True), True


def _cheapest_parcels(table: _Table) -> list[tuple[int, int]] | None:
    """Return the cheapest parcels (point, place); empty: there are none; None: too much work."""
    table.price()
    where = table.costs.argmin(axis=1)
    best: Integers = np.take_along_axis(table.costs, where[:, None], axis=1)[:, 0]
    extra = table.search.rates.handling.extra_parcel
    division = _cheapest_division(table.lattice, best + extra, table.search.most)
    parcels = [(point, where.item(point)) for point in division or ()]
    return parcels if _within_stock(table, parcels) else _place_by_place(table, extra)


def _cheapest_division(lattice: Lattice, costs: Integers, most: int | None) -> list[int] | None:
    """Return the points into which everything is best divided, each at its cost; None if it cannot.

    *most* is how many parts there may be. Fewer parcels win a tie.
    """
    ranks = costs * _ROOM + 1
    everything = len(ranks) - 1
    if most is not None and most < int(lattice.points[-1].sum()):
        return _in_layers(lattice, ranks, most)
    if everything < _FEW_POINTS:
        totals, chosen = _few(lattice, ranks.tolist())
    else:
        totals, chosen = _many(lattice, ranks)
    if totals[-1] >= UNREACHABLE * _ROOM:
        return None
    division, left = [], everything
    while left:
        division.append(chosen[left])
        left -= chosen[left]
    return division


def _few(lattice: Lattice, ranks: list[int]) -> tuple[list[int], list[int]]:
    totals, chosen = [0], [0]
    for whole in range(1, len(ranks)):
        answer, first = ranks[whole], whole
        for part in lattice.lists[whole][:-1]:
            offer = ranks[part] + totals[whole - part]
            if offer < answer:
                answer, first = offer, part
        totals.append(answer)
        chosen.append(first)
    return totals, chosen


def _many(lattice: Lattice, ranks: Integers) -> tuple[list[int], list[int]]:
    totals = np.zeros(len(ranks), np.int64)
    chosen = [0]
    for whole in range(1, len(ranks)):
        parts = lattice.parts[whole][::-1]
        offers = ranks[parts] + totals[whole - parts]
        first = int(offers.argmin())
        totals[whole] = offers[first]
        chosen.append(int(parts[first]))
    return totals.tolist(), chosen


def _in_layers(lattice: Lattice, ranks: Integers, most: int) -> list[int] | None:
    """Divide into at most *most* parts."""
    layers, chosen = [ranks.copy()], [np.arange(len(ranks))]
    layers[0][0] = 0
    for _ in range(1, most):
        last = layers[-1]
        totals, firsts = last.copy(), np.zeros(len(ranks), np.int64)
        for whole in range(1, len(ranks)):
            parts = lattice.parts[whole]
            offers = ranks[parts] + last[whole - parts]
            first = int(offers.argmin())
            if offers[first] < last[whole]:
                totals[whole], firsts[whole] = offers[first], parts[first]
        layers.append(totals)
        chosen.append(firsts)
    left = len(ranks) - 1
    if layers[-1][left] >= UNREACHABLE * _ROOM:
        return None
    division: list[int] = []
    for firsts in reversed(chosen):
        if left and firsts[left]:
            division.append(int(firsts[left]))
            left -= int(firsts[left])
    return division


def _within_stock(table: _Table, parcels: Sequence[tuple[int, int]]) -> bool:
    """Tell whether places have what *parcels* (point, place) take together."""
    totals: dict[int, Integers] = {}
    for point, place in parcels:
        totals[place] = totals.get(place, 0) + table.needs[:, point]
    return all((taken <= table.held[:, place]).all() for place, taken in totals.items())


def _place_by_place(table: _Table, extra: int) -> list[tuple[int, int]] | None:
    """Return the cheapest parcels (point, place), taking each place's stock once.

    None where that is too much work; empty where there is no plan.
    """
    lattice, costs = table.lattice, table.costs
    everything = len(costs) - 1
    most = int(lattice.points[-1].sum())
    if table.search.most is not None:
        most = min(most, table.search.most)
    places = _useful_places(costs, most)
    if most * len(places) * len(lattice.below) > MOST_STEPS:
        return None
    start = np.full((most + 1, len(costs)), OUT_OF_REACH * _ROOM, np.int64)
    start[0, 0] = 0
    states, sent = [start], []
    for place in places.tolist():
        ways = _ways_of(lattice, (costs[:, place] + extra) * _ROOM + 1, table, place, most)
        state = states[-1].copy()
        for count, ranks in enumerate(ways, start=1):
            for parcels in range(count, most + 1):
                offers = (
                    ranks[lattice.below]
                    + states[-1][parcels - count][lattice.wholes - lattice.below]
                )
                np.minimum(
                    state[parcels],
                    np.minimum.reduceat(offers, lattice.starts),
                    out=state[parcels],
                )
        states.append(state)
        sent.append(ways)
    count = int(states[-1][:, everything].argmin())
    if states[-1][count, everything] >= UNREACHABLE * _ROOM:
        return []
    return _trace(table, places, states, sent, count)


def _useful_places(costs: Integers, most: int) -> NDArray[np.intp]:
    """Return the places that are among the cheapest for some point: others are never needed.

    Of *most* parcels one that comes from elsewhere could come from one of them for no more.
    """
    if most >= costs.shape[1]:
        return np.arange(costs.shape[1])
    cheapest = costs[1:].argsort(axis=1, kind="stable")[:, :most]
    return np.unique(cheapest)


def _ways_of(
    lattice: Lattice, ranks: Integers, table: _Table, place: int, most: int
) -> list[Integers]:
    """Return what a place costs for each point, in one parcel, in two, and so on while it pays."""
    fits = (table.needs <= table.held[:, place, None]).all(axis=0)
    one = np.where(fits, ranks, OUT_OF_REACH * _ROOM)
    one[0] = OUT_OF_REACH * _ROOM
    ways, least = [one], one
    while len(ways) < most:
        offers = one[lattice.below] + ways[-1][lattice.wholes - lattice.below]
        more = np.where(fits, np.minimum.reduceat(offers, lattice.starts), OUT_OF_REACH * _ROOM)
        if not (more < np.minimum(least, UNREACHABLE * _ROOM)).any():
            break
        ways.append(more)
        least = np.minimum(least, more)
    return ways


def _trace(
    table: _Table,
    places: NDArray[np.intp],
    states: Sequence[Integers],
    sent: Sequence[Sequence[Integers]],
    count: int,
) -> list[tuple[int, int]]:
    """Follow the sums back to the parcels that they are of."""
    lattice = table.lattice
    left, parcels = len(table.costs) - 1, []
    for number in range(len(places) - 1, -1, -1):
        total, before = states[number + 1][count, left], states[number]
        if total == before[count, left]:
            continue
        below = lattice.below[lattice.wholes == left]
        for used, ranks in enumerate(sent[number][:count], start=1):
            match = np.flatnonzero(ranks[below] + before[count - used, left - below] == total)
            if len(match):
                part = int(below[match[0]])
                parcels += [
                    (point, places.item(number))
                    for point in _apart(lattice, sent[number], part, used)
                ]
                left, count = left - part, count - used
                break
    return parcels


def _apart(lattice: Lattice, ways: Sequence[Integers], point: int, count: int) -> list[int]:
    """Return the *count* points that one place sends for *point*."""
    parts = []
    while count > 1:
        below = lattice.below[lattice.wholes == point]
        offers = ways[0][below] + ways[count - 2][point - below]
        part = int(below[int(offers.argmin())])
        parts.append(part)
        point, count = point - part, count - 1
    return [*parts, point]
