"""The one place where times are worked out, for the quote and for the choice of a location.

A ``PromiseEngine`` holds one revision of the network and of the carriers' services. It remembers
when each location's next departure is and until when that holds, so that most calls only look it
up. What it remembers never changes an answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod

import numpy as np
from numpy.typing import NDArray

from chaland.network.types import NetworkSnapshot
from chaland.promise.rules.carriage import (
    OUT_OF_REACH,
    Cargo,
    Carriage,
    Tariff,
    as_cost,
    carriage_of,
    km_at,
    rounded_km,
)
from chaland.promise.rules.deliveries import DeliveryDays, DeliveryPattern, on_saturday
from chaland.promise.rules.departures import Collection, Departure, Dock, Readiness
from chaland.promise.rules.terms import terms_for
from chaland.promise.rules.working_time import (
    HORIZON_DAYS,
    NEVER,
    WorkingTime,
    as_datetime,
    moment_of,
)
from chaland.promise.types import (
    CarrierServiceFacts,
    PromiseFacts,
    PromiseWindow,
    ServiceKind,
    Terms,
)

Integers = NDArray[np.int64]

PICKUP_CONFIDENCE = 0.95
"""The stated share of pickup orders that are ready in time, until history says otherwise."""


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


class PromiseEngine:
    """Windows of time for one revision of network and services. Threads may share it."""

    def __init__(self, network: NetworkSnapshot, facts: PromiseFacts) -> None:
        self.network = network
        self.facts = facts
        self.services: tuple[CarrierServiceFacts, ...] = tuple(
            service for service in facts.services if service.active
        )
        self.carriages: tuple[Carriage, ...] = tuple(
            carriage_of(service, facts.cards.get(service.code, ()), network)
            for service in self.services
        )
        self._confidence = [float(service.stated_confidence) for service in self.services]
        self._index = {service.code: index for index, service in enumerate(self.services)}
        self._docks = [
            Dock(
                WorkingTime(location.calendar),
                cut_off=location.cut_off,
                handling_seconds=60 * location.handling_minutes,
            )
            for location in network.locations
        ]
        self._capacity = np.maximum(network.daily_capacity, 0).astype(np.int64)
        # Entries are replaced whole, never changed: a thread that reads an older one stays right.
        self._departures: dict[tuple[Collection, int], Departures] = {}
        self._lanes: dict[tuple[int, str, int], Lane] = {}
        self._deliveries: dict[tuple[DeliveryPattern, str], DeliveryDays] = {}
        self._terms: dict[tuple[str, str], Terms] = {}

    def choose_services(self, codes: Sequence[str] | None, country: str) -> tuple[int, ...]:
        """Return the indexes of the services to *country* that are named, or are of kind home."""
        return tuple(
            index
            for index, service in enumerate(self.services)
            if (service.code in codes if codes is not None else service.kind is ServiceKind.HOME)
            and (not service.countries or country in service.countries)
        )

    def service_index(self, code: str) -> int | None:
        """Return the index of the active service called *code*, or None."""
        return self._index.get(code)

    def queue_days(self, load: NDArray[np.int32]) -> Integers:
        """Return how many whole days of work wait at each location; capacity 0 is unlimited."""
        waiting = np.maximum(load, 0).astype(np.int64)
        return np.where(self._capacity > 0, waiting // np.maximum(self._capacity, 1), 0)

    def queue_days_at(self, location: int, waiting: int) -> int:
        """Return how many whole days of work *waiting* fulfilment orders are at one location."""
        capacity = int(self._capacity[location])
        return max(waiting, 0) // capacity if capacity > 0 else 0

    def lane(
        self, service: int, country: str, *, now: int, delay: int, queue_days: Integers
    ) -> Lane:
        """Return when goods ordered at *now*, released *delay* seconds later, leave and arrive."""
        carriage = self.carriages[service]
        departures = self._departures_of(carriage.collection, now, delay, queue_days)
        known = self._lanes.get((service, country, delay))
        if known is not None and known.departures is departures:
            return known
        lane = self._arrivals(carriage, country, departures)
        self._lanes[service, country, delay] = lane
        return lane

    def lane_at(
        self, service: int, country: str, location: int, *, now: int, delay: int, queue_days: int
    ) -> tuple[Departure, Integers, Integers]:
        """Return one location's departure and its arrivals by zone, as ``lane`` would."""
        carriage = self.carriages[service]
        dock = self._docks[location]
        departure = dock.departure(carriage.collection, now=now + delay, queue_days=queue_days)
        alone = (now + delay, departure.until, queue_days, departure.moment, departure.day)
        departures = Departures(*(np.array([value], np.int64) for value in alone))
        lane = self._arrivals(carriage, country, departures)
        return departure, lane.earliest[0], lane.latest[0]

    def shipped_window(
        self, service: int, *, departure: int, until: int, earliest: int, latest: int
    ) -> PromiseWindow:
        """Put moments of one lane into words; *until* is the last moment of ordering."""
        return _window(earliest, latest, departure, until, self._confidence[service])

    def terms(self, channel: str, location: str = "") -> Terms:
        """Return what holds for promises of a channel, and for a location's part in them."""
        known = self._terms.get((channel, location))
        if known is None:
            known = self._terms[channel, location] = terms_for(self.facts.terms, channel, location)
        return known

    def opening_time_after(self, location: int, moment: int, seconds: int) -> int:
        """Return when *seconds* of a location's opening time have passed since *moment*."""
        return self._docks[location].hours.finish(moment, seconds)

    def opening_seconds(self, location: int, start: int, end: int) -> int:
        """Return how much opening time of a location lies between two moments, in seconds."""
        return self._docks[location].hours.between(start, end)

    def readiness(self, location: int, *, now: int, delay: int, queue_days: int) -> Readiness:
        """Return when goods of a location's own stock are ready for collection there."""
        return self._docks[location].readiness(now=now + delay, queue_days=queue_days)

    def pickup_window(self, readiness: Readiness, *, delay: int) -> PromiseWindow:
        """Put a readiness into words."""
        latest = readiness.latest
        until = readiness.until - delay
        return _window(readiness.moment, latest, latest, until, PICKUP_CONFIDENCE)

    def _departures_of(
        self, collection: Collection, now: int, delay: int, queue_days: Integers
    ) -> Departures:
        start = now + delay
        known = self._departures.get((collection, delay))
        if known is None:
            known = _nothing_known(len(self.network))
        stale = (known.since > start) | (known.until < start) | (known.queue_days != queue_days)
        if not stale.any():
            return known
        fresh = Departures(*(array.copy() for array in _arrays(known)))
        for location in np.flatnonzero(stale).tolist():
            queue = int(queue_days[location])
            found = self._docks[location].departure(collection, now=start, queue_days=queue)
            fresh.since[location] = start
            fresh.until[location] = found.until
            fresh.queue_days[location] = queue
            fresh.moment[location] = found.moment
            fresh.day[location] = found.day
        self._departures[collection, delay] = fresh
        return fresh

    def _arrivals(self, carriage: Carriage, country: str, departures: Departures) -> Lane:
        never = departures.moment == NEVER
        days = departures.day[~never]
        first, last = (int(days.min()), int(days.max())) if len(days) else (0, 0)
        calendar = self._delivery_days(carriage.delivery, country, first, last)
        earliest, latest = calendar.arrivals(
            np.where(never, first, departures.day), carriage.latest_days, carriage.earliest_days
        )
        earliest[never], latest[never] = NEVER, NEVER
        return Lane(departures, earliest, latest)

    def _delivery_days(
        self, pattern: DeliveryPattern, country: str, first: int, last: int
    ) -> DeliveryDays:
        known = self._deliveries.get((pattern, country))
        if known is None or not known.covers(first, last):
            known = DeliveryDays(pattern, country, first_day=first)
            self._deliveries[pattern, country] = known
        return known


