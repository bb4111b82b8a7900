"""A run is stopped between two chunks, and goes on where it was."""

from datetime import datetime
from uuid import UUID

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.feeds.models import Run
from chaland.feeds.operations.recording import cause_id, change_state, end, is_staged, lock_run
from chaland.feeds.queries import run as visible_run
from chaland.feeds.queries import run_view
from chaland.feeds.types import RunView
from chaland.kernel.actor import Actor


def ask_to_stop(*, run_id: UUID, now: datetime, actor: Actor) -> RunView:
    """Ask whoever works on a run to stop; one that nobody works on stops at once.

    Raises NotFoundError, and ConflictError when it has ended.
    """
    visible_run(run_id, actor=actor)
    run = lock_run(run_id)
    if run.claimed_until is not None and run.claimed_until > now:
        state = run.state
        change_state(run, "stop")
        run.state = state
        run.stop_asked = True
        run.save(update_fields=["stop_asked"])
        _audit(run, "feeds.ask_to_stop", now, actor)
    else:
        end(run, "stop", now=now, actor=actor)
    return run_view(run)


def resume_run(*, run_id: UUID, now: datetime, actor: Actor) -> RunView:
    """Let a stopped run go on where it was. Raises NotFoundError and ConflictError."""
    visible_run(run_id, actor=actor)
    run = lock_run(run_id)
    change_state(run, "apply" if is_staged(run) else "check")
    run.ended_at = run.claim = run.claimed_until = None
    run.stop_asked = False
    run.save()
    _audit(run, "feeds.resume_run", now, actor)
    return run_view(run)


def _audit(run: Run, action: str, now: datetime, actor: Actor) -> None:
    record_audit(
        [
            AuditFact(
                actor=actor,
                action=action,
                entity_type="feed_run",
                entity_id=cause_id(run),
                at=now,
                after={"state": run.state},
            )
        ]
    )
