"""Somebody else looks at large differences: they are believed, counted again, or left alone."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chaland.accuracy.events import CountCancelled, CountEvent, CountRecountAsked
from chaland.accuracy.models import Count, CountLine
from chaland.accuracy.operations.closing import close_if_decided
from chaland.accuracy.operations.freezing import unfreeze
from chaland.accuracy.operations.locking import illegal, lock_count, moved
from chaland.accuracy.operations.settling import SETTLED_FIELDS, apply, lock_and_expect
from chaland.accuracy.operations.submitting import give_reasons, lines_by_code, tell_of_held
from chaland.accuracy.operations.telling import tell
from chaland.accuracy.types import CountState, Decision, LineState
from chaland.kernel.actor import Actor
from chaland.kernel.errors import ConflictError, FieldProblem, InvalidInputError
from chaland.web.authorisation import require_scope

APPROVE = "stock:approve"

_UNFINISHED = (LineState.TO_COUNT, LineState.COUNTED, LineState.RECOUNT, LineState.PENDING)
_REVIEWED = (CountState.SUBMITTED, CountState.COUNTING)
"""While one line is counted again, the others may still be decided."""


def approve(
    *,
    count_id: UUID,
    decisions: Sequence[Decision] | None = None,
    note: str = "",
    now: datetime,
    actor: Actor,
) -> None:
    """Believe lines that wait (None: all of them): the stock becomes what was counted.

    The count is closed when nothing of it waits any more. Raises NotFoundError, InvalidInputError
    for SKUs that do not wait, ConflictError ``illegal_transition`` when nothing waits and
    ``same_person`` when the actor counted or submitted one of them.
    """
    require_scope(actor, APPROVE)
    count, lines = _waiting(count_id, "approve", actor)
    chosen = _chosen(lines, decisions)
    _refuse_own(count, chosen, actor)
    _decide(chosen, now=now, actor=actor, note=note)
    known = lock_and_expect(count, chosen)
    apply(count, chosen, known, now=now, actor=actor)
    before = str(count.state)
    _save(count, chosen)
    tell(
        CountEvent,
        count,
        chosen,
        action="approve_lines",
        before=before,
        now=now,
        actor=actor,
        note=note,
    )
    tell_of_held(count, chosen, now=now, actor=actor)
    close_if_decided(count, now=now, actor=actor, note=note)


def reject(
    *,
    count_id: UUID,
    decisions: Sequence[Decision] | None = None,
    recount: bool = True,
    note: str = "",
    now: datetime,
    actor: Actor,
) -> None:
    """Do not believe lines that wait (None: all of them): they are counted again, or left alone.

    Scans from before now no longer count for a line that is counted again. Raises as ``approve``;
    whoever counted may ask to count again, but not leave a difference alone.
    """
    require_scope(actor, APPROVE)
    count, lines = _waiting(count_id, "reject", actor)
    chosen = _chosen(lines, decisions)
    before = str(count.state)
    if recount:
        _ask_again(count, chosen, now=now)
    else:
        _refuse_own(count, chosen, actor)
        _decide(chosen, now=now, actor=actor, note=note)
        unfreeze(count, chosen, now=now, actor=actor)
        for line in chosen:
            line.state = LineState.REJECTED.value
    _save(count, chosen)
    tell(
        CountRecountAsked if recount else CountEvent,
        count,
        chosen,
        action="recount" if recount else "reject_lines",
        before=before,
        now=now,
        actor=actor,
        note=note,
    )
    close_if_decided(count, now=now, actor=actor, note=note)


def cancel(*, count_id: UUID, note: str = "", now: datetime, actor: Actor) -> None:
    """End a count that nobody will finish; what was applied before stands.

    Raises NotFoundError, ConflictError ``illegal_transition``.
    """
    count = lock_count(count_id, actor=actor)
    before = str(count.state)
    count.state = moved(count, "cancel").value
    lines = list(CountLine.objects.filter(count_id=count.id, state__in=_UNFINISHED))
    unfreeze(count, lines, now=now, actor=actor)
    for line in lines:
        line.state = LineState.SKIPPED.value
    count.closed_at, count.note = now, note
    count.closed_by, count.closed_by_label = actor.id, actor.label
    _save(count, lines)
    tell(
        CountCancelled,
        count,
        lines,
        action="cancel",
        before=before,
        now=now,
        actor=actor,
        note=note,
    )


def _waiting(count_id: UUID, action: str, actor: Actor) -> tuple[Count, list[CountLine]]:
    """Lock a count and return its lines that wait for a decision."""
    count = lock_count(count_id, actor=actor)
    lines = list(
        CountLine.objects.filter(count_id=count.id, state=LineState.PENDING).order_by("place")
    )
    if count.state not in _REVIEWED or not lines:
        raise illegal(count, action, because="No line of the count waits for a decision.")
    return count, lines


def _chosen(lines: list[CountLine], decisions: Sequence[Decision] | None) -> list[CountLine]:
    if decisions is None:
        return lines
    if not decisions:
        nothing = FieldProblem("lines", "missing", "is empty", "name lines, or leave it out")
        raise InvalidInputError([nothing])
    give_reasons(lines, decisions)
    by_code = lines_by_code(lines)
    return [by_code[code] for code in dict.fromkeys(decision.sku for decision in decisions)]


def _refuse_own(count: Count, lines: Sequence[CountLine], actor: Actor) -> None:
    """Refuse who counted or submitted: a second pair of eyes belongs to a second person."""
    own = [line for line in lines if actor.id in {*line.counted_by, count.submitted_by}]
    if own:
        raise ConflictError(
            "same_person",
            "Whoever counted or submitted a line cannot decide about its difference.",
            fix="Ask somebody else who may approve counts.",
            lines=sorted(lines_by_code(own)),
        )


def _decide(lines: Sequence[CountLine], *, now: datetime, actor: Actor, note: str) -> None:
    for line in lines:
        line.decided_at, line.note = now, note
        line.decided_by, line.decided_by_label = actor.id, actor.label


def _ask_again(count: Count, lines: Sequence[CountLine], *, now: datetime) -> None:
    for line in lines:
        line.state = LineState.RECOUNT.value
        line.attempt += 1
        line.recount_from = now
        line.counted = line.expected = line.counted_at = line.first_scan_at = None
        line.counted_by, line.counted_by_labels = [], []
        line.contradicted = line.disturbed = False
    if count.state == CountState.SUBMITTED:
        count.state = moved(count, "recount").value


def _save(count: Count, lines: Sequence[CountLine]) -> None:
    CountLine.objects.bulk_update(lines, SETTLED_FIELDS)
    count.version += 1
    count.save()
