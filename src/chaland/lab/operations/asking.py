"""A run is asked for, stopped between two steps, and goes on where it was."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.kernel.actor import Actor
from chaland.kernel.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError
from chaland.kernel.ids import new_uuid, to_public
from chaland.kernel.transitions import IllegalTransitionError
from chaland.lab.forms import spec_form
from chaland.lab.models import Run
from chaland.lab.queries import run_view
from chaland.lab.states import RUN
from chaland.lab.types import RUN_PREFIX, WEIGHTS, LabState, RunView, Spec
from chaland.lab.variants import check_variants

LONGEST = timedelta(days=92)
MOST_REPLAYS = 500

_Check = tuple[bool, str, str, str]
"""Whether something is wrong, at which field, what, and what to do."""


def start_run(*, name: str, spec: Spec, now: datetime, actor: Actor) -> RunView:
    """Put a run in the queue. Raises InvalidInputError, NotFoundError for an unknown strategy."""
    _check(spec, now)
    check_variants(spec, now=now)
    run = Run.objects.create(
        id=new_uuid(),
        name=name,
        kind=spec.kind.value,
        spec=spec_form(spec),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        created_at=now,
    )
    _audit(run, "lab.start_run", now, actor)
    return run_view(run)


def ask_to_stop(*, run_id: UUID, now: datetime, actor: Actor) -> RunView:
    """Ask whoever works on a run to stop; one that nobody works on stops at once.

    Raises NotFoundError, and ConflictError ``illegal_transition`` when it has ended.
    """
    run = locked(run_id)
    if run.claimed_until is not None and run.claimed_until > now:
        change_state(run, "stop")
        run.state = LabState.RUNNING.value
        run.stop_asked = True
    else:
        change_state(run, "stop")
        run.ended_at = now
    _save(run)
    _audit(run, "lab.ask_to_stop", now, actor)
    return run_view(run)


def resume_run(*, run_id: UUID, now: datetime, actor: Actor) -> RunView:
    """Let a stopped run go on where it was.

    Raises NotFoundError, and ConflictError ``illegal_transition``.
    """
    run = locked(run_id)
    change_state(run, "resume")
    run.ended_at = run.claim = run.claimed_until = None
    run.stop_asked = False
    _save(run)
    _audit(run, "lab.resume_run", now, actor)
    return run_view(run)


def locked(run_id: UUID) -> Run:
    """Return a run, locked until the end of the transaction. Raises NotFoundError."""
    found = Run.objects.select_for_update().filter(id=run_id).first()
    if found is None:
        raise NotFoundError("run of the lab", to_public(RUN_PREFIX, run_id))
    return found


def change_state(run: Run, action: str) -> None:
    """Move a run along its table. Raises ConflictError ``illegal_transition``."""
    try:
        run.state = RUN.target(LabState(run.state), action).value
    except IllegalTransitionError as error:
        raise ConflictError(
            "illegal_transition",
            str(error),
            fix="Read the run again: it may have ended meanwhile.",
            state=run.state,
        ) from error


def _save(run: Run) -> None:
    run.version += 1
    run.save()


def _check(spec: Spec, now: datetime) -> None:
    problems = [
        FieldProblem(field, "invalid", message, fix)
        for wrong, field, message, fix in (*_of_period(spec, now), *_of_ways(spec))
        if wrong
    ]
    names = ", ".join(WEIGHTS)
    problems += [
        FieldProblem(field, "invalid", "is no weight", f"Send one of {names}.")
        for field, name in _weights(spec)
        if name not in WEIGHTS
    ]
    if problems:
        raise InvalidInputError(problems)


def _of_period(spec: Spec, now: datetime) -> Iterator[_Check]:
    long = spec.ends_at - spec.starts_at > LONGEST
    most = f"is more than {LONGEST.days} days later"
    yield spec.starts_at >= spec.ends_at, "ends_at", "is not after the start", "Send a later one."
    yield long, "ends_at", most, "Choose a shorter period."
    yield spec.starts_at >= now, "starts_at", "is not in the past", "Choose a period that was."


def _of_ways(spec: Spec) -> Iterator[_Check]:
    nothing = not spec.variants and not spec.spans
    yield nothing, "variants", "is empty", "Say what to compare with today, or what to search."
    both = bool(spec.variants and spec.spans)
    yield both, "spans", "goes with no variants", "Start a comparison and a search apart."
    yield bool(spec.spans) != bool(spec.tries), "tries", "goes with spans", "Send both, or neither."
    for name, span in spec.spans.items():
        turned = span.lowest > span.highest
        yield turned, f"spans.{name}", "ends before it begins", "Send the lowest value first."
    many = spec.replays > MOST_REPLAYS
    yield many, "draws", f"makes {spec.replays} replays", f"Ask for {MOST_REPLAYS} at most."


def _weights(spec: Spec) -> Iterator[tuple[str, str]]:
    for name in spec.spans:
        yield f"spans.{name}", name
    for number, variant in enumerate(spec.variants):
        for name in variant.weights:
            yield f"variants[{number}].weights.{name}", name


def _audit(run: Run, action: str, now: datetime, actor: Actor) -> None:
    record_audit(
        [
            AuditFact(
                actor=actor,
                action=action,
                entity_type="lab_run",
                entity_id=to_public(RUN_PREFIX, run.id),
                at=now,
                after={"state": run.state, "name": run.name},
            )
        ]
    )
