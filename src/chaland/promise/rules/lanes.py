"""Departures by location, and the arrivals they lead to, as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chaland.promise.rules.working_time import NEVER

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Departures:
    """When each location (L) lets goods go by one carrier, for orders ``since`` … ``until``."""

    since: Integers
    until: Integers
    queue_days: Integers
    moment: Integers
    day: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """Departures of one service and the arrivals they lead to, by location and zone (L × Z)."""

    departures: Departures
    earliest: Integers
    latest: Integers


def arrays_of(departures: Departures) -> tuple[Integers, ...]:
    """Return the columns of departures in the order of their fields."""
    return (
        departures.since,
        departures.until,
        departures.queue_days,
        departures.moment,
        departures.day,
    )


def nothing_known(count: int) -> Departures:
    """Return departures that are all out of date."""
    past, never = np.full(count, -1, np.int64), np.full(count, NEVER, np.int64)
    zero = np.zeros(count, np.int64)
    return Departures(never, past, zero, never, zero)
