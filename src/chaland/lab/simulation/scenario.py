"""What happens whoever decides: orders, stock as it is written and as it is, goods that come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chaland.availability.withholding import Withholding
from chaland.network.types import NetworkSnapshot
from chaland.promise.engine import PromiseEngine
from chaland.sourcing.types import Demand

Units = NDArray[np.int32]


class Arrival(NamedTuple):
    """An order that comes in at a moment (seconds of the Unix epoch)."""

    at: int
    demand: Demand


def _none() -> NDArray[np.int64]:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StockChanges:
    """What changes stock beside the orders, in time order: deliveries, sales in shops, counts.

    Parallel arrays: the moment, the row and column of the position, by how much the record and
    by how much the shelf changes. Neither falls below zero.
    """

    at: NDArray[np.int64] = field(default_factory=_none)
    row: NDArray[np.int64] = field(default_factory=_none)
    location: NDArray[np.int64] = field(default_factory=_none)
    recorded: NDArray[np.int64] = field(default_factory=_none)
    actual: NDArray[np.int64] = field(default_factory=_none)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Scenario:
    """One period of one network.

    ``recorded`` (rows of ``sku_ids`` by locations) is what the records say is free at the start,
    ``actual`` what is on the shelf for it, ``chance`` the known probability that a unit which the
    record holds is found (None: nothing is known). Orders are decided every ``tick`` seconds,
    from ``starts`` on. ``whole_lines``: a line that is not complete is not sent at all; otherwise
    what was found is. ``packaging`` is a parcel's material (1/10 000 of the currency unit): what a
    picker who finds nothing does not use. ``seed`` draws the carriers' luck, which is
    the same whoever decides.
    """

    network: NetworkSnapshot
    promise: PromiseEngine
    sku_ids: tuple[int, ...]
    recorded: Units
    actual: Units
    arrivals: Sequence[Arrival]
    withholding: Withholding
    starts: int
    tick: int = 900
    changes: StockChanges = field(default_factory=StockChanges)
    chance: NDArray[np.float32] | None = None
    whole_lines: bool = False
    packaging: int = 0
    seed: int = 0
    row_of: Mapping[int, int] = field(init=False)

    def __post_init__(self) -> None:
        """Number the SKUs."""
        rows = {sku: row for row, sku in enumerate(self.sku_ids)}
        object.__setattr__(self, "row_of", rows)
