"""Channels are made and changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from chaland.kernel.actor import Actor
from chaland.kernel.outcomes import WriteOutcome
from chaland.network.events import ChannelChanged
from chaland.network.models import Channel
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
from chaland.network.rules import channel_form, channel_problems
from chaland.network.types import ChannelDraft, LocationGroupFacts

_FIELDS = [
    "name", "kind", "brand", "currency", "countries", "pool", "release_delay_minutes", "active",
    "version",
]  # fmt: skip


def upsert_channels(
    *, drafts: Sequence[ChannelDraft], now: datetime, actor: Actor, reason: str = ""
) -> list[WriteOutcome]:
    """Make channels, or bring those whose code exists to the draft's values.

    A bad item is rejected alone. Raises DomainError (403) when the actor is limited to some
    organisations.
    """
    refuse_unless_whole_group(actor)
    lock_network()
    network = snapshot()
    outcomes: list[WriteOutcome] = []
    changes: list[Change] = []
    accepted: dict[str, ChannelDraft] = {}
    for draft in drafts:
        problems = channel_problems(draft)
        if draft.pool and draft.pool not in network.groups:
            problems.append(unknown("pool", "location group", draft.pool))
        if draft.code in accepted:
            problems = repeated_code()
        if problems:
            outcomes.append(rejected(draft.code, problems))
            continue
        known = network.channels.get(draft.code)
        before = None if known is None else channel_form(known)
        change = change_of(draft.code, known, before, channel_form(draft))
        accepted[draft.code] = draft
        outcomes.append(change.outcome)
        if change.is_real:
            changes.append(change)
    _write([accepted[change.code] for change in changes], changes, network.groups)
    leave_traces(
        changes, entity_type="channel", event=ChannelChanged, now=now, actor=actor, reason=reason
    )
    return outcomes


def _write(
    drafts: Sequence[ChannelDraft],
    changes: Sequence[Change],
    groups: Mapping[str, LocationGroupFacts],
) -> None:
    if not drafts:
        return
    Channel.objects.bulk_create(
        [
            Channel(
                code=draft.code,
                name=draft.name,
                kind=draft.kind.value,
                brand=draft.brand,
                currency=draft.currency,
                countries=sorted(draft.countries),
                pool_id=groups[draft.pool].id if draft.pool else None,
                release_delay_minutes=draft.release_delay_minutes,
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
