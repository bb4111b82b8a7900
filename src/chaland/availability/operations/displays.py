"""How channels show their stock is set."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.availability.displays import REVISION
from chaland.availability.models import ChannelDisplay
from chaland.availability.rules.showing import display_problems
from chaland.availability.types.showing import Display
from chaland.database.revision import bump_revision
from chaland.database.statements import execute
from chaland.kernel.actor import Actor
from chaland.kernel.errors import FieldProblem, InvalidInputError
from chaland.kernel.outcomes import OutcomeStatus, WriteOutcome
from chaland.network.queries import snapshot
from chaland.web.authorisation import require_unlimited

# An arbitrary number that means "writers of channels' displays" to pg_advisory_xact_lock.
_LOCK = 6_700_431


def lock_displays() -> None:
    """Wait until nobody else sets displays, and keep others waiting until the commit."""
    execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def set_displays(
    *, displays: Mapping[str, Display], now: datetime, actor: Actor, reason: str = ""
) -> list[WriteOutcome]:
    """Set how channels (by code) show their stock; a bad one is rejected alone.

    Raises DomainError (403) when the actor is limited to some organisations. Call it in a
    transaction.
    """
    require_unlimited(actor)
    lock_displays()
    channels = snapshot().channels
    rows = {
        row.channel.code: row
        for row in ChannelDisplay.objects.select_related("channel").filter(
            channel__code__in=list(displays)
        )
    }
    outcomes = []
    facts = []
    for code, wanted in displays.items():
        problems = display_problems(wanted)
        if code not in channels:
            problems.append(
                FieldProblem("code", "unknown", f"there is no channel {code!r}", "Create it first.")
            )
        if problems:
            problem = InvalidInputError(problems)
            outcomes.append(WriteOutcome(code=code, status="rejected", problem=problem))
            continue
        row = rows.get(code)
        before = None if row is None else _form(row)
        made = _row(channels[code].id, wanted, (0 if row is None else row.version) + 1, now)
        if row is not None and before == _form(made):
            outcomes.append(WriteOutcome(code=code, status="unchanged", version=row.version))
            continue
        made.save(force_insert=row is None, force_update=row is not None)
        facts.append(_fact(code, before, made, now, actor, reason))
        status: OutcomeStatus = "created" if row is None else "updated"
        outcomes.append(WriteOutcome(code=code, status=status, version=made.version))
    _leave_traces(facts)
    return outcomes


def _row(channel_id: int, wanted: Display, version: int, now: datetime) -> ChannelDisplay:
    return ChannelDisplay(
        channel_id=channel_id,
        exact=wanted.exact,
        bands=list(wanted.bands),
        low_at=wanted.low_at,
        low_by_category=dict(wanted.low_by_category),
        max_age_seconds=wanted.max_age_seconds,
        horizon_days=wanted.horizon_days,
        version=version,
        updated_at=now,
    )


def _form(row: ChannelDisplay) -> dict[str, object]:
    names = ("exact", "bands", "low_at", "low_by_category", "max_age_seconds", "horizon_days")
    return {name: getattr(row, name) for name in names}


def _fact(
    code: str,
    before: dict[str, object] | None,
    made: ChannelDisplay,
    now: datetime,
    actor: Actor,
    reason: str,
) -> AuditFact:
    return AuditFact(
        actor=actor,
        action="availability.set_display",
        entity_type="channel",
        entity_id=code,
        at=now,
        before=before,
        after=_form(made),
        reason=reason,
    )


def _leave_traces(facts: Sequence[AuditFact]) -> None:
    if facts:
        record_audit(list(facts))
        bump_revision(REVISION)
