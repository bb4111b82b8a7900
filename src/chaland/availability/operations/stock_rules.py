"""Stock rules are made and changed: audited, told as events, each raising the revision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.availability.events import StockRuleChanged
from chaland.availability.models import Rule
from chaland.availability.operations.locking import lock_rules
from chaland.availability.operations.quotas import follow_at_once
from chaland.availability.queries import REVISION, good_rules, stored_rules
from chaland.availability.rules.checks import MOST_RULES
from chaland.availability.rules.forms import Form, rule_form
from chaland.availability.types import RuleKind, StockRule
from chaland.database.revision import bump_revision
from chaland.kernel.actor import Actor
from chaland.kernel.errors import ConflictError, FieldProblem, InvalidInputError
from chaland.kernel.outcomes import WriteOutcome
from chaland.network.operations import refuse_unless_whole_group
from chaland.outbox.operations import publish

_SCOPE = ("channels", "methods", "location_groups", "locations", "categories", "tags", "skus")
_FIELDS = (
    "name", "kind", "units", "percent", "on", "opens_at", "priority", "active", "starts_at",
    "ends_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Change:
    """A rule as it was (None: it was not) and as it shall be, at its new version."""

    rule: StockRule
    before: Form | None
    after: Form
    version: int


def upsert_rules(
    *, drafts: Sequence[StockRule], now: datetime, actor: Actor, reason: str = ""
) -> list[WriteOutcome]:
    """Make rules, or bring those whose code exists to the draft's values.

    A bad item is rejected alone. Every process applies them from its next request on; units for a
    ring-fence are set aside at once, or soon by the worker where they are very many. Raises
    DomainError (403) when the actor is limited to some organisations: rules bind the whole group.
    """
    refuse_unless_whole_group(actor)
    lock_rules()
    stored = {item.rule.code: item for item in stored_rules([draft.code for draft in drafts])}
    outcomes: list[WriteOutcome] = []
    changes: list[_Change] = []
    seen: set[str] = set()
    for draft, problems in zip(*good_rules(drafts), strict=True):
        known = stored.get(draft.code)
        if draft.code in seen:
            problems.append(
                FieldProblem("code", "repeated_code", "the code is given twice", "Send it once.")
            )
        if problems:
            refusal = InvalidInputError(problems)
            outcomes.append(WriteOutcome(code=draft.code, status="rejected", problem=refusal))
            continue
        seen.add(draft.code)
        before = rule_form(known.rule) if known else None
        after = rule_form(draft)
        version = known.version if known else 0
        if before == after:
            outcomes.append(WriteOutcome(code=draft.code, status="unchanged", version=version))
            continue
        changes.append(_Change(draft, before, after, version + 1))
        outcomes.append(
            WriteOutcome(
                code=draft.code, status="updated" if known else "created", version=version + 1
            )
        )
    _refuse_too_many(sum(change.before is None for change in changes))
    _write(changes, now)
    replaced = [stored[change.rule.code].rule for change in changes if change.before]
    follow_at_once(
        scopes=[
            rule.scope
            for rule in [*replaced, *(change.rule for change in changes)]
            if rule.kind is RuleKind.RING_FENCE
        ],
        now=now,
        actor=actor,
    )
    _leave_traces(changes, now, actor, reason)
    return outcomes


def _refuse_too_many(more: int) -> None:
    """Raise ConflictError when there would be more rules than are looked at quickly."""
    if more and Rule.objects.count() + more > MOST_RULES:
        raise ConflictError(
            "too_many_rules",
            f"there would be more than {MOST_RULES} stock rules",
            fix="Use categories, tags and location groups; replace rules that have ended.",
        )


def _write(changes: Sequence[_Change], now: datetime) -> None:
    if not changes:
        return
    Rule.objects.bulk_create(
        [
            Rule(
                code=change.rule.code,
                version=change.version,
                updated_at=now,
                **{field: getattr(change.rule, field) for field in _FIELDS},
                **{field: list(getattr(change.rule.scope, field)) for field in _SCOPE},
            )
            for change in changes
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[*_FIELDS, *_SCOPE, "version", "updated_at"],
    )


def _leave_traces(changes: Sequence[_Change], now: datetime, actor: Actor, reason: str) -> None:
    if not changes:
        return
    record_audit(
        [
            AuditFact(
                actor=actor,
                action="availability.upsert_stock_rule",
                entity_type="stock_rule",
                entity_id=change.rule.code,
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
            StockRuleChanged(
                occurred_at=now,
                stream=f"stock_rule:{change.rule.code}",
                subject=change.rule.code,
                kind=change.rule.kind.value,
                change="created" if change.before is None else "updated",
                changed=[
                    name
                    for name, value in change.after.items()
                    if (change.before or {}).get(name) != value
                ],
                version=change.version,
            )
            for change in changes
        ],
        actor=actor,
    )
    bump_revision(REVISION)
