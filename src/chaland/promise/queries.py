"""Reads: the carriers' services, and the engine that works with them, kept in memory."""

import threading
from typing import Any, TypeGuard

from chaland.database.revision import read_revisions
from chaland.kernel.errors import NotFoundError
from chaland.network.types import NetworkSnapshot
from chaland.promise.engine import PromiseEngine
from chaland.promise.models import CarrierService
from chaland.promise.rules.forms import service_form, tariff_of, transit_of
from chaland.promise.types import (
    CarrierServiceDraft,
    CarrierServiceFacts,
    PromiseFacts,
    ServiceKind,
)

REVISION = "promise"

_building = threading.Lock()
_latest: PromiseEngine | None = None


def engine(network: NetworkSnapshot, revision: int | None = None) -> PromiseEngine:
    """Return the engine for *network* and the present services; it is shared by all threads.

    *revision* is what ``read_revisions().get("promise", 0)`` said in this transaction; without
    it, one small query asks.
    """
    global _latest  # noqa: PLW0603 - one engine for the process
    if revision is None:
        revision = read_revisions().get(REVISION, 0)
    current = _latest
    if _is_current(current, network, revision):
        return current
    with _building:
        current = _latest
        if not _is_current(current, network, revision):
            current = _latest = PromiseEngine(network, _facts(revision))
        return current


def services(*, after: str = "", limit: int | None = None) -> list[CarrierServiceFacts]:
    """Return the carriers' services, active or not, by code; at most *limit* *after* a code."""
    rows = CarrierService.objects.select_related("carrier").order_by("code")
    return [_service(row) for row in rows.filter(code__gt=after)[:limit]]


def service_version(code: str) -> int:
    """Return the version of the service called *code*; 0 when there is none."""
    found = CarrierService.objects.filter(code=code).values_list("version", flat=True).first()
    return found or 0


def form_of(service: CarrierServiceDraft) -> dict[str, Any]:
    """Return a service as the JSON that the API and the audit log show."""
    return service_form(service)


def service(code: str) -> CarrierServiceFacts:
    """Return the carrier's service called *code*. Raises NotFoundError."""
    row = CarrierService.objects.select_related("carrier").filter(code=code).first()
    if row is None:
        raise NotFoundError("carrier service", code)
    return _service(row)


def _is_current(
    known: PromiseEngine | None, network: NetworkSnapshot, revision: int
) -> TypeGuard[PromiseEngine]:
    return known is not None and known.network is network and known.facts.revision == revision


def _facts(revision: int) -> PromiseFacts:
    found = tuple(sorted(services(), key=lambda item: item.id))
    return PromiseFacts(
        revision=revision, services=found, by_code={item.code: item for item in found}
    )


def _service(row: CarrierService) -> CarrierServiceFacts:
    return CarrierServiceFacts(
        id=row.id,
        version=row.version,
        code=row.code,
        name=row.name,
        carrier_code=row.carrier.code,
        carrier_name=row.carrier.name,
        kind=ServiceKind(row.kind),
        collection_weekdays=tuple(row.collection_weekdays),
        last_collection=row.last_collection,
        delivery_weekdays=tuple(row.delivery_weekdays),
        delivers_on_holidays=row.delivers_on_holidays,
        delivery_from=row.delivery_from,
        delivery_until=row.delivery_until,
        transit_bands=transit_of(row.transit),
        tariff=tariff_of(row.tariff),
        countries=tuple(row.countries),
        co2_grams_per_kg_km=row.co2_grams_per_kg_km,
        stated_confidence=row.stated_confidence,
        active=row.active,
    )
