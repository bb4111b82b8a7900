"""Foretell whether what is on its way comes in time, as things stand now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import numpy as np

from chaland.promise.engine import NEVER, PromiseEngine, as_datetime, moment_of
from chaland.promise.learning import Model, Stage, Trip, day_of, wall_seconds
from chaland.promise.rules.deliveries import time_zone_of
from chaland.promise.rules.learned import area_of, trip
from chaland.promise.types import CarrierServiceFacts

RENEWED_SHARE = 0.9
"""A new date is one that nine of ten such parcels keep."""
_LATE_SHARE = 0.05
_MOST_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTheWay:
    """A part of an order that was promised for ``promised_latest``.

    ``location`` is a dense index; ``not_before`` is when the site may begin; ``prepared`` says that
    nothing but the carrier is missing; ``shipped_at`` None: still at the site. Without a service
    it is to be collected.
    """

    id: UUID
    location: int
    service: str | None
    country: str
    postal_code: str
    distance_km: float
    items: int
    not_before: datetime
    prepared: bool
    shipped_at: datetime | None
    promised_latest: datetime


@dataclass(frozen=True, slots=True)
class Prospect:
    """The chance that a promise is kept, and the day that could be promised instead."""

    chance: float
    latest: datetime


def prospects(
    works: Sequence[OnTheWay], promise: PromiseEngine, *, now: datetime
) -> dict[UUID, Prospect]:
    """Return the prospects of *works* by id; parts of unknown services are left out."""
    found = {work.id: _pickup(work, promise, now) for work in works if work.service is None}
    shipped = [
        (work, promise.facts.by_code[work.service])
        for work in works
        if work.service is not None and work.service in promise.facts.by_code
    ]
    if shipped:
        found |= _shipped(shipped, promise, now)
    return found


def _pickup(work: OnTheWay, promise: PromiseEngine, now: datetime) -> Prospect:
    start = moment_of(max(now, work.not_before))
    left = promise.opening_seconds(work.location, start, moment_of(work.promised_latest))
    ready = promise.readiness(work.location, now=start, delay=0, queue_days=0)
    handling = promise.handling_at(work.location)
    if handling is not None:
        chance = handling.chance(left)
    else:
        in_time = ready.moment <= moment_of(work.promised_latest)
        chance = 1 - _LATE_SHARE if in_time else _LATE_SHARE
    return Prospect(chance, as_datetime(ready.latest))


def _shipped(
    works: Sequence[tuple[OnTheWay, CarrierServiceFacts]], promise: PromiseEngine, now: datetime
) -> dict[UUID, Prospect]:
    model = Model(0, {}) if promise.learned is None else promise.learned.model
    zones = [time_zone_of(work.country) for work, _ in works]
    left_at = [_leaves(work, promise, now) for work, _ in works]
    beyond = moment_of(now) + _MOST_DAYS * 86_400
    begun = np.array(
        [
            float(wall_seconds(as_datetime(min(moment, beyond)), zone))
            for moment, zone in zip(left_at, zones, strict=True)
        ]
    )
    known = np.array([float(wall_seconds(now, zone)) for zone in zones])
    by = np.array(
        [
            float(wall_seconds(work.promised_latest, zone))
            for (work, _), zone in zip(works, zones, strict=True)
        ]
    )
    forecasts = model.forecasts(
        Stage.TRANSIT, [_trip(work, service, promise) for work, service in works], begun.tolist()
    )
    on_their_way = np.array([work.shipped_at is not None for work, _ in works])
    # What has not left yet cannot have arrived by now.
    seen = np.where(on_their_way, known, begun)
    chances = forecasts.chances(by, known_open_at=seen)
    over = 1 - forecasts.chances(seen)
    shares = np.minimum(1 - over * (1 - RENEWED_SHARE), 0.999)
    ends = np.maximum(forecasts.moments(shares), known)
    return {
        work.id: Prospect(
            float(chance) if moment < NEVER else 0.0, _delivered_by(work, service, float(end))
        )
        for (work, service), moment, chance, end in zip(works, left_at, chances, ends, strict=True)
    }


def _trip(work: OnTheWay, service: CarrierServiceFacts, promise: PromiseEngine) -> Trip:
    site = promise.network.locations[work.location]
    return trip(
        service=service.code,
        origin=area_of(site.country, site.postal_code),
        country=work.country,
        km=work.distance_km,
        bands=service.transit_bands,
        destination=area_of(work.country, work.postal_code),
        items=work.items,
    )


def _leaves(work: OnTheWay, promise: PromiseEngine, now: datetime) -> int:
    if work.shipped_at is not None:
        return moment_of(work.shipped_at)
    service = promise.service_index(work.service or "")
    if service is None:
        return NEVER
    start = moment_of(max(now, work.not_before))
    return promise.next_departure(service, work.location, now=start, prepared=work.prepared)


def _delivered_by(work: OnTheWay, service: CarrierServiceFacts, end: float) -> datetime:
    """Return the end of the carrier's first delivery day on which *end* is past."""
    day: date = day_of(end)
    for _ in range(_MOST_DAYS):
        if day.weekday() in service.delivery_weekdays:
            break
        day += timedelta(days=1)
    zone = time_zone_of(work.country)
    return datetime.combine(day, service.delivery_until, zone).astimezone(UTC)
