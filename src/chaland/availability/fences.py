"""What ring-fences still hold: the quotas that inventory keeps, as arrays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from chaland.availability.rules.keeping import Units
from chaland.inventory.queries import open_quotas
from chaland.network.types import NetworkSnapshot


@dataclass(frozen=True, slots=True)
class FenceReader:
    """Reads what the quotas of channels have left of SKUs: a row per SKU, by L. One query."""

    network: NetworkSnapshot

    def __call__(self, sku_ids: Sequence[int], channels: Iterable[str]) -> dict[str, Units]:
        """Return the units that each of *channels* alone may take; absent for one without any."""
        ids = np.asarray(sku_ids, np.int32)
        codes = {self.network.channels[code].id: code for code in channels}
        found = open_quotas(ids.tolist(), codes)
        order = np.argsort(ids, kind="stable")
        held: dict[str, Units] = {}
        for channel in np.unique(found.channels).tolist():
            # A location may be newer than this snapshot of the network.
            own = (found.channels == channel) & (found.locations < len(self.network.index_of_id))
            rows = order[np.searchsorted(ids[order], found.skus[own])]
            columns = self.network.index_of_id[found.locations[own]]
            known = columns >= 0
            units = np.zeros((len(ids), len(self.network)), np.int32)
            units[rows[known], columns[known]] = found.units[own][known]
            held[codes[channel]] = units
        return held
