"""Writes of carriers' services."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.database.revision import bump_revision
from chaland.database.statements import execute
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError, FieldProblem, InvalidInputError
from chaland.kernel.outcomes import OutcomeStatus, WriteOutcome
from chaland.outbox.operations import publish
from chaland.promise.events import CarrierServiceChanged
from chaland.promise.models import Carrier, CarrierService
from chaland.promise.queries import REVISION, services
from chaland.promise.rules.checks import service_problems
from chaland.promise.rules.forms import Form, service_form
from chaland.promise.types import CarrierServiceDraft

# An arbitrary number that means "writers of carriers' services" to pg_advisory_xact_lock.
_LOCK = 6_700_418

_FIELDS = [
    "name", "carrier", "kind", "collection_weekdays", "last_collection", "delivery_weekdays",
    "delivers_on_holidays", "delivery_from", "delivery_until", "transit", "tariff", "countries",
    "co2_grams_per_kg_km", "stated_confidence", "active", "charges",
    "refused_restrictions", "version",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Change:
    draft: CarrierServiceDraft
    before: Form | None
    after: Form
    version: int


def upsert_carrier_services(
    *, drafts: Sequence[CarrierServiceDraft], now: datetime, actor: Actor, reason: str = ""
) -> list[WriteOutcome]:
    """Make carriers' services, or bring those whose code exists to the draft's values.

    A bad item is rejected alone. A carrier is made, or renamed, with its service. Raises
    DomainError (403) when the actor is limited to some organisations: tariffs belong to the whole
    group.
    """
    refuse_unless_whole_group(actor)
    lock_services()
    stored = {item.code: item for item in services()}
    outcomes: list[WriteOutcome] = []
    changes: dict[str, _Change] = {}
    seen: set[str] = set()
    for draft in drafts:
        problems = service_problems(draft) or _repeated(draft, seen)
        seen.add(draft.code)
        if problems:
            outcomes.append(
                WriteOutcome(
                    code=draft.code, status="rejected", problem=InvalidInputError(problems)
                )
            )
            continue
        known = stored.get(draft.code)
        before = None if known is None else service_form(known)
        after = service_form(draft)
        if known is not None and before == after:
            outcomes.append(
                WriteOutcome(code=draft.code, status="unchanged", version=known.version)
            )
            continue
        version = 1 if known is None else known.version + 1
        status: OutcomeStatus = "created" if known is None else "updated"
        outcomes.append(WriteOutcome(code=draft.code, status=status, version=version))
        changes[draft.code] = _Change(draft, before, after, version)
    if changes:
        _write(list(changes.values()))
        _tell(list(changes.values()), now=now, actor=actor, reason=reason)
    return outcomes


def lock_services() -> None:
    """Wait until nobody else writes services, and keep others waiting until the commit."""
    execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _repeated(draft: CarrierServiceDraft, seen: set[str]) -> list[FieldProblem]:
    if draft.code not in seen:
        return []
    return [FieldProblem("code", "repeated_code", "the code is given twice", "Send it once.")]


def refuse_unless_whole_group(actor: Actor) -> None:
    """Raise DomainError (403) when *actor* is limited to some organisations or locations."""
    if actor.organisations is not None or actor.locations is not None:
        raise DomainError(
            code="outside_your_organisation",
            message="Carriers and tariffs belong to the whole group.",
            status=403,
            fix="Use a key that covers every organisation, or ask an administrator.",
        )


def _write(changes: Sequence[_Change]) -> None:
    names = {change.draft.carrier_code: change.draft.carrier_name for change in changes}
    Carrier.objects.bulk_create(
        [Carrier(code=code, name=name) for code, name in sorted(names.items())],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name"],
    )
    carriers = dict(Carrier.objects.filter(code__in=names).values_list("code", "id"))
    CarrierService.objects.bulk_create(
        [_row(change, carriers[change.draft.carrier_code]) for change in changes],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=_FIELDS,
    )


def _row(change: _Change, carrier_id: int) -> CarrierService:
    draft, form = change.draft, change.after
    return CarrierService(
        code=draft.code,
        name=draft.name,
        carrier_id=carrier_id,
        kind=draft.kind.value,
        collection_weekdays=form["collection_weekdays"],
        last_collection=draft.last_collection,
        delivery_weekdays=form["delivery_weekdays"],
        delivers_on_holidays=draft.delivers_on_holidays,
        delivery_from=draft.delivery_from,
        delivery_until=draft.delivery_until,
        transit=form["transit"],
        tariff=form["tariff"],
        countries=form["countries"],
        co2_grams_per_kg_km=draft.co2_grams_per_kg_km,
        stated_confidence=draft.stated_confidence,
        active=draft.active,
        charges=form["charges"],
        refused_restrictions=form["refused_restrictions"],
        version=change.version,
    )


def _tell(changes: Sequence[_Change], *, now: datetime, actor: Actor, reason: str) -> None:
    record_audit(
        [
            AuditFact(
                actor=actor,
                action="promise.upsert_carrier_service",
                entity_type="carrier_service",
                entity_id=change.draft.code,
                at=now,
                before=change.before,
                after=change.after,
                reason=reason,
            )
            for change in changes
        ]
    )
    publish(
        [
            CarrierServiceChanged(
                occurred_at=now,
                stream=f"carrier_service:{change.draft.code}",
                subject=change.draft.code,
                change="created" if change.before is None else "updated",
                changed=_changed(change),
                version=change.version,
            )
            for change in changes
        ],
        actor=actor,
    )
    bump_revision(REVISION)


def _changed(change: _Change) -> list[str]:
    before = change.before or {}
    return [name for name, value in change.after.items() if before.get(name) != value]
