"""Locations stop taking new work, and start again."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.database.revision import bump_revision
from chaland.database.statements import execute
from chaland.kernel.actor import Actor
from chaland.kernel.errors import InvalidInputError, NotFoundError
from chaland.kernel.outcomes import WriteOutcome
from chaland.network.events import LocationPaused, LocationResumed
from chaland.network.operations.writing import lock_network, rejected
from chaland.network.queries.snapshots import REVISION, snapshot
from chaland.network.rules import pause_form, pause_problems
from chaland.network.types import LocationFacts, Pause
from chaland.outbox.operations import publish

_SET_PAUSE = """
UPDATE network_location
SET paused_at = %s, paused_until = %s, pause_reason = %s, version = version + 1
WHERE id = ANY(%s::bigint[])
"""


def pause_locations(
    *, codes: Sequence[str], pause: Pause, now: datetime, actor: Actor
) -> list[WriteOutcome]:
    """Let locations take no new work; what they have already, they keep.

    Pausing a paused location replaces reason and end. A code the actor may not see is rejected
    alone. Raises InvalidInputError for an empty reason or an end in the past.
    """
    if problems := pause_problems(pause, now=now):
        raise InvalidInputError(problems)
    lock_network()
    found, outcomes = _visible(codes, actor)
    changed = [
        item
        for item in found
        if not item.is_paused(now)
        or (item.paused_until, item.pause_reason) != (pause.until, pause.reason)
    ]
    _write(changed, now, pause.until, pause.reason)
    after = {
        "paused_at": now.isoformat(),
        "paused_until": pause.until and pause.until.isoformat(),
        "pause_reason": pause.reason,
    }
    _audit(changed, "network.pause_location", after, now, actor, pause.reason)
    publish(
        [
            LocationPaused(
                occurred_at=now,
                stream=f"location:{item.code}",
                subject=item.code,
                reason=pause.reason,
                until=pause.until,
            )
            for item in changed
        ],
        actor=actor,
    )
    return _answers(codes, outcomes, found, changed)


def resume_locations(
    *, codes: Sequence[str], now: datetime, actor: Actor, reason: str = ""
) -> list[WriteOutcome]:
    """Let paused locations take new work again. A code the actor may not see is rejected alone."""
    lock_network()
    found, outcomes = _visible(codes, actor)
    changed = [item for item in found if item.paused_at is not None]
    _write(changed, None, None, "")
    after = {"paused_at": None, "paused_until": None, "pause_reason": ""}
    _audit(changed, "network.resume_location", after, now, actor, reason)
    publish(
        [
            LocationResumed(occurred_at=now, stream=f"location:{item.code}", subject=item.code)
            for item in changed
        ],
        actor=actor,
    )
    return _answers(codes, outcomes, found, changed)


def _visible(
    codes: Sequence[str], actor: Actor
) -> tuple[list[LocationFacts], dict[str, WriteOutcome]]:
    """Return the locations among *codes* that the actor may see, and the refusal of the others."""
    network = snapshot()
    found: list[LocationFacts] = []
    refused: dict[str, WriteOutcome] = {}
    for code in dict.fromkeys(codes):
        item = network.location(code)
        if item and actor.may_see_location(organisation=item.organisation, location=code):
            found.append(item)
        else:
            refused[code] = rejected(code, NotFoundError("location", code))
    return found, refused


def _write(
    items: Sequence[LocationFacts], start: datetime | None, until: datetime | None, reason: str
) -> None:
    if items:
        execute(_SET_PAUSE, [start, until, reason, [item.id for item in items]])
        bump_revision(REVISION)


def _audit(
    items: Sequence[LocationFacts],
    action: str,
    after: Mapping[str, object],
    now: datetime,
    actor: Actor,
    reason: str,
) -> None:
    record_audit(
        [
            AuditFact(
                actor=actor,
                action=action,
                entity_type="location",
                entity_id=item.code,
                at=now,
                before=pause_form(item),
                after=dict(after),
                reason=reason,
            )
            for item in items
        ]
    )


def _answers(
    codes: Sequence[str],
    refused: dict[str, WriteOutcome],
    found: Sequence[LocationFacts],
    changed: Sequence[LocationFacts],
) -> list[WriteOutcome]:
    moved = {item.code for item in changed}
    outcomes = refused | {
        item.code: WriteOutcome(code=item.code, status="updated", version=item.version + 1)
        if item.code in moved
        else WriteOutcome(code=item.code, status="unchanged", version=item.version)
        for item in found
    }
    return [outcomes[code] for code in codes]
