"""What is missing when a demand cannot be served, line by line."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chaland.sourcing.rules.items import Item
from chaland.sourcing.types import DemandLine, Shortage

Mask = NDArray[np.bool_]
Stock = NDArray[np.int32]


class Seen(NamedTuple):
    """The stock of one moment as a decision sees it (S by L units).

    ``sellable`` is what the channel may sell, ``there`` all that is available: the same array when
    nothing is withheld.
    """

    sellable: Stock
    there: Stock


def holders_of(items: Sequence[Item], eligible: Mask, stock: Stock) -> Mask:
    """Mark the *eligible* locations that hold all of *items*."""
    holders = eligible
    for item in _by_sku(items):
        if item.row is None:
            return np.zeros_like(eligible)
        holders = holders & (stock[item.row] >= item.quantity)
    return holders


def available_in(item: Item, eligible: Mask, stock: Stock) -> int:
    """Return how many units of *item* the *eligible* locations hold together."""
    if item.row is None:
        return 0
    return int(np.maximum(stock[item.row][eligible], 0).sum())


def within_reach(items: Sequence[Item], eligible: Mask, stock: Stock) -> list[Item]:
    """Return *items* cut down to the units that exist, without those of which there are none."""
    left = {item.sku_id: available_in(item, eligible, stock) for item in items}
    reached = []
    for item in items:
        units = min(item.quantity, left[item.sku_id])
        left[item.sku_id] -= units
        if units:
            reached.append(item.part(units))
    return reached


def _by_sku(items: Sequence[Item]) -> Sequence[Item]:
    """Return *items* one a SKU: lines that are kept apart draw on the same stock."""
    totals: dict[int, Item] = {}
    for item in items:
        known = totals.get(item.sku_id)
        totals[item.sku_id] = item.part(item.quantity + (known.quantity if known else 0))
    return items if len(totals) == len(items) else list(totals.values())


def shortages_of(
    lines: Sequence[DemandLine], items: Sequence[Item], eligible: Mask, stock: Stock
) -> tuple[Shortage, ...]:
    """Return the lines that want more units than exist; earlier lines are served first."""
    left = {item.sku_id: available_in(item, eligible, stock) for item in items}
    totals = dict(left)
    found = []
    for number, line in enumerate(lines):
        served = min(left[line.sku_id], line.quantity)
        left[line.sku_id] -= served
        if served < line.quantity:
            found.append(
                Shortage(
                    line=number,
                    sku_id=line.sku_id,
                    wanted=line.quantity,
                    available=totals[line.sku_id],
                    short=line.quantity - served,
                )
            )
    return tuple(found)
