"""The counters have finished: small differences become the stock, large ones ask for a decision."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from chaland.accuracy.events import CountHeld, CountSubmitted
from chaland.accuracy.models import Count, CountLine
from chaland.accuracy.operations.closing import close_if_decided
from chaland.accuracy.operations.freezing import unfreeze
from chaland.accuracy.operations.locking import illegal, lock_count, moved
from chaland.accuracy.operations.settling import SETTLED_FIELDS, apply, lock_and_expect
from chaland.accuracy.operations.telling import tell
from chaland.accuracy.queries.policies import categories, tolerances
from chaland.accuracy.rules.counting import is_within
from chaland.accuracy.types import Decision, LineState
from chaland.catalog.queries import sku_facts_by_id
from chaland.kernel.actor import Actor
from chaland.kernel.errors import FieldProblem, InvalidInputError

_UNCOUNTED = (LineState.TO_COUNT, LineState.RECOUNT)


def submit(
    *,
    count_id: UUID,
    decisions: Sequence[Decision] = (),
    uncounted: Literal["skip", "zero"] = "skip",
    now: datetime,
    actor: Actor,
) -> None:
    """End counting: ``counting`` → ``submitted``, and on to ``approved`` when nothing is to decide.

    Lines within tolerance are applied at once. Those above it, those that two people counted
    differently, and those of which units moved while they were counted, wait for approval if there
    is a difference. What was not counted is left as it is, or (``zero``) counted as gone.
    *decisions* give reasons for differences. Raises NotFoundError, InvalidInputError, and
    ConflictError ``illegal_transition``.
    """
    count = lock_count(count_id, actor=actor)
    before = str(count.state)
    count.state = moved(count, "submit").value
    lines = list(CountLine.objects.filter(count_id=count.id).order_by("place"))
    give_reasons(lines, decisions)
    left = [line for line in lines if line.state in _UNCOUNTED]
    if uncounted == "zero":
        _count_as_gone(left, now, actor)
    else:
        _skip(count, left, now=now, actor=actor)
    counted = [line for line in lines if line.state == LineState.COUNTED]
    if not counted and not any(line.state == LineState.PENDING for line in lines):
        raise illegal(count, "submit", because="Nothing was counted yet.")
    _settle(count, counted, now=now, actor=actor)
    CountLine.objects.bulk_update([*left, *counted], SETTLED_FIELDS)
    count.submitted_at = now
    count.submitted_by, count.submitted_by_label = actor.id, actor.label
    count.version += 1
    count.save()
    tell(CountSubmitted, count, counted, action="submit", before=before, now=now, actor=actor)
    tell_of_held(count, counted, now=now, actor=actor)
    close_if_decided(count, now=now, actor=actor)


def _settle(count: Count, counted: Sequence[CountLine], *, now: datetime, actor: Actor) -> None:
    known = lock_and_expect(count, counted)
    accepted = _accepted_at_once(count, counted)
    for line in counted:
        if line.sku_id not in accepted:
            line.state = LineState.PENDING.value
    chosen = [line for line in counted if line.sku_id in accepted]
    apply(count, chosen, known, now=now, actor=actor)
    for line in chosen:
        line.decided_at = now


def _accepted_at_once(count: Count, counted: Sequence[CountLine]) -> set[int]:
    """Return the SKUs whose difference nobody needs to look at."""
    category = categories([line.sku_id for line in counted])
    tolerance = tolerances(count.location_id, set(category.values()))
    accepted = set()
    for line in counted:
        expected, number = line.expected or 0, line.counted or 0
        doubtful = line.contradicted or (line.disturbed and number != expected)
        if not doubtful and is_within(
            tolerance[category[line.sku_id]],
            expected=expected,
            counted=number,
            unit_cost=line.unit_cost,
        ):
            accepted.add(line.sku_id)
    return accepted


def _skip(count: Count, lines: Sequence[CountLine], *, now: datetime, actor: Actor) -> None:
    unfreeze(count, lines, now=now, actor=actor)
    for line in lines:
        line.state = LineState.SKIPPED.value


def _count_as_gone(lines: Sequence[CountLine], now: datetime, actor: Actor) -> None:
    for line in lines:
        line.state = LineState.COUNTED.value
        line.counted = 0
        line.first_scan_at = line.counted_at = now
        line.counted_by, line.counted_by_labels = [actor.id], [actor.label]


def give_reasons(lines: Sequence[CountLine], decisions: Sequence[Decision]) -> None:
    """Write the reasons of *decisions* to their lines. Raises InvalidInputError for other SKUs."""
    by_code = lines_by_code(lines)
    problems = [
        FieldProblem(
            f"lines[{place}].sku",
            "unknown_line",
            f"the count has no line of {decision.sku!r}",
            "send SKUs of this count",
        )
        for place, decision in enumerate(decisions)
        if decision.sku not in by_code
    ]
    if problems:
        raise InvalidInputError(problems)
    for decision in decisions:
        if decision.reason is not None:
            by_code[decision.sku].reason = decision.reason.value


def lines_by_code(lines: Sequence[CountLine]) -> Mapping[str, CountLine]:
    """Return lines by the code of their SKU; one query."""
    facts = sku_facts_by_id([line.sku_id for line in lines])
    return {facts[line.sku_id].code: line for line in lines}


def tell_of_held(count: Count, lines: Sequence[CountLine], *, now: datetime, actor: Actor) -> None:
    """Tell of lines that orders keep from being applied, if there are any."""
    held = [line for line in lines if line.state == LineState.HELD]
    if held:
        tell(CountHeld, count, held, action="hold", before=str(count.state), now=now, actor=actor)
