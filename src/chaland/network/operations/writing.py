"""What every write of the network has in common: one lock, and the traces it leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.database.revision import bump_revision
from chaland.database.statements import execute
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError, FieldProblem, InvalidInputError
from chaland.kernel.outcomes import OutcomeStatus, WriteOutcome
from chaland.network.events import ThingChanged
from chaland.network.queries.snapshots import REVISION
from chaland.network.rules.forms import Form
from chaland.outbox.operations import publish

# An arbitrary number that means "writers of the network" to pg_advisory_xact_lock.
_LOCK = 6_700_417

BATCH = 1000
"""How many rows one INSERT takes: PostgreSQL takes 65,535 parameters, a location has 21."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing as it was (None: it was not) and as it shall be, at its new version."""

    code: str
    before: Form | None
    after: Form
    version: int

    @property
    def outcome(self) -> WriteOutcome:
        """The answer to the item that asked for this change."""
        status: OutcomeStatus = "created" if self.before is None else "updated"
        if not self.is_real:
            status = "unchanged"
        return WriteOutcome(code=self.code, status=status, version=self.version)

    @property
    def is_real(self) -> bool:
        """Whether anything differs."""
        return self.before != self.after


class _Stored(Protocol):
    @property
    def version(self) -> int: ...


def lock_network() -> None:
    """Wait until nobody else writes the network, and keep others waiting until the commit."""
    execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def change_of(code: str, stored: _Stored | None, before: Form | None, after: Form) -> Change:
    """Return the change that leads to *after*; the version rises only when something differs."""
    version = 0 if stored is None else stored.version
    return Change(code, before, after, version if before == after else version + 1)


def rejected(code: str, problem: DomainError | Sequence[FieldProblem]) -> WriteOutcome:
    """Return the answer to an item that was refused."""
    error = problem if isinstance(problem, DomainError) else InvalidInputError(problem)
    return WriteOutcome(code=code, status="rejected", problem=error)


def repeated_code() -> list[FieldProblem]:
    """Return the problem of an item whose code another item of the same call has."""
    return [FieldProblem("code", "repeated_code", "the code is given twice", "Send it once.")]


def unknown(field: str, what: str, code: str) -> FieldProblem:
    """Return the problem of a reference to something that does not exist."""
    return FieldProblem(
        field, "unknown", f"there is no {what} {code!r}", f"Create the {what} first."
    )


def refuse_unless_whole_group(actor: Actor) -> None:
    """Let only an actor who sees every organisation pass.

    Raises DomainError (403 ``outside_your_organisation``): this data belongs to the whole group.
    """
    if actor.organisations is not None or actor.locations is not None:
        raise outside_your_organisation()


def outside_your_organisation() -> DomainError:
    """Make the refusal of a write outside the actor's organisations."""
    return DomainError(
        code="outside_your_organisation",
        message="This belongs to an organisation that your key does not cover.",
        status=403,
        fix="Use a key that covers it, or ask an administrator.",
    )


def leave_traces(
    changes: Sequence[Change],
    *,
    entity_type: str,
    event: type[ThingChanged],
    now: datetime,
    actor: Actor,
    reason: str,
) -> None:
    """Write the audit entries and events of what really changed, and raise the revision."""
    if not changes:
        return
    record_audit(
        [
            AuditFact(
                actor=actor,
                action=f"network.upsert_{entity_type}",
                entity_type=entity_type,
                entity_id=change.code,
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
            event(
                occurred_at=now,
                stream=f"{entity_type}:{change.code}",
                subject=change.code,
                change="created" if change.before is None else "updated",
                changed=_changed(change),
                version=change.version,
            )
            for change in changes
        ],
        actor=actor,
    )
    bump_revision(REVISION)


def _changed(change: Change) -> list[str]:
    before = change.before or {}
    return [name for name, value in change.after.items() if before.get(name) != value]
