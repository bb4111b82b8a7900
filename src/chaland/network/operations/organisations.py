"""Organisations are made and changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from chaland.kernel.actor import Actor
from chaland.kernel.errors import FieldProblem
from chaland.kernel.outcomes import WriteOutcome
from chaland.network.events import OrganisationChanged
from chaland.network.models import Organisation
from chaland.network.operations.writing import (
    BATCH,
    Change,
    change_of,
    leave_traces,
    lock_network,
    refuse_unless_whole_group,
    rejected,
    repeated_code,
    unknown,
)
from chaland.network.queries.snapshots import snapshot
from chaland.network.rules import organisation_form, organisation_problems
from chaland.network.types import OrganisationDraft

_FIELDS = ["name", "kind", "country", "vat_number", "active", "version"]


def upsert_organisations(
    *, drafts: Sequence[OrganisationDraft], now: datetime, actor: Actor, reason: str = ""
) -> list[WriteOutcome]:
    """Make organisations, or bring those whose code exists to the draft's values.

    A bad item is rejected alone. A parent may come in the same call. Raises DomainError (403) when
    the actor is limited to some organisations.
    """
    refuse_unless_whole_group(actor)
    lock_network()
    stored = {item.code: item for item in snapshot().organisations}
    problems = _problems(drafts, {code: item.parent for code, item in stored.items()})
    outcomes: list[WriteOutcome] = []
    changes: list[Change] = []
    accepted: dict[str, OrganisationDraft] = {}
    for place, draft in enumerate(drafts):
        if place in problems:
            outcomes.append(rejected(draft.code, problems[place]))
            continue
        known = stored.get(draft.code)
        before = None if known is None else organisation_form(known)
        change = change_of(draft.code, known, before, organisation_form(draft))
        accepted[draft.code] = draft
        outcomes.append(change.outcome)
        if change.is_real:
            changes.append(change)
    _write([accepted[change.code] for change in changes], changes)
    leave_traces(
        changes,
        entity_type="organisation",
        event=OrganisationChanged,
        now=now,
        actor=actor,
        reason=reason,
    )
    return outcomes


def _problems(
    drafts: Sequence[OrganisationDraft], stored_parents: Mapping[str, str]
) -> dict[int, list[FieldProblem]]:
    """Return what is wrong with each draft, by its place.

    Refusing a parent makes its children wrong, so the check goes on until nothing more is refused.
    """
    problems: dict[int, list[FieldProblem]] = {}
    seen: set[str] = set()
    for place, draft in enumerate(drafts):
        found = organisation_problems(draft) or (repeated_code() if draft.code in seen else [])
        if found:
            problems[place] = found
        else:
            seen.add(draft.code)
    while True:
        good = [(place, draft) for place, draft in enumerate(drafts) if place not in problems]
        parents = {**stored_parents, **{draft.code: draft.parent for _, draft in good}}
        wrong = {place: found for place, draft in good if (found := _above(draft, parents))}
        if not wrong:
            return problems
        problems.update(wrong)


def _above(draft: OrganisationDraft, parents: Mapping[str, str]) -> list[FieldProblem]:
    """Return what is wrong with the organisations above *draft*."""
    if draft.parent and draft.parent not in parents:
        return [unknown("parent", "organisation", draft.parent)]
    above, seen = draft.parent, {draft.code}
    while above:
        if above in seen:
            return [
                FieldProblem(
                    "parent",
                    "cycle",
                    f"{draft.code!r} would stand above itself",
                    "Name an organisation that does not belong to this one.",
                )
            ]
        seen.add(above)
        above = parents.get(above, "")
    return []


def _write(drafts: Sequence[OrganisationDraft], changes: Sequence[Change]) -> None:
    """Write the rows, then the parents, which may be rows of the same call."""
    if not drafts:
        return
    Organisation.objects.bulk_create(
        [
            Organisation(
                code=draft.code,
                name=draft.name,
                kind=draft.kind.value,
                country=draft.country,
                vat_number=draft.vat_number,
                active=draft.active,
                version=change.version,
            )
            for draft, change in zip(drafts, changes, strict=True)
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=_FIELDS,
    )
    codes = {draft.code for draft in drafts} | {draft.parent for draft in drafts}
    ids = dict(Organisation.objects.filter(code__in=codes).values_list("code", "id"))
    Organisation.objects.bulk_update(
        [Organisation(id=ids[draft.code], parent_id=ids.get(draft.parent)) for draft in drafts],
        ["parent"],
        batch_size=BATCH,
    )
