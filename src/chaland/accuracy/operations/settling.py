"""Counted lines become the stock, or wait until orders have let go of what is not there."""

from collections.abc import Sequence
from datetime import datetime

from chaland.accuracy.events import CountEvent
from chaland.accuracy.models import Count, CountLine
from chaland.accuracy.operations.expecting import expectations
from chaland.accuracy.operations.freezing import freezing
from chaland.accuracy.operations.telling import tell
from chaland.accuracy.rules.counting import Effect, Expectation, effect_of
from chaland.accuracy.types import COUNT_PREFIX, COUNT_SOURCE, LineState
from chaland.inventory import operations as inventory
from chaland.inventory.operations.guarding import guard_late
from chaland.inventory.types import Adjustment, AdjustmentOutcome, MovementKind, UnavailableStatus
from chaland.kernel.actor import Actor
from chaland.kernel.ids import to_public

SETTLED_FIELDS = [
    "state", "expected", "reserved", "disturbed", "frozen", "reason", "attempt", "recount_from",
    "counted", "first_scan_at", "counted_at", "counted_by", "counted_by_labels", "contradicted",
    "decided_at", "decided_by", "decided_by_label", "note",
]  # fmt: skip


def lock_and_expect(count: Count, lines: Sequence[CountLine]) -> dict[int, Expectation]:
    """Lock the positions of counted lines, and bring each to what the record said when counted."""
    guard_late(sku_ids={line.sku_id for line in lines})
    inventory.lock_positions([(line.sku_id, count.location_id) for line in lines])
    known = expectations(count, lines)
    for line in lines:
        line.expected = known[line.sku_id].expected
        line.disturbed = known[line.sku_id].disturbed
    return known


def apply(
    count: Count,
    lines: Sequence[CountLine],
    known: dict[int, Expectation],
    *,
    now: datetime,
    actor: Actor,
) -> None:
    """Make each line's count the stock; lines get their new states and are not saved here.

    A line whose missing units are promised to orders is held, and what could still be sold of it is
    taken out of sale. What was counted again later is superseded.
    """
    messages: list[Adjustment] = []
    last: dict[int, tuple[CountLine, Effect]] = {}
    for line in lines:
        counted = line.counted or 0
        effect = effect_of(known[line.sku_id], counted=counted, frozen=line.frozen)
        if effect.verdict == "hold":
            line.state = LineState.HELD.value
            messages += _hold(count, line, known[line.sku_id].available, now)
            continue
        messages += [freezing(count, line, -line.frozen, now)] if line.frozen else []
        line.frozen = 0
        if effect.verdict == "impossible":
            line.state = LineState.SUPERSEDED.value
            continue
        messages += _count(count, line, effect, now)
        last[len(messages) - 1] = (line, effect)
    outcomes = inventory.adjust(adjustments=messages, now=now, actor=actor) if messages else []
    overtaken: list[tuple[CountLine, Effect]] = []
    for place, (line, effect) in last.items():
        if outcomes[place].status == "stale" and not known[line.sku_id].looked_later:
            overtaken.append((line, effect))
        else:
            _conclude(line, outcomes[place])
    _apply_differences(count, overtaken, now=now, actor=actor)


def _apply_differences(
    count: Count, lines: Sequence[tuple[CountLine, Effect]], *, now: datetime, actor: Actor
) -> None:
    """Correct by what a count found, where another system has sent its numbers since.

    Such a number is a record like ours, and tells nothing of the shelf: what somebody saw there
    stands as a difference, though not as a count of that moment.
    """
    messages: list[Adjustment] = []
    told: list[CountLine] = []
    for line, effect in lines:
        difference = (line.counted or 0) - (line.expected or 0)
        line.state = LineState.APPLIED.value
        if difference or effect.found_missing:
            told.append(line)
            messages.append(_difference(count, line, effect, difference, now))
    outcomes = inventory.adjust(adjustments=messages, now=now, actor=actor) if messages else []
    for line, outcome in zip(told, outcomes, strict=True):
        _conclude(line, outcome)


