"""Stock of many SKUs at all locations, as an array."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class OpenQuotas:
    """What quotas still hold, as parallel arrays: ``units`` (> 0) of a SKU at a location."""

    skus: npt.NDArray[np.int32]
    locations: npt.NDArray[np.int32]
    channels: npt.NDArray[np.int32]
    units: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class StockMatrix:
    """Available units per SKU and location: ``available[row_of[sku_id], dense_location]``."""

    sku_ids: tuple[int, ...]
    available: npt.NDArray[np.int32]
    row_of: Mapping[int, int] = field(repr=False)