def span(windows: Sequence[PromiseWindow]) -> PromiseWindow:
    """Return the window of an order that comes in several parts: all of them must be in time."""
    if len(windows) == 1:
        return windows[0]
    return PromiseWindow(
        earliest=min(window.earliest for window in windows),
        latest=max(window.latest for window in windows),
        confidence=round(prod(window.confidence for window in windows), 4),
        basis="stated",
        dispatch_by=max(window.dispatch_by for window in windows),
        order_before=min(window.order_before for window in windows),
    )


@lru_cache(maxsize=16_384)
def _window(
    earliest: int, latest: int, dispatch: int, until: int, confidence: float
) -> PromiseWindow:
    """Put moments into words. Kept, because the orders of a day share few windows."""
    return PromiseWindow(
        earliest=as_datetime(earliest),
        latest=as_datetime(latest),
        confidence=confidence,
        basis="stated",
        dispatch_by=as_datetime(dispatch),
        order_before=as_datetime(until),
    )


def _arrays(departures: Departures) -> tuple[Integers, ...]:
    return (
        departures.since,
        departures.until,
        departures.queue_days,
        departures.moment,
        departures.day,
    )


def _nothing_known(count: int) -> Departures:
    """Return departures that are all out of date."""
    past, never = np.full(count, -1, np.int64), np.full(count, NEVER, np.int64)
    zero = np.zeros(count, np.int64)
    return Departures(never, past, zero, never, zero)


__all__ = [
    "HORIZON_DAYS",
    "NEVER",
    "OUT_OF_REACH",
    "Cargo",
    "Carriage",
    "Departures",
    "Lane",
    "PromiseEngine",
    "Readiness",
    "Tariff",
    "as_cost",
    "as_datetime",
    "km_at",
    "moment_of",
    "on_saturday",
    "rounded_km",
    "span",
]
