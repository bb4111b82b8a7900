"""What all writers of strategies share: their lock, and the traces that they leave."""

from collections.abc import Mapping
from datetime import datetime

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.database.revision import bump_revision
from chaland.database.statements import execute
from chaland.kernel.actor import Actor
from chaland.kernel.events import DomainEvent
from chaland.outbox.operations import publish
from chaland.sourcing.queries.strategies import REVISION

# An arbitrary number that means "writers of strategies" to pg_advisory_xact_lock.
_LOCK = 6_700_419


def lock_strategies() -> None:
    """Wait until nobody else writes strategies, and keep others waiting until the commit."""
    execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def leave(
    action: str,
    strategy: str,
    event: DomainEvent,
    *,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
    now: datetime,
    actor: Actor,
    note: str = "",
) -> None:
    """Audit a change of the strategy called *strategy*, tell of it, and raise the revision."""
    record_audit(
        [
            AuditFact(
                actor=actor,
                action=f"sourcing.{action}",
                entity_type="strategy",
                entity_id=strategy,
                at=now,
                before=dict(before) if before is not None else None,
                after=dict(after) if after is not None else None,
                reason=note,
            )
        ]
    )
    publish([event], actor=actor)
    bump_revision(REVISION)
