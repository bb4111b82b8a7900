"""A count is over when no line of it waits for anybody."""

from datetime import datetime

from chaland.accuracy.events import CountApproved, CountRejected
from chaland.accuracy.models import Count, CountLine
from chaland.accuracy.operations.locking import moved
from chaland.accuracy.operations.telling import tell
from chaland.accuracy.types import CountState, LineState
from chaland.kernel.actor import Actor

_UNDECIDED = (LineState.TO_COUNT, LineState.COUNTED, LineState.RECOUNT, LineState.PENDING)
_ACCEPTED = (LineState.APPLIED, LineState.HELD, LineState.SUPERSEDED)


def close_if_decided(count: Count, *, now: datetime, actor: Actor, note: str = "") -> None:
    """Close a submitted count that has nothing left to decide: ``approved`` or ``rejected``."""
    lines = list(CountLine.objects.filter(count_id=count.id).order_by("place"))
    if count.state != CountState.SUBMITTED or any(line.state in _UNDECIDED for line in lines):
        return
    before = str(count.state)
    accepted = any(line.state in _ACCEPTED for line in lines)
    count.state = moved(count, "approve" if accepted else "reject").value
    count.closed_at = now
    count.closed_by, count.closed_by_label = actor.id, actor.label
    count.save()
    tell(
        CountApproved if accepted else CountRejected,
        count,
        lines,
        action="approve" if accepted else "reject",
        before=before,
        now=now,
        actor=actor,
        note=note,
    )
