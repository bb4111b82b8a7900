"""The retailer's settings about counting."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.accuracy.events import CountPolicyChanged
from chaland.accuracy.models import Policy
from chaland.accuracy.queries.policies import policies
from chaland.accuracy.rules.policies import policy_problems
from chaland.accuracy.types import PolicyDraft, PolicyView
from chaland.database.revision import bump_revision
from chaland.database.statements import execute
from chaland.kernel.actor import Actor
from chaland.kernel.errors import FieldProblem, InvalidInputError, NotFoundError
from chaland.kernel.outcomes import WriteOutcome
from chaland.network.queries import snapshot
from chaland.outbox.operations import publish
from chaland.web.authorisation import require_unlimited

REVISION = "accuracy"
# An arbitrary number that means "writers of counting policies" to pg_advisory_xact_lock.
_LOCK = 6_700_519


def lock_policies() -> None:
    """Wait until nobody else writes settings, and keep others waiting until the commit."""
    execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def put_policies(
    *, drafts: Sequence[PolicyDraft], now: datetime, actor: Actor
) -> list[WriteOutcome]:
    """Make settings, or bring those whose code exists to the draft's values; each for itself.

    Raises DomainError (403) when the actor is limited to some organisations.
    """
    require_unlimited(actor)
    lock_policies()
    known = {item.code: item for item in policies()}
    outcomes: list[WriteOutcome] = []
    for draft in drafts:
        outcome, after = _put(draft, known, now=now, actor=actor)
        outcomes.append(outcome)
        if after is not None:
            known[after.code] = after
    if any(outcome.status in ("created", "updated") for outcome in outcomes):
        bump_revision(REVISION)
    return outcomes


def remove_policy(*, code: str, now: datetime, actor: Actor) -> None:
    """Take a setting away. Raises NotFoundError, DomainError (403) as above."""
    require_unlimited(actor)
    lock_policies()
    known = next((item for item in policies() if item.code == code), None)
    if known is None:
        raise NotFoundError("count policy", code)
    Policy.objects.filter(code=code).delete()
    _tell(known, None, now=now, actor=actor)
    bump_revision(REVISION)


def _put(
    draft: PolicyDraft, known: dict[str, PolicyView], *, now: datetime, actor: Actor
) -> tuple[WriteOutcome, PolicyView | None]:
    before = known.get(draft.code)
    problems = policy_problems(draft) + _conflicts(draft, known)
    if problems:
        refusal = InvalidInputError(problems)
        return WriteOutcome(code=draft.code, status="rejected", problem=refusal), None
    after = PolicyView(**asdict(draft), version=1 if before is None else before.version + 1)
    if before is not None and asdict(before) | {"version": 0} == asdict(after) | {"version": 0}:
        unchanged = WriteOutcome(code=draft.code, status="unchanged", version=before.version)
        return unchanged, None
    _write(after)
    _tell(before, after, now=now, actor=actor)
    return (
        WriteOutcome(
            code=draft.code,
            status="created" if before is None else "updated",
            version=after.version,
        ),
        after,
    )


def _conflicts(draft: PolicyDraft, known: dict[str, PolicyView]) -> list[FieldProblem]:
    problems = []
    if draft.location and snapshot().location(draft.location) is None:
        problems.append(
            FieldProblem(
                "location", "unknown_location", "there is no such location", "check the code"
            )
        )
    scope = (draft.location, draft.category, draft.location_kind)
    return problems + [
        FieldProblem(
            "code",
            "scope_taken",
            f"{other.code!r} is about the same locations and category",
            "change that one",
        )
        for other in known.values()
        if other.code != draft.code
        and (other.location, other.category, other.location_kind) == scope
    ]


def _write(policy: PolicyView) -> None:
    network = snapshot()
    place = network.location(policy.location) if policy.location else None
    Policy.objects.update_or_create(
        code=policy.code,
        defaults={
            "location_id": None if place is None else place.id,
            "category": policy.category,
            "location_kind": None if policy.location_kind is None else policy.location_kind.value,
            "tolerance_units": policy.tolerance_units,
            "tolerance_percent": policy.tolerance_percent,
            "tolerance_value": policy.tolerance_value,
            "prior_pickable": policy.prior_pickable,
            "version": policy.version,
        },
    )


def _tell(
    before: PolicyView | None, after: PolicyView | None, *, now: datetime, actor: Actor
) -> None:
    code = (after or before or PolicyView(code="", version=0)).code
    publish(
        [
            CountPolicyChanged(
                occurred_at=now, stream=f"count_policy:{code}", subject=code, removed=after is None
            )
        ],
        actor=actor,
    )
    record_audit(
        [
            AuditFact(
                actor=actor,
                action="count_policy.remove" if after is None else "count_policy.put",
                entity_type="count_policy",
                entity_id=code,
                at=now,
                before=None if before is None else asdict(before),
                after=None if after is None else asdict(after),
            )
        ]
    )
