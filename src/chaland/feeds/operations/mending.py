"""What was in the way is gone: lines in quarantine are tried again, differences are healed."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.feeds.models import Difference, QuarantinedLine
from chaland.feeds.operations.intake import active_feed, new_run
from chaland.feeds.operations.recording import cause_id, lock_run
from chaland.feeds.queries import run as visible_run
from chaland.feeds.queries import run_view
from chaland.feeds.types import QuarantineState, RunKind, RunState, RunView
from chaland.kernel.actor import Actor
from chaland.kernel.errors import ConflictError
from chaland.network.queries import visible_location_ids


def replay(
    *,
    feed_code: str,
    ids: Collection[int] = (),
    reason: str = "",
    now: datetime,
    actor: Actor,
) -> RunView:
    """Try lines in quarantine again: those of *ids*, or all of a reason, or all of the feed.

    A run does it; what still cannot be used is in quarantine again, as a line of that run. Raises
    NotFoundError, and ConflictError when nothing is left to replay.
    """
    feed = active_feed(feed_code, actor=actor)
    rows = _open_lines(feed.id, ids, reason, actor)
    if not rows:
        raise _nothing("replay")
    run = new_run(feed, RunKind.REPLAY, as_of=now, now=now, actor=actor)
    run.save()
    QuarantinedLine.objects.filter(id__in=rows).update(
        state=QuarantineState.REPLAYED.value, replay=run, closed_at=now
    )
    _audit("feeds.replay", feed_code, {"lines": len(rows), "run": cause_id(run)}, now, actor)
    return run_view(run)


def dismiss(
    *,
    feed_code: str,
    ids: Collection[int] = (),
    reason: str = "",
    now: datetime,
    actor: Actor,
) -> int:
    """Give lines in quarantine up; return how many. Raises as ``replay`` does."""
    feed = active_feed(feed_code, actor=actor)
    rows = _open_lines(feed.id, ids, reason, actor)
    if not rows:
        raise _nothing("dismiss")
    QuarantinedLine.objects.filter(id__in=rows).update(
        state=QuarantineState.DISMISSED.value, closed_at=now
    )
    _audit("feeds.dismiss", feed_code, {"lines": len(rows)}, now, actor)
    return len(rows)


def heal(*, run_id: UUID, ids: Collection[int] = (), now: datetime, actor: Actor) -> RunView:
    """Bring stock to an external count where a comparison found differences (all, or *ids*).

    What is explained stays as it is: a count says nothing of what happened since. A run does it,
    by movements whose cause is the reconciliation. Raises NotFoundError, and ConflictError when the
    comparison has not ended or nothing is left to heal.
    """
    shown = visible_run(run_id, actor=actor)
    compared = lock_run(run_id)
    if shown.kind is not RunKind.COMPARE or shown.state is not RunState.DONE:
        raise ConflictError(
            "not_reconciled",
            "Only a comparison that has ended can be healed.",
            fix="Wait until its state is done.",
            state=compared.state,
        )
    feed = active_feed(shown.feed, actor=actor)
    rows = Difference.objects.filter(run=compared, healed_by=None).exclude(unexplained=0)
    if ids:
        rows = rows.filter(id__in=list(ids))
    visible = visible_location_ids(actor)
    if visible is not None:
        rows = rows.filter(location_id__in=visible)
    chosen = list(rows.values_list("id", flat=True))
    if not chosen:
        raise _nothing("heal")
    run = new_run(feed, RunKind.HEAL, as_of=compared.as_of, now=now, actor=actor)
    run.acknowledged_to = compared.acknowledged_to
    run.reconciliation = compared
    run.save()
    Difference.objects.filter(id__in=chosen).update(healed_by=run)
    healing: dict[str, object] = {"differences": len(chosen), "run": cause_id(run)}
    _audit("feeds.heal", cause_id(compared), healing, now, actor, entity="reconciliation")
    return run_view(run)


def _open_lines(feed_id: int, ids: Collection[int], reason: str, actor: Actor) -> list[int]:
    rows = QuarantinedLine.objects.select_for_update().filter(
        feed_id=feed_id, state=QuarantineState.OPEN.value
    )
    if ids:
        rows = rows.filter(id__in=list(ids))
    if reason:
        rows = rows.filter(reason=reason)
    visible = visible_location_ids(actor)
    if visible is not None:
        rows = rows.filter(location_id__in=visible)
    return list(rows.order_by("id").values_list("id", flat=True))


def _nothing(what: str) -> ConflictError:
    return ConflictError(
        f"nothing_to_{what}",
        "None of these is open any more, or there is none.",
        fix="Read the list again.",
    )


def _audit(
    action: str,
    entity_id: str,
    after: dict[str, object],
    now: datetime,
    actor: Actor,
    *,
    entity: str = "feed",
) -> None:
    record_audit(
        [
            AuditFact(
                actor=actor,
                action=action,
                entity_type=entity,
                entity_id=entity_id,
                at=now,
                after=after,
            )
        ]
    )
