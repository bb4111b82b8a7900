"""What ring-fences still hold: the quotas that inventory keeps, as arrays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from chaland.availability.rules.keeping import Units
from chaland.inventory.queries import quotas
from chaland.network.types import NetworkSnapshot


@dataclass(frozen=True, slots=True)
class FenceReader:
    """Reads what the quotas of channels have left of SKUs: a row per SKU, by L. One query."""

    network: NetworkSnapshot

    def __call__(self, sku_ids: Sequence[int], channels: Iterable[str]) -> dict[str, Units]:
        """Return the units that each of *channels* alone may take; absent for one without any."""
        row_of = {sku_id: row for row, sku_id in enumerate(sku_ids)}
        codes = {self.network.channels[code].id: code for code in channels}
        held: dict[str, Units] = {}
        for quota in quotas(list(row_of)):
            code, left = codes.get(quota.channel_id), quota.granted - quota.used
            column = self.network.index_of.get(quota.location_id)
            if code is None or column is None or left <= 0:
                continue
            if code not in held:
                held[code] = np.zeros((len(row_of), len(self.network)), np.int32)
            held[code][row_of[quota.sku_id], column] = left
        return held