def _conclude(line: CountLine, outcome: AdjustmentOutcome) -> None:
    line.state = _state_after(outcome).value
    if line.state == LineState.HELD and outcome.problem is not None:
        line.note = outcome.problem.message


def _difference(
    count: Count, line: CountLine, effect: Effect, difference: int, now: datetime
) -> Adjustment:
    public = to_public(COUNT_PREFIX, count.id)
    return Adjustment(
        sku_id=line.sku_id,
        location_id=count.location_id,
        kind=MovementKind.ADJUSTMENT,
        source=COUNT_SOURCE,
        source_ref=f"{public}/{line.attempt}",
        occurred_at=now,
        on_hand_delta=difference,
        unavailable_delta=-effect.found_missing,
        status=UnavailableStatus.MISSING if effect.found_missing else None,
        reason=line.reason or "",
        cause_type="count",
        cause_id=public,
    )


def _hold(count: Count, line: CountLine, available: int, now: datetime) -> list[Adjustment]:
    line.frozen += available
    return [freezing(count, line, available, now)] if available else []


def _count(count: Count, line: CountLine, effect: Effect, now: datetime) -> list[Adjustment]:
    """Make the messages of one line; the count itself is the last."""
    public = to_public(COUNT_PREFIX, count.id)
    freed = [
        Adjustment(
            sku_id=line.sku_id,
            location_id=count.location_id,
            kind=MovementKind.UNBLOCKING,
            source=COUNT_SOURCE,
            occurred_at=now,
            unavailable_delta=-units,
            status=UnavailableStatus(status),
            cause_type="count",
            cause_id=public,
        )
        for status, units in effect.freed
    ]
    counted = Adjustment(
        sku_id=line.sku_id,
        location_id=count.location_id,
        kind=MovementKind.COUNT,
        source=COUNT_SOURCE,
        source_ref=f"{public}/{line.attempt}",
        occurred_at=line.counted_at or now,
        on_hand=line.counted,
        unavailable_delta=-effect.found_missing,
        status=UnavailableStatus.MISSING if effect.found_missing else None,
        reason=line.reason or "",
        cause_type="count",
        cause_id=public,
    )
    return [*freed, counted]


def _state_after(outcome: AdjustmentOutcome) -> LineState:
    if outcome.status in ("applied", "duplicate"):
        return LineState.APPLIED
    if outcome.status == "stale" or (
        outcome.problem is not None and outcome.problem.code == "contradicts_count"
    ):
        return LineState.SUPERSEDED
    return LineState.HELD


def retry_held(*, now: datetime, actor: Actor, limit: int = 100) -> int:
    """Apply accepted lines that waited for orders, where that is possible now; return how many.

    One transaction a count is the caller's business: call it inside one.
    """
    ids = list(
        CountLine.objects.filter(state=LineState.HELD)
        .order_by("count_id")
        .values_list("count_id", flat=True)
        .distinct()[:limit]
    )
    done = 0
    for count in (
        Count.objects.filter(id__in=ids).order_by("id").select_for_update(skip_locked=True)
    ):
        done += _retry(count, now=now, actor=actor)
    return done


def _retry(count: Count, *, now: datetime, actor: Actor) -> int:
    lines = list(CountLine.objects.filter(count_id=count.id, state=LineState.HELD).order_by("id"))
    known = lock_and_expect(count, lines)
    apply(count, lines, known, now=now, actor=actor)
    CountLine.objects.bulk_update(lines, SETTLED_FIELDS)
    settled = [line for line in lines if line.state != LineState.HELD]
    if settled:
        count.version += 1
        count.save(update_fields=["version"])
        tell(
            CountEvent,
            count,
            settled,
            action="apply_held",
            before=str(count.state),
            now=now,
            actor=actor,
        )
    return len(settled)
