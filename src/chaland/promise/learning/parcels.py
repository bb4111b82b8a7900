"""What the learning knows of parcels: what was asked for, what happened, and when.

Moments are whole seconds of the wall clock at the destination (``wall_seconds``): a promise is a
day in the customer's calendar. A parcel's way has stages; each is learned by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

SECONDS_A_DAY = 86_400
SHARES = (0.5, 0.8, 0.9, 0.95, 0.98)
"""The shares of parcels whose deadlines are noted with a forecast and kept true afterwards."""

_EPOCH = date(1970, 1, 1).toordinal()
_NOT_YET = np.inf


class Stage(StrEnum):
    """A part of the way: from the order to the carrier, from there to the customer, or all."""

    HANDLING = "handling"
    TRANSIT = "transit"
    TOTAL = "total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """What is known of a parcel when its arrival is promised.

    ``origin`` and ``destination`` name areas from the broad to the narrow, as many as are known
    (``("FR", "33", "33000")``); a lane is the broadest of both. ``carriage_price`` is what the
    customer pays for it, in any currency that stays the same. ``country`` (ISO 3166 alpha-2) is
    the one whose public holidays count. ``stated_handling_days`` and ``stated_transit_days`` are
    what the retailer states, in days of the calendar, holding for the share ``stated_confidence``
    of parcels; None where nothing is stated.
    """

    site: str
    carrier: str
    origin: tuple[str, ...]
    destination: tuple[str, ...]
    country: str = ""
    distance_km: float | None = None
    weight_grams: float = 0.0
    items: int = 1
    carriage_price: float | None = None
    stated_handling_days: float | None = None
    stated_transit_days: float | None = None
    stated_confidence: float = 0.95

    def stated_days(self, stage: Stage) -> float | None:
        """Return how long *stage* takes as the retailer states it, if anything is stated."""
        handling, transit = self.stated_handling_days, self.stated_transit_days
        if stage is Stage.HANDLING:
            return handling
        if stage is Stage.TRANSIT or transit is None:
            return transit if stage is Stage.TRANSIT else handling
        return transit + (handling or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a forecast said, kept with the parcel to be held against what happens.

    ``expected`` is the parcel's time scale in a learned forecast, None if it rests on what is
    stated; ``deadlines`` are the moments by which each of ``SHARES`` was to be over. ``promised``
    is the end of the day that was promised so that the share ``late`` of all parcels be late.
    """

    expected: float | None
    deadlines: tuple[int, ...]
    promised: int | None = None
    late: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A parcel, and when each thing happened to it; None: not yet, or nobody knows.

    ``notes`` are of stages that were forecast when they began.
    """

    trip: Trip
    ordered_at: int
    handed_at: int | None = None
    delivered_at: int | None = None
    notes: tuple[tuple[Stage, Note], ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """Observations with their moments in columns (seconds; infinite: not yet)."""

    observations: Sequence[Observation]
    ordered: Floats
    handed: Floats
    delivered: Floats

    @classmethod
    def of(cls, observations: Sequence[Observation]) -> "History":
        """Put *observations* in columns, in the order in which they were ordered."""
        rows = sorted(observations, key=_order)
        return cls(
            rows,
            np.array([row.ordered_at for row in rows], np.float64),
            np.array([_moment(row.handed_at) for row in rows], np.float64),
            np.array([_moment(row.delivered_at) for row in rows], np.float64),
        )

    def span(self, stage: Stage) -> tuple[Floats, Floats]:
        """Return when *stage* began and ended for each parcel; infinite: it has not."""
        begun = self.handed if stage is Stage.TRANSIT else self.ordered
        ended = self.handed if stage is Stage.HANDLING else self.delivered
        return begun, ended


def wall_seconds(moment: datetime, zone: tzinfo) -> int:
    """Return *moment* as the clocks of *zone* show it, in seconds since 1970 by those clocks."""
    return int(moment.astimezone(zone).replace(tzinfo=UTC).timestamp())


def day_of(moment: float) -> date:
    """Return the calendar day of a moment of the wall clock."""
    return date.fromordinal(_EPOCH + int(moment // SECONDS_A_DAY))


def _order(row: Observation) -> tuple[int, str, float, float]:
    return row.ordered_at, row.trip.site, _moment(row.handed_at), _moment(row.delivered_at)


def _moment(at: int | None) -> float:
    return _NOT_YET if at is None else float(at)
