"""Location groups are made and changed."""

from collections.abc import Sequence
from datetime import datetime

from chaland.kernel.actor import Actor
from chaland.kernel.outcomes import WriteOutcome
from chaland.network.events import LocationGroupChanged
from chaland.network.models import LocationGroup, LocationGroupMember
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
from chaland.network.rules import group_form, group_problems
from chaland.network.types import LocationGroupDraft, NetworkSnapshot


def upsert_location_groups(
    *, drafts: Sequence[LocationGroupDraft], now: datetime, actor: Actor, reason: str = ""
) -> list[WriteOutcome]:
    """Make location groups, or bring those whose code exists to the draft's name and members.

    A bad item is rejected alone. Raises DomainError (403) when the actor is limited to some
    organisations.
    """
    refuse_unless_whole_group(actor)
    lock_network()
    network = snapshot()
    outcomes: list[WriteOutcome] = []
    changes: list[Change] = []
    accepted: dict[str, LocationGroupDraft] = {}
    for draft in drafts:
        problems = group_problems(draft) or [
            unknown(f"locations[{place}]", "location", code)
            for place, code in enumerate(draft.locations)
            if code not in network.by_code
        ]
        if draft.code in accepted:
            problems = repeated_code()
        if problems:
            outcomes.append(rejected(draft.code, problems))
            continue
        known = network.groups.get(draft.code)
        before = None if known is None else group_form(known)
        change = change_of(draft.code, known, before, group_form(draft))
        accepted[draft.code] = draft
        outcomes.append(change.outcome)
        if change.is_real:
            changes.append(change)
    _write([accepted[change.code] for change in changes], changes, network)
    leave_traces(
        changes,
        entity_type="location_group",
        event=LocationGroupChanged,
        now=now,
        actor=actor,
        reason=reason,
    )
    return outcomes


def _write(
    drafts: Sequence[LocationGroupDraft], changes: Sequence[Change], network: NetworkSnapshot
) -> None:
    if not drafts:
        return
    LocationGroup.objects.bulk_create(
        [
            LocationGroup(code=draft.code, name=draft.name, version=change.version)
            for draft, change in zip(drafts, changes, strict=True)
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "version"],
    )
    codes = [draft.code for draft in drafts]
    ids = dict(LocationGroup.objects.filter(code__in=codes).values_list("code", "id"))
    LocationGroupMember.objects.filter(group_id__in=ids.values()).delete()
    LocationGroupMember.objects.bulk_create(
        (
            LocationGroupMember(
                group_id=ids[draft.code], location_id=network.locations[network.by_code[code]].id
            )
            for draft in drafts
            for code in draft.locations
        ),
        batch_size=BATCH,
    )
