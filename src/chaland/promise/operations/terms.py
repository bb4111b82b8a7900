"""Writes of the terms of promises."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.database.revision import bump_revision
from chaland.kernel.actor import Actor
from chaland.kernel.errors import FieldProblem, InvalidInputError, NotFoundError
from chaland.kernel.outcomes import OutcomeStatus, WriteOutcome
from chaland.network.queries import snapshot
from chaland.outbox.operations import publish
from chaland.promise.events import PromiseTermsChanged
from chaland.promise.models import PromiseTerms
from chaland.promise.operations.services import lock_services, refuse_unless_whole_group
from chaland.promise.queries import REVISION, terms
from chaland.promise.rules.terms import terms_problems
from chaland.promise.types import StoredTerms, TermsDraft


def put_terms(
    *, drafts: Sequence[TermsDraft], now: datetime, actor: Actor, reason: str = ""
) -> list[WriteOutcome]:
    """Make terms, or bring those whose code exists to the draft's values.

    A bad item is rejected alone. Raises DomainError (403) when the actor is limited to some
    organisations.
    """
    refuse_unless_whole_group(actor)
    lock_services()
    stored = {item.code: item for item in terms()}
    holders = {(item.channel, item.location): item.code for item in stored.values()}
    outcomes: list[WriteOutcome] = []
    for draft in drafts:
        known = stored.get(draft.code)
        version = 0 if known is None else known.version
        before, after = None if known is None else _form(known), _form(draft)
        problems = terms_problems(draft, holders.get((draft.channel, draft.location), ""))
        problems += _unknown(draft)
        if problems:
            outcome = WriteOutcome(
                code=draft.code,
                status="rejected",
                version=version,
                problem=InvalidInputError(problems),
            )
        elif before == after:
            outcome = WriteOutcome(code=draft.code, status="unchanged", version=version)
        else:
            status: OutcomeStatus = "created" if known is None else "updated"
            outcome = WriteOutcome(code=draft.code, status=status, version=version + 1)
            holders[draft.channel, draft.location] = draft.code
            values = {**asdict(draft), "version": version + 1}
            PromiseTerms.objects.update_or_create(code=draft.code, defaults=values)
            _tell(draft, before, after, version + 1, now, actor, reason)
        outcomes.append(outcome)
    return outcomes


def remove_terms(*, codes: Sequence[str], now: datetime, actor: Actor) -> None:
    """Take terms away. Raises NotFoundError for the first that does not exist: none is removed."""
    refuse_unless_whole_group(actor)
    lock_services()
    stored = {item.code: item for item in terms()}
    for code in codes:
        if code not in stored:
            raise NotFoundError("promise terms", code)
    PromiseTerms.objects.filter(code__in=codes).delete()
    for code in codes:
        item = stored[code]
        _tell(item, _form(item), None, item.version, now, actor, "")


def _unknown(draft: TermsDraft) -> list[FieldProblem]:
    network = snapshot()
    problems = []
    if draft.channel and draft.channel not in network.channels:
        message = f"there is no channel {draft.channel!r}"
        fix = "Send a channel's code, or none for any."
        problems.append(FieldProblem("channel", "unknown_channel", message, fix))
    if draft.location and network.location(draft.location) is None:
        message = f"there is no location {draft.location!r}"
        fix = "Send a location's code, or none for any."
        problems.append(FieldProblem("location", "unknown_location", message, fix))
    return problems


def _form(item: TermsDraft | StoredTerms) -> Mapping[str, object]:
    return {name: value for name, value in asdict(item).items() if name not in ("code", "version")}


def _tell(
    item: TermsDraft,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
    version: int,
    now: datetime,
    actor: Actor,
    reason: str,
) -> None:
    change = "removed" if after is None else "created" if before is None else "updated"
    record_audit(
        [
            AuditFact(
                actor=actor,
                action=f"promise.{'remove' if after is None else 'put'}_terms",
                entity_type="promise_terms",
                entity_id=item.code,
                at=now,
                before=None if before is None else dict(before),
                after=None if after is None else dict(after),
                reason=reason,
            )
        ]
    )
    publish(
        [
            PromiseTermsChanged(
                occurred_at=now,
                stream=f"promise_terms:{item.code}",
                subject=item.code,
                change=change,
                channel=item.channel,
                location=item.location,
                version=version,
            )
        ],
        actor=actor,
    )
    bump_revision(REVISION)
