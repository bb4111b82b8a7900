"""Keep what happened to promises, and learn from it how long things take."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from chaland.database.revision import bump_revision
from chaland.database.statements import execute, fetch_all
from chaland.network.queries import snapshot
from chaland.network.types import NetworkSnapshot
from chaland.promise.engine import PromiseEngine, as_datetime, moment_of
from chaland.promise.learning import (
    FEWEST_PARCELS,
    History,
    Model,
    Observation,
    follow,
    learn,
    wall_seconds,
)
from chaland.promise.models import LearnedPromises, PromiseObservation
from chaland.promise.queries import REVISION, engine, learned, services
from chaland.promise.rules.deliveries import time_zone_of
from chaland.promise.rules.learned import Handling, area_of, next_factor, trip
from chaland.promise.types import CarrierServiceFacts, ObservedWork

MOST_OBSERVATIONS = 30_000
"""So many of the latest shipped parts are learned from: weeks of a large retailer."""
ANEW_EVERY = timedelta(days=1)
KEPT_STATES = 30
_LEARN_LOCK = 6_700_441
_HANDLING_WEEKS = 8
_FACTOR_DAYS = 28

_COLUMNS = ("service", "carrier", "weight_grams", "released_at", "handed_at", "done_at")


def observe(*, works: Sequence[ObservedWork]) -> None:
    """Keep one row for each of *works*; what is known is brought up to date, the promise stays."""
    network = snapshot()
    promise = engine(network)
    PromiseObservation.objects.bulk_create(
        [_row(work, network, promise) for work in works],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*_COLUMNS, "handling_seconds"],
    )


def _row(
    work: ObservedWork, network: NetworkSnapshot, promise: PromiseEngine
) -> PromiseObservation:
    place = network.by_code[work.site]
    site = network.locations[place]
    service = promise.facts.by_code.get(work.service)
    handling = None
    if work.released_at is not None and work.prepared_at is not None:
        handling = promise.opening_seconds(
            place, moment_of(work.released_at), moment_of(work.prepared_at)
        )
    return PromiseObservation(
        id=work.id,
        order_id=work.order_id,
        channel=work.channel,
        site=work.site,
        method=work.method,
        service=work.service,
        carrier="" if service is None else service.carrier_code,
        origin=area_of(site.country, site.postal_code),
        country=work.country,
        destination=area_of(work.country, work.postal_code),
        distance_km=work.distance_km,
        weight_grams=work.weight_grams,
        items=work.items,
        ordered_at=work.ordered_at,
        released_at=work.released_at,
        handed_at=work.handed_at,
        done_at=work.done_at,
        handling_seconds=handling,
        promised_earliest=work.promised_earliest,
        promised_latest=work.promised_latest,
        confidence=work.confidence,
        basis=work.basis,
    )


def forget_observations(*, before: datetime) -> None:
    """Remove what was ordered before a moment."""
    execute("DELETE FROM promise_observation WHERE ordered_at < %s", [before])


def learn_promises(*, now: datetime) -> bool:
    """Learn from what has happened by *now*; tell whether there was enough to.

    Of several workers one learns; once a day everything is worked out anew, between that only how
    fast things are these days. Engines follow by the revision.
    """
    if not fetch_all("SELECT 1 WHERE pg_try_advisory_xact_lock(%s)", [_LEARN_LOCK]):
        return False
    known = learned()
    rows = PromiseObservation.objects.filter(method="ship", handed_at__isnull=False).order_by(
        "-ordered_at", "id"
    )[:MOST_OBSERVATIONS]
    by_code = {item.code: item for item in services()}
    observations = [_observation(row, by_code) for row in rows if row.service in by_code]
    handling = _handling(now)
    if len(observations) < FEWEST_PARCELS and not handling:
        return False
    as_of = wall_seconds(now, time_zone_of(_country_of(observations)))
    history = History.of(observations)
    if known is None or now - _begun(known.model, now) >= ANEW_EVERY:
        model = learn(history, as_of=as_of)
    else:
        model = follow(known.model, history, as_of=as_of)
    factor = 1.0 if known is None else known.risk_factor
    previous = LearnedPromises.objects.order_by("-id").first()
    if previous is not None and now.date() > previous.learned_at.date():
        factor = _factor(factor, now)
    state = {
        "model": model.form(),
        "risk_factor": factor,
        "handling": {
            site: [item.parcels, item.seconds, {str(k): v for k, v in item.by_hour.items()}]
            for site, item in handling.items()
        },
    }
    newest = LearnedPromises.objects.create(
        learned_at=now, observations=len(observations), state=state
    )
    LearnedPromises.objects.filter(id__lte=newest.id - KEPT_STATES).delete()
    bump_revision(REVISION)
    return True


def _begun(model: Model, now: datetime) -> datetime:
    """Return when the structure of a model was learned; follow keeps it only within a day."""
    day = as_datetime(model.as_of).date()
    return now if day == now.date() else now - ANEW_EVERY


def _country_of(observations: Sequence[Observation]) -> str:
    return observations[-1].trip.country if observations else ""


def _observation(
    row: PromiseObservation, by_code: Mapping[str, CarrierServiceFacts]
) -> Observation:
    zone = time_zone_of(row.country)
    return Observation(
        trip=trip(
            service=row.service,
            origin=row.origin,
            country=row.country,
            km=row.distance_km,
            bands=by_code[row.service].transit_bands,
            destination=row.destination,
            weight_grams=float(row.weight_grams or 1000),
            items=row.items,
        ),
        ordered_at=wall_seconds(row.ordered_at, zone),
        handed_at=None if row.handed_at is None else wall_seconds(row.handed_at, zone),
        delivered_at=None if row.done_at is None else wall_seconds(row.done_at, zone),
    )


def _handling(now: datetime) -> dict[str, Handling]:
    """Return how long each site took lately, by its code."""
    network = snapshot()
    rows = (
        PromiseObservation.objects.filter(
            ordered_at__gte=now - timedelta(weeks=_HANDLING_WEEKS), handling_seconds__isnull=False
        )
        .order_by("site")
        .values_list("site", "handling_seconds", "released_at")
    )
    taken: dict[str, list[tuple[int, int]]] = {}
    for site, seconds, released_at in rows:
        place = network.location(site)
        if place is not None and seconds is not None and released_at is not None:
            hour = released_at.astimezone(place.calendar.zone).hour
            taken.setdefault(site, []).append((seconds, hour))
    return {site: Handling.of(*np.array(items, np.int64).T) for site, items in taken.items()}


def _factor(factor: float, now: datetime) -> float:
    """Return the risk factor after the learned promises that fell due lately."""
    [(due, late, expected)] = fetch_all(
        """
        SELECT count(*)::int,
               (count(*) FILTER (WHERE done_at IS NULL OR done_at > promised_latest))::int,
               coalesce(sum(1 - confidence), 0)::float
          FROM promise_observation
         WHERE basis = 'learned' AND promised_latest < %s AND promised_latest >= %s
           AND ordered_at >= %s
        """,
        [now, now - timedelta(days=_FACTOR_DAYS), now - timedelta(days=3 * _FACTOR_DAYS)],
    )
    return next_factor(factor, late=late, expected_late=expected) if due else factor
