"""What a channel may sell of some SKUs, computed from the stock: the one place that adds it up.

The view in memory, the published table, the series over time and slow answers all come from here.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from chaland.availability.sellable import SellableStock
from chaland.availability.types import SaleMethod
from chaland.availability.types.showing import StockLine
from chaland.catalog.types import SkuFacts
from chaland.network.types import Capability, NetworkSnapshot

Units = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

_NEEDED = {"ship": Capability.SHIP, "pickup": Capability.PICKUP}


def parts_of(facts: SkuFacts) -> list[int]:
    """Return the ids of the SKUs whose stock makes *facts* sellable: its own, or its parts'."""
    return [part.sku_id for part in facts.components] or [facts.id]


def part_ids(facts: Iterable[SkuFacts]) -> list[int]:
    """Return the ids of all SKUs whose stock has to be read for *facts*, sorted."""
    return sorted({part for item in facts for part in parts_of(item)})


def lines_of(
    channel: str,
    facts: Sequence[SkuFacts],
    stock: SellableStock,
    network: NetworkSnapshot,
    *,
    within: Mask | None = None,
) -> list[StockLine]:
    """Return what *channel* may sell of each SKU, at the locations marked in *within* (all).

    A SKU that is not active is not sold.
    """
    everything = units_at_locations(channel, None, facts, stock, network, within=within).sum(axis=1)
    ship = units_at_locations(channel, "ship", facts, stock, network, within=within).sum(axis=1)
    pickup = units_at_locations(channel, "pickup", facts, stock, network, within=within).sum(axis=1)
    return [
        StockLine(item.code, item.category, *(numbers if item.active else (0, 0, 0)))
        for item, *numbers in zip(
            facts, everything.tolist(), ship.tolist(), pickup.tolist(), strict=True
        )
    ]


def units_at_locations(
    channel: str,
    method: SaleMethod | None,
    facts: Sequence[SkuFacts],
    stock: SellableStock,
    network: NetworkSnapshot,
    *,
    within: Mask | None = None,
) -> Units:
    """Return units of each SKU (rows) that *channel* may sell by *method* at each location.

    A kit is there as often as one location has all of its parts. Locations that cannot do *method*
    have none.
    """
    found = explode(stock.of(channel, method), facts, stock.stock.row_of)
    keep = within
    if method is not None:
        able = network.can[_NEEDED[method]]
        keep = able if keep is None else able & keep
    return found if keep is None else np.where(keep, found, 0)


def explode(units: Units, facts: Sequence[SkuFacts], row_of: Mapping[int, int]) -> Units:
    """Return a row for each SKU from the rows of the SKUs that have stock of their own."""
    rows = [row_of[parts_of(item)[0]] for item in facts]
    found: Units = units[rows]
    for row, item in enumerate(facts):
        if item.components:
            found[row] = np.min(
                [units[row_of[part.sku_id]] // part.quantity for part in item.components], axis=0
            )
    return found
