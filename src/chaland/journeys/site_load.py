"""How much work waits at each location, as the decision about the next order sees it."""

import threading
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chaland.fulfilment.queries import waiting_by_location
from chaland.network.types import NetworkSnapshot

FRESH_SECONDS = 2.0
"""Load counts tens to hundreds of orders a day: a count two seconds old decides just as well."""


@dataclass(slots=True)
class _Counted:
    revision: int
    until: float
    load: npt.NDArray[np.int32]


_lock = threading.Lock()
_counted: _Counted | None = None


def waiting_load(network: NetworkSnapshot) -> npt.NDArray[np.int32]:
    """Return, by dense location index, the fulfilment orders that wait to leave.

    The array is shared and meant to be counted up by decisions, so that the orders of the next
    moments see what was just assigned; the database's own count replaces it every two seconds.
    """
    global _counted  # noqa: PLW0603 - one count for the process, under its lock
    with _lock:
        if (
            _counted is None
            or _counted.until < time.monotonic()
            or _counted.revision != network.revision
        ):
            load = np.zeros(len(network), np.int32)
            for location_id, waiting in waiting_by_location().items():
                index = network.index_of.get(location_id)
                if index is not None:
                    load[index] = waiting
            _counted = _Counted(network.revision, time.monotonic() + FRESH_SECONDS, load)
        return _counted.load
