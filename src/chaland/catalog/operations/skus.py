"""SKUs are made and changed, with their bar codes and components."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.catalog.events import SkuChanged
from chaland.catalog.operations.neighbours import Neighbours, Offer, neighbours_of
from chaland.catalog.operations.rows import Change, write
from chaland.catalog.queries import REVISION, skus
from chaland.catalog.rules import problems_of, sku_form
from chaland.catalog.types import SkuDraft, SkuView
from chaland.database.revision import bump_revision
from chaland.database.statements import execute
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError, FieldProblem, InvalidInputError
from chaland.kernel.outcomes import OutcomeStatus, WriteOutcome
from chaland.outbox.operations import publish

# An arbitrary number that means "writers of the catalog" to pg_advisory_xact_lock.
_LOCK = 2_147_001


def lock_catalog() -> None:
    """Wait until nobody else writes the catalog, and keep others waiting until the commit."""
    execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def upsert_skus(
    *, drafts: Sequence[SkuDraft], now: datetime, actor: Actor, reason: str = ""
) -> list[WriteOutcome]:
    """Make SKUs, or bring those whose code exists to the draft's values.

    A bad item is rejected alone; a kit and its components may come in one call. Raises DomainError
    (403) when the actor is limited to some organisations: the catalog is the whole group's.
    """
    _refuse_unless_whole_group(actor)
    lock_catalog()
    problems = _problems_alone(drafts)
    stored = {item.code: item for item in skus([draft.code for draft in drafts])}
    neighbours = neighbours_of(
        [draft for place, draft in enumerate(drafts) if place not in problems]
    )
    _add_problems_together(drafts, problems, neighbours)
    changes = [
        _change(draft, stored.get(draft.code))
        for place, draft in enumerate(drafts)
        if place not in problems
    ]
    real = [change for change in changes if change.before != change.after]
    write(real)
    _leave_traces(real, now=now, actor=actor, reason=reason)
    outcomes = {change.draft.code: _outcome(change) for change in changes}
    return [
        _rejected(draft.code, problems[place]) if place in problems else outcomes[draft.code]
        for place, draft in enumerate(drafts)
    ]


def _problems_alone(drafts: Sequence[SkuDraft]) -> dict[int, list[FieldProblem]]:
    """Return what is wrong with each draft on its own, or because its code is given twice."""
    problems: dict[int, list[FieldProblem]] = {}
    seen: set[str] = set()
    for place, draft in enumerate(drafts):
        found = problems_of(draft)
        if draft.code in seen:
            found.append(
                FieldProblem("code", "repeated_code", "the code is given twice", "Send it once.")
            )
        if found:
            problems[place] = found
        else:
            seen.add(draft.code)
    return problems


def _add_problems_together(
    drafts: Sequence[SkuDraft],
    problems: dict[int, list[FieldProblem]],
    neighbours: Neighbours,
) -> None:
    """Add what is wrong between the drafts, and between them and what is stored.

    Rejecting one draft can make another one wrong (a kit whose component is refused), so the check
    goes on until nothing more is rejected.
    """
    while True:
        offer = Offer.of([draft for place, draft in enumerate(drafts) if place not in problems])
        found = {
            place: wrong
            for place, draft in enumerate(drafts)
            if place not in problems and (wrong := neighbours.problems_of(draft, offer))
        }
        if not found:
            return
        problems.update(found)


def _change(draft: SkuDraft, known: SkuView | None) -> Change:
    before = None if known is None else sku_form(known)
    after = sku_form(draft)
    version = 0 if known is None else known.version
    return Change(draft, before, after, version if before == after else version + 1)


def _outcome(change: Change) -> WriteOutcome:
    status: OutcomeStatus = "created" if change.before is None else "updated"
    if change.before == change.after:
        status = "unchanged"
    return WriteOutcome(code=change.draft.code, status=status, version=change.version)


def _rejected(code: str, problems: Sequence[FieldProblem]) -> WriteOutcome:
    return WriteOutcome(code=code, status="rejected", problem=InvalidInputError(problems))


def _leave_traces(changes: Sequence[Change], *, now: datetime, actor: Actor, reason: str) -> None:
    if not changes:
        return
    record_audit(
        [
            AuditFact(
                actor=actor,
                action="catalog.upsert_sku",
                entity_type="sku",
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
            SkuChanged(
                occurred_at=now,
                stream=f"sku:{change.draft.code}",
                subject=change.draft.code,
                change="created" if change.before is None else "updated",
                changed=_changed(change.before or {}, change.after),
                version=change.version,
            )
            for change in changes
        ],
        actor=actor,
    )
    bump_revision(REVISION)


def _changed(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    return [name for name, value in after.items() if before.get(name) != value]


def _refuse_unless_whole_group(actor: Actor) -> None:
    if actor.organisations is not None or actor.locations is not None:
        raise DomainError(
            code="outside_your_organisation",
            message="The catalog belongs to the whole group, which your key does not cover.",
            status=403,
            fix="Use a key that covers every organisation, or ask an administrator.",
        )
