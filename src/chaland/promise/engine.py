"""The one place where times are worked out, for the quote and for the choice of a location.

A ``PromiseEngine`` holds one revision of the network and of the carriers' services. It remembers
when each location's next departure is and until when that holds, so that most calls only look it
up. What it remembers never changes an answer.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import prod, sqrt

import numpy as np
from numpy.typing import NDArray

from chaland.network.types import LocationFacts, NetworkSnapshot
from chaland.promise.learning import Stage
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
from chaland.promise.rules.lanes import Departures, Lane, arrays_of, nothing_known
from chaland.promise.rules.learned import (
    FEWEST,
    DeliveryWeek,
    Handling,
    Learned,
    TransitDays,
    area_of,
)
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

_SUREST = 0.995
"""Nothing is promised more surely than this: history says too little of rarer things."""
_BEYOND_KM = 150.0
"""Half the width of the last zone of distance, which has no end."""
PICKUP_CONFIDENCE = 0.95
"""The stated share of pickup orders that are ready in time, until history says otherwise."""


class PromiseEngine:
    """Windows of time for one revision of network and services. Threads may share it."""

    def __init__(
        self,
        network: NetworkSnapshot,
        facts: PromiseFacts,
        learned: Learned | None = None,
        *,
        confidence: float | None = None,
        carriages: tuple[Carriage, ...] | None = None,
    ) -> None:
        self.network = network
        self.facts = facts
        self.learned = learned
        self._level = confidence
        self.services: tuple[CarrierServiceFacts, ...] = tuple(
            service for service in facts.services if service.active
        )
        self.carriages: tuple[Carriage, ...] = carriages or tuple(
            carriage_of(service, facts.cards.get(service.code, ()), network)
            for service in self.services
        )
        self._handling = [self._learned_handling(place) for place in network.locations]
        self._origins = tuple(
            sorted({area_of(place.country, place.postal_code) for place in network.locations})
        )
        self._origin_of = np.array(
            [
                self._origins.index(area_of(place.country, place.postal_code))
                for place in network.locations
            ],
            np.int64,
        )
        self._confidence = [float(service.stated_confidence) for service in self.services]
        self._index = {service.code: index for index, service in enumerate(self.services)}
        self._docks = [
            Dock(
                WorkingTime(location.calendar),
                cut_off=location.cut_off,
                handling_seconds=60 * location.handling_minutes
                if handling is None
                else handling.within(sqrt(self._asked(PICKUP_CONFIDENCE))),
            )
            for location, handling in zip(network.locations, self._handling, strict=True)
        ]
        self._capacity = np.maximum(network.daily_capacity, 0).astype(np.int64)
        # Entries are replaced whole, never changed: a thread that reads an older one stays right.
        self._departures: dict[tuple[Collection, int], Departures] = {}
        self._lanes: dict[tuple[int, str, int], Lane] = {}
        self._deliveries: dict[tuple[DeliveryPattern, str], DeliveryDays] = {}
        self._terms: dict[tuple[str, str], Terms] = {}
        self._days: dict[tuple[int, str], TransitDays] = {}
        self._engines: dict[float, PromiseEngine] = {}

    def for_channel(self, channel: str) -> "PromiseEngine":
        """Return the engine that promises as surely as *channel* wants, if anything was learned."""
        level = self.terms(channel).confidence
        if self.learned is None or level is None or level == self._level:
            return self
        found = self._engines.get(level)
        if found is None:
            found = self._engines[level] = PromiseEngine(
                self.network,
                self.facts,
                self.learned,
                confidence=level,
                carriages=self.carriages,
            )
        return found

    def choose_services(
        self,
        codes: Sequence[str] | None,
        country: str,
        restrictions: frozenset[str] = frozenset(),
    ) -> tuple[int, ...]:
        """Return the indexes of the services to *country* that are named, or are of kind home.

        Those that refuse one of *restrictions*, which goods have, are left out.
        """
        return tuple(
            index
            for index, service in enumerate(self.services)
            if (service.code in codes if codes is not None else service.kind is ServiceKind.HOME)
            and (not service.countries or country in service.countries)
            and restrictions.isdisjoint(service.refused_restrictions)
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
        lane = self._arrivals(service, country, departures, slice(None))
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
        lane = self._arrivals(service, country, departures, slice(location, location + 1))
        return departure, lane.earliest[0], lane.latest[0]

    def shipped_window(
        self,
        service: int,
        country: str,
        location: int,
        zone: int,
        *,
        departure: int,
        until: int,
        earliest: int,
        latest: int,
    ) -> PromiseWindow:
        """Put moments of one lane into words; *until* is the last moment of ordering."""
        confidence, observations = self._confidence[service], 0
        days = self._transit(service, country)
        if days is not None and self.learned is not None:
            origin = self._origin_of[location]
            observations = int(days.parcels[origin, zone])
            if observations:
                weekday = (self._docks[location].hours.day_of(departure) - 1) % 7
                chance = float(days.chances[origin, weekday, zone])
                confidence = round(self.learned.told(chance * self._prepared(location)), 4)
        return _window(earliest, latest, departure, until, confidence, observations)

    def terms(self, channel: str, location: str = "") -> Terms:
        """Return what holds for promises of a channel, and for a location's part in them."""
        known = self._terms.get((channel, location))
        if known is None:
            known = self._terms[channel, location] = terms_for(self.facts.terms, channel, location)
        return known

    def next_departure(self, service: int, location: int, *, now: int, prepared: bool) -> int:
        """Return when goods leave a location, *prepared* or still to be, NEVER within the horizon.

        What is at the site already belongs to no other day: its cut-off does not count.
        """
        dock = self._docks[location]
        collection = self.carriages[service].collection
        return dock.collected(collection, now=now, prepared=prepared)

    def opening_time_after(self, location: int, moment: int, seconds: int) -> int:
        """Return when *seconds* of a location's opening time have passed since *moment*."""
        return self._docks[location].hours.finish(moment, seconds)

    def opening_seconds(self, location: int, start: int, end: int) -> int:
        """Return how much opening time of a location lies between two moments, in seconds."""
        return self._docks[location].hours.between(start, end)

    def readiness(self, location: int, *, now: int, delay: int, queue_days: int) -> Readiness:
        """Return when goods of a location's own stock are ready for collection there."""
        return self._docks[location].readiness(now=now + delay, queue_days=queue_days)

    def handling_at(self, location: int) -> Handling | None:
        """Return what was learned of how long a location takes, if enough was."""
        return self._handling[location]

    def pickup_window(self, location: int, readiness: Readiness, *, delay: int) -> PromiseWindow:
        """Put a readiness into words."""
        latest = readiness.latest
        until = readiness.until - delay
        handling = self._handling[location]
        if handling is None or self.learned is None:
            return _window(readiness.moment, latest, latest, until, PICKUP_CONFIDENCE, 0)
        confidence = round(self.learned.told(self._prepared(location)), 4)
        return _window(readiness.moment, latest, latest, until, confidence, handling.parcels)

    def _departures_of(
        self, collection: Collection, now: int, delay: int, queue_days: Integers
    ) -> Departures:
        start = now + delay
        known = self._departures.get((collection, delay))
        if known is None:
            known = nothing_known(len(self.network))
        stale = (known.since > start) | (known.until < start) | (known.queue_days != queue_days)
        if not stale.any():
            return known
        fresh = Departures(*(array.copy() for array in arrays_of(known)))
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

    def _arrivals(self, service: int, country: str, departures: Departures, places: slice) -> Lane:
        """Return when what leaves the locations *places* by *departures* arrives."""
        carriage = self.carriages[service]
        never = departures.moment == NEVER
        days = departures.day[~never]
        first, last = (int(days.min()), int(days.max())) if len(days) else (0, 0)
        calendar = self._delivery_days(carriage.delivery, country, first, last)
        left = np.where(never, first, departures.day)
        longest = carriage.latest_days
        learned = self._transit(service, country)
        if learned is not None:
            origins = self._origin_of[places]
            longest = np.where(
                learned.parcels[origins] > 0,
                np.maximum(learned.days[origins, (left - 1) % 7], carriage.earliest_days),
                carriage.latest_days,
            )
        earliest, latest = calendar.arrivals(left, longest, carriage.earliest_days)
        earliest[never], latest[never] = NEVER, NEVER
        return Lane(departures, earliest, latest)

    def _transit(self, service: int, country: str) -> TransitDays | None:
        """Return the learned days of a service, if anything at all was learned of carriage."""
        learned = self.learned
        if learned is None or Stage.TRANSIT not in learned.model.stages:
            return None
        key = service, country
        found = self._days.get(key)
        if found is None:
            facts, carriage = self.services[service], self.carriages[service]
            starts = [0.0, *(km_at(float(cosine)) for cosine in carriage.limits)]
            ends = [*starts[1:], starts[-1] + 2 * _BEYOND_KM]
            level = float(facts.stated_confidence)
            found = self._days[key] = learned.transit(
                facts.code,
                facts.transit_bands,
                country,
                origins=self._origins,
                middles=tuple((a + b) / 2 for a, b in zip(starts, ends, strict=True)),
                share=sqrt(self._asked(level)),
                delivers=DeliveryWeek(carriage.delivery.weekdays),
            )
        return found

    def _asked(self, usual: float) -> float:
        """Return the chance to ask of what was learned for what this engine wants to keep."""
        level = min(usual if self._level is None else self._level, _SUREST)
        return level if self.learned is None else self.learned.asked(level)

    def _learned_handling(self, place: LocationFacts) -> Handling | None:
        found = None if self.learned is None else self.learned.handling.get(place.code)
        return found if found is not None and found.parcels >= FEWEST else None

    def _prepared(self, location: int) -> float:
        """Return the chance that a location has prepared an order in the time that was asked."""
        if self._handling[location] is None:
            return 1.0
        return sqrt(self._asked(PICKUP_CONFIDENCE))

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
        basis="learned" if all(window.basis == "learned" for window in windows) else "stated",
        observations=min(window.observations for window in windows),
        dispatch_by=max(window.dispatch_by for window in windows),
        order_before=min(window.order_before for window in windows),
    )


@lru_cache(maxsize=16_384)
def _window(
    earliest: int, latest: int, dispatch: int, until: int, confidence: float, observations: int
) -> PromiseWindow:
    """Put moments into words. Kept, because the orders of a day share few windows."""
    return PromiseWindow(
        earliest=as_datetime(earliest),
        latest=as_datetime(latest),
        confidence=confidence,
        basis="learned" if observations else "stated",
        observations=observations,
        dispatch_by=as_datetime(dispatch),
        order_before=as_datetime(until),
    )


__all__ = [
    "HORIZON_DAYS",
    "NEVER",
    "OUT_OF_REACH",
    "Cargo",
    "Carriage",
    "Departures",
    "Handling",
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
