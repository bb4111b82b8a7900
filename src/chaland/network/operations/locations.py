"""Locations are made and changed, with their hours and closures."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError, FieldProblem
from chaland.kernel.outcomes import WriteOutcome
from chaland.network.events import LocationChanged
from chaland.network.models import Closure, Location, OpeningHours
from chaland.network.operations.writing import (
    BATCH,
    Change,
    change_of,
    leave_traces,
    lock_network,
    outside_your_organisation,
    rejected,
    repeated_code,
    unknown,
)
from chaland.network.places import holiday_region
from chaland.network.queries.places import resolve_places
from chaland.network.queries.snapshots import snapshot
from chaland.network.rules import location_form, location_problems
from chaland.network.types import (
    DEFAULT_HOURS,
    LocationDraft,
    LocationFacts,
    NetworkSnapshot,
    Place,
)

_FIELDS = [
    "name", "kind", "organisation", "country", "region", "postal_code", "city", "street",
    "latitude", "longitude", "time_zone", "capabilities", "daily_capacity", "handling_minutes",
    "cost_per_order", "cost_per_line", "cut_off", "open_on_holidays", "active",
    "refused_restrictions", "version",
]  # fmt: skip

Places = Mapping[tuple[str, str], Place | None]


def upsert_locations(
    *, drafts: Sequence[LocationDraft], now: datetime, actor: Actor, reason: str = ""
) -> list[WriteOutcome]:
    """Make locations, or bring those whose code exists to the draft's values.

    A bad item is rejected alone. An actor limited to some organisations writes their locations
    only. A pause stays what it is.
    """
    lock_network()
    network = snapshot()
    organisation_ids = {item.code: item.id for item in network.organisations}
    places = resolve_places(
        {(draft.country, draft.postal_code) for draft in drafts if draft.latitude is None}
    )
    outcomes: list[WriteOutcome] = []
    changes: list[Change] = []
    accepted: dict[str, LocationDraft] = {}
    for draft in drafts:
        known = network.location(draft.code)
        problem = _refusal(draft, known, network, actor, places)
        if draft.code in accepted:
            problem = repeated_code()
        if problem:
            outcomes.append(rejected(draft.code, problem))
            continue
        whole = _completed(draft, known, places)
        before = None if known is None else location_form(known)
        change = change_of(draft.code, known, before, location_form(whole))
        accepted[draft.code] = whole
        outcomes.append(change.outcome)
        if change.is_real:
            changes.append(change)
    _write([accepted[change.code] for change in changes], changes, organisation_ids)
    leave_traces(
        changes, entity_type="location", event=LocationChanged, now=now, actor=actor, reason=reason
    )
    return outcomes


def _refusal(
    draft: LocationDraft,
    known: LocationFacts | None,
    network: NetworkSnapshot,
    actor: Actor,
    places: Places,
) -> DomainError | list[FieldProblem]:
    """Return why *draft* cannot be written; an empty list when it can."""
    for organisation in {draft.organisation, known.organisation if known else draft.organisation}:
        if not actor.may_see_location(organisation=organisation, location=draft.code):
            return outside_your_organisation()
    problems = location_problems(draft)
    if all(item.code != draft.organisation for item in network.organisations):
        problems.append(unknown("organisation", "organisation", draft.organisation))
    if draft.latitude is None and not problems and _place(draft, known, places) is None:
        problems.append(
            FieldProblem(
                "latitude",
                "unknown_place",
                f"nobody knows where {draft.country} {draft.postal_code} is",
                "Send latitude and longitude, or load the country's postal areas.",
            )
        )
    return problems


def _place(
    draft: LocationDraft, known: LocationFacts | None, places: Places
) -> tuple[float, float] | None:
    """Return the coordinates of *draft*: its own, those it had at this postal code, the code's."""
    if draft.latitude is not None and draft.longitude is not None:
        return draft.latitude, draft.longitude
    here = (draft.country, draft.postal_code)
    if known is not None and (known.country, known.postal_code) == here:
        return known.latitude, known.longitude
    place = places[here]
    return None if place is None else (place.latitude, place.longitude)


def _completed(draft: LocationDraft, known: LocationFacts | None, places: Places) -> LocationDraft:
    """Fill in what the draft leaves to what is there, or to the defaults."""
    hours, closures = draft.hours, draft.closures
    if hours is None:
        hours = DEFAULT_HOURS if known is None else known.calendar.windows
    if closures is None:
        closures = () if known is None else known.calendar.closures
    latitude, longitude = _place(draft, known, places) or (None, None)
    return replace(
        draft,
        latitude=latitude,
        longitude=longitude,
        region=draft.region or holiday_region(draft.country, draft.postal_code),
        hours=hours,
        closures=closures,
    )


def _write(
    drafts: Sequence[LocationDraft], changes: Sequence[Change], organisation_ids: Mapping[str, int]
) -> None:
    if not drafts:
        return
    Location.objects.bulk_create(
        [
            _row(draft, change.version, organisation_ids[draft.organisation])
            for draft, change in zip(drafts, changes, strict=True)
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=_FIELDS,
    )
    codes = [draft.code for draft in drafts]
    ids = dict(Location.objects.filter(code__in=codes).values_list("code", "id"))
    _write_calendars(drafts, ids)


def _row(draft: LocationDraft, version: int, organisation_id: int) -> Location:
    return Location(
        code=draft.code,
        name=draft.name,
        kind=draft.kind.value,
        organisation_id=organisation_id,
        country=draft.country,
        region=draft.region,
        postal_code=draft.postal_code,
        city=draft.city,
        street=draft.street,
        # Filled in by _completed; a draft without a place was refused before.
        latitude=cast("float", draft.latitude),
        longitude=cast("float", draft.longitude),
        time_zone=draft.time_zone,
        capabilities=sorted(item.value for item in draft.capabilities),
        refused_restrictions=sorted(draft.refused_restrictions),
        daily_capacity=draft.daily_capacity,
        handling_minutes=draft.handling_minutes,
        cost_per_order=draft.cost_per_order,
        cost_per_line=draft.cost_per_line,
        cut_off=draft.cut_off,
        open_on_holidays=draft.open_on_holidays,
        active=draft.active,
        version=version,
    )


def _write_calendars(drafts: Sequence[LocationDraft], ids: Mapping[str, int]) -> None:
    """Replace the hours and closures of the locations written."""
    OpeningHours.objects.filter(location_id__in=ids.values()).delete()
    Closure.objects.filter(location_id__in=ids.values()).delete()
    OpeningHours.objects.bulk_create(
        (
            OpeningHours(
                location_id=ids[draft.code],
                weekday=window.weekday,
                opens=window.opens,
                closes=window.closes,
            )
            for draft in drafts
            for window in draft.hours or ()
        ),
        batch_size=BATCH,
    )
    Closure.objects.bulk_create(
        (
            Closure(
                location_id=ids[draft.code],
                starts=period.starts,
                ends=period.ends,
                reason=period.reason,
            )
            for draft in drafts
            for period in draft.closures or ()
        ),
        batch_size=BATCH,
    )
