"""A good split of an order that has too many units for every plan to be compared."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chaland.sourcing.rules.items import Item
from chaland.sourcing.rules.pieces import Piece
from chaland.sourcing.rules.pricing import UNREACHABLE
from chaland.sourcing.rules.splits import Integers, Parcel, Plan, Search

_Held = dict[int, NDArray[np.int32]]


def greedy_plan(search: Search, pieces: Sequence[Piece]) -> Plan | None:
    """Send, again and again, the parcel that costs least per piece it carries.

    A piece that some place holds whole stays whole. Returns None without enough units, a way to
    carry them, or room in the number of parcels.
    """
    held: _Held = {
        item.sku_id: search.available(item).copy() for piece in pieces for item in piece.items
    }
    parcels: list[Parcel] = []
    together = [piece for piece in pieces if not piece.alone]
    for group in [*([piece] for piece in pieces if piece.alone), together]:
        if group and not _serve(search, group, held, parcels):
            return None
    if search.most is not None and len(parcels) > search.most:
        return None
    return search.plan(parcels, exact=False)


def _serve(search: Search, pieces: Sequence[Piece], held: _Held, parcels: list[Parcel]) -> bool:
    left = np.array([piece.times for piece in pieces], np.int64)
    counts = left.copy()
    while left.any():
        taken = np.stack(
            [_takes(piece, units, held) for piece, units in zip(pieces, left.tolist(), strict=True)]
        )
        places = np.flatnonzero(taken.any(axis=0))
        if not len(places):
            return False
        loads, which = np.unique(taken[:, places], axis=1, return_inverse=True)
        carried = [_items(pieces, load) for load in loads.T.tolist()]
        prices, _ = search.rates.price_loads(
            search.row, [search.load(items) for items in carried], places
        )
        column = np.arange(len(places))
        own = prices[which.ravel(), column] + _own_units(search, carried, which.ravel(), places)
        share = (taken[:, places] / counts[:, None]).sum(axis=0)
        best = int((own / share).argmin())
        if own[best] >= UNREACHABLE:
            return False
        number = int(which.ravel()[best])
        load = _that_fits(pieces, loads[:, number].tolist(), held, int(places[best]))
        if not any(load):
            return False
        parcels.append(parcel_of(search, _items(pieces, load), int(places[best])))
        left -= np.array(load)
    return True


def _takes(piece: Piece, left: int, held: _Held) -> Integers:
    """Return how many of a piece each place would send: all that is left if some place can."""
    possible = np.full(len(next(iter(held.values()))), left, np.int64)
    for item in piece.items:
        possible = np.minimum(possible, held[item.sku_id] // item.quantity)
    if left and (possible == left).any():
        return np.where(possible == left, left, 0)
    return possible


def _that_fits(pieces: Sequence[Piece], load: Sequence[int], held: _Held, place: int) -> list[int]:
    """Take a load out of the stock, less of it where two pieces want the same units."""
    taken = []
    for piece, wanted in zip(pieces, load, strict=True):
        needs: dict[int, int] = {}
        for item in piece.items:
            needs[item.sku_id] = needs.get(item.sku_id, 0) + item.quantity
        units = min(wanted, *(held[sku].item(place) // need for sku, need in needs.items()))
        for sku, need in needs.items():
            held[sku][place] -= units * need
        taken.append(units)
    return taken


def _own_units(
    search: Search,
    carried: Sequence[Sequence[Item]],
    which: NDArray[np.intp],
    places: NDArray[np.intp],
) -> Integers:
    units = search.rates.units
    if units is None:
        return np.zeros(len(places), np.int64)
    prices = np.stack([units.of_items(items, places).sum(axis=0) for items in carried])
    own: Integers = prices[which, np.arange(len(places))]
    return own


def _items(pieces: Sequence[Piece], load: Sequence[int]) -> tuple[Item, ...]:
    return tuple(
        item
        for piece, units in zip(pieces, load, strict=True)
        if units
        for item in piece.part(units)
    )


def parcel_of(search: Search, items: tuple[Item, ...], location: int) -> Parcel:
    """Return one parcel with *items* from a location by its cheapest service."""
    column = np.array([location], np.intp)
    costs, services = search.rates.price_loads(search.row, [search.load(items)], column)
    cost = costs.item(0, 0)
    if search.rates.units is not None:
        cost += int(search.rates.units.of_items(items, column).sum())
    return Parcel(location, services.item(0, 0), items, cost)
