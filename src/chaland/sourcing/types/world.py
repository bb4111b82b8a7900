"""What decisions depend on beside the demand: one moment of network, stock, load and rules."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chaland.availability.sellable import SellableStock
from chaland.network.types import NetworkSnapshot
from chaland.promise.engine import PromiseEngine
from chaland.sourcing.types.strategies import PolicyBook


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class UnitOutlook:
    """What else giving one unit away means; the rows of the world's stock by L. None: not known.

    ``scarcity`` is its shadow price: what the last unit there is worth to orders to come.
    ``unpickable`` is the probability (0 to 1) that a unit said to be there is not found.
    ``ageing`` is what is gained by selling it now rather than later. Prices are in 1/10 000 of the
    currency unit, before a strategy's weights.
    """

    scarcity: NDArray[np.int64] | None = None
    unpickable: NDArray[np.float32] | None = None
    ageing: NDArray[np.int64] | None = None


class ShadowPrice(NamedTuple):
    """What the last units of a SKU at a location are worth to orders to come.

    ``price`` is in 1/10 000 of the currency unit, more than 0; ``until`` is when more is expected,
    or as far as was looked ahead.
    """

    sku_id: int
    location_id: int
    price: int
    until: datetime


@dataclass(slots=True, kw_only=True)
class World:
    """Everything a decision depends on. ``stock`` and ``load`` are used up by the decisions.

    Each demand is decided on what its channel may sell of ``stock`` by its method, as ``policies``
    say. ``load`` counts, by dense location index, the fulfilment orders that wait to leave each
    location. ``now`` carries its offset.
    """

    network: NetworkSnapshot
    promise: PromiseEngine
    stock: SellableStock
    load: NDArray[np.int32]
    now: datetime
    policies: PolicyBook
    outlook: UnitOutlook | None = None
