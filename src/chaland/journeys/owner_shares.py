"""Which part of the work each owner had lately, for strategies that share it out."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chaland.fulfilment.queries import planned_by_location
from chaland.network.types import NetworkSnapshot

FRESH_SECONDS = 300.0
"""Shares are of days of work: what five minutes change of them does not matter."""


@dataclass(frozen=True, slots=True)
class _Counted:
    until: float
    shares: Mapping[str, float]


_lock = threading.Lock()
_counted: dict[tuple[int, int], _Counted] = {}


def shares_of_work(network: NetworkSnapshot, now: datetime) -> Callable[[int], Mapping[str, float]]:
    """Return what tells, by organisation, its part (0 to 1) of the parts of orders of some days.

    Nothing is read before it is asked; then it is remembered for some minutes.
    """

    def shares(days: int) -> Mapping[str, float]:
        key = (days, network.revision)
        with _lock:
            known = _counted.get(key)
            if known is None or known.until < time.monotonic():
                if len(_counted) > 1:
                    _counted.clear()
                fresh = time.monotonic() + FRESH_SECONDS
                known = _counted[key] = _Counted(fresh, _read(network, now - timedelta(days)))
            return known.shares

    return shares


def _read(network: NetworkSnapshot, since: datetime) -> Mapping[str, float]:
    parts: Counter[str] = Counter()
    for location_id, count in planned_by_location(since=since).items():
        index = network.index_of.get(location_id)
        if index is not None:
            parts[network.locations[index].organisation] += count
    total = parts.total()
    return {code: count / total for code, count in parts.items()} if total else {}
