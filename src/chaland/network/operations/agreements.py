"""Owners agree to the channels that may sell their stock."""

from collections.abc import Sequence
from datetime import datetime

from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError, FieldProblem
from chaland.kernel.outcomes import WriteOutcome
from chaland.network.events import AgreementChanged
from chaland.network.models import Agreement, Organisation
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
from chaland.network.queries.snapshots import snapshot
from chaland.network.rules import agreement_form
from chaland.network.types import (
    OWNERS_OF_THEIR_STOCK,
    AgreementDraft,
    NetworkSnapshot,
    OrganisationFacts,
)


def agree_to_channels(
    *, drafts: Sequence[AgreementDraft], now: datetime, actor: Actor, reason: str = ""
) -> list[WriteOutcome]:
    """Set which channels may sell the stock of organisations that own theirs.

    An owner decides for itself; who sees the whole group may decide for everybody. A bad item is
    rejected alone; an agreement is of the version of its organisation.
    """
    lock_network()
    network = snapshot()
    owners = {item.code: item for item in network.organisations}
    outcomes: list[WriteOutcome] = []
    changes: list[Change] = []
    accepted: dict[str, AgreementDraft] = {}
    for draft in drafts:
        owner = owners.get(draft.organisation)
        refusal = _refusal(draft, owner, network, actor)
        if draft.organisation in accepted:
            refusal = repeated_code()
        if refusal or owner is None:
            outcomes.append(rejected(draft.organisation, refusal))
            continue
        change = change_of(owner.code, owner, agreement_form(owner), agreement_form(draft))
        accepted[owner.code] = draft
        outcomes.append(change.outcome)
        if change.is_real:
            changes.append(change)
    _write([accepted[change.code] for change in changes], changes, network)
    leave_traces(
        changes,
        entity_type="agreement",
        event=AgreementChanged,
        now=now,
        actor=actor,
        reason=reason,
    )
    return outcomes


def _refusal(
    draft: AgreementDraft,
    owner: OrganisationFacts | None,
    network: NetworkSnapshot,
    actor: Actor,
) -> DomainError | list[FieldProblem]:
    """Return why the actor may not agree to this; an empty list when nothing speaks against it."""
    if owner is None:
        return [unknown("organisation", "organisation", draft.organisation)]
    own = actor.organisations is None or owner.code in actor.organisations
    if not own or actor.locations is not None:
        return outside_your_organisation()
    if owner.kind not in OWNERS_OF_THEIR_STOCK:
        return [
            FieldProblem(
                "organisation",
                "needs_no_agreement",
                f"the stock of {owner.code!r} ({owner.kind}) is the group's own",
                "Keep channels off it by their pools or by a stock rule.",
            )
        ]
    return [
        unknown("channels", "channel", code)
        for code in sorted(draft.channels)
        if code not in network.channels
    ]


def _write(
    drafts: Sequence[AgreementDraft], changes: Sequence[Change], network: NetworkSnapshot
) -> None:
    if not drafts:
        return
    ids = {item.code: item.id for item in network.organisations}
    Agreement.objects.filter(organisation_id__in=[ids[d.organisation] for d in drafts]).delete()
    Agreement.objects.bulk_create(
        [
            Agreement(organisation_id=ids[draft.organisation], channel_id=network.channels[code].id)
            for draft in drafts
            for code in sorted(draft.channels)
        ],
        batch_size=BATCH,
    )
    Organisation.objects.bulk_update(
        [
            Organisation(id=ids[draft.organisation], version=change.version)
            for draft, change in zip(drafts, changes, strict=True)
        ],
        ["version"],
        batch_size=BATCH,
    )
