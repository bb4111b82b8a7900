"""A run is worked on in slices of a few seconds, each of which says how far it is.

Whoever works holds a claim and renews it with each slice; a worker that dies leaves a run that
another takes up at its last checkpoint.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from django.db import transaction

from chaland.database import statements
from chaland.kernel.errors import DomainError
from chaland.kernel.ids import new_uuid
from chaland.lab import sql
from chaland.lab.forms import spec_of
from chaland.lab.models import Run
from chaland.lab.operations.asking import change_state
from chaland.lab.queries import run_view
from chaland.lab.reading import frozen, read_period
from chaland.lab.replaying import Replay
from chaland.lab.types import RunView

LEASE = timedelta(seconds=60)
"""A worker that says nothing for so long is gone."""

SLICE_SECONDS = 2.0
CHECKPOINT_SLICES = 5
"""A checkpoint is written every so many slices, and whenever the run is put aside."""

Clock = Callable[[], datetime]


class LostClaimError(Exception):
    """Somebody else works on the run now."""


def work_next(
    *,
    clock: Clock,
    run_id: UUID | None = None,
    told: Callable[[RunView], None] = lambda _view: None,
    halt: Callable[[], bool] = bool,
    slice_seconds: float = SLICE_SECONDS,
) -> RunView | None:
    """Take the next run that waits (or *run_id*) and work on it to its end; None if none waits.

    *told* hears how far it is after each slice. When *halt* says so, the run is let go between two
    slices, for another worker. What makes the question impossible is written to the run.
    """
    claim, now = new_uuid(), clock()
    row = statements.fetch_one(
        sql.load("claim"), {"claim": claim, "until": now + LEASE, "now": now, "run": run_id}
    )
    if row is None:
        return None
    work = _Work(row[0], claim, clock, told, halt, slice_seconds)
    try:
        work.to_the_end()
    except LostClaimError:
        return None
    return run_view(Run.objects.get(id=row[0]))


@dataclass(slots=True)
class _Work:
    run_id: UUID
    claim: UUID
    clock: Clock
    told: Callable[[RunView], None]
    halt: Callable[[], bool]
    slice_seconds: float

    def to_the_end(self) -> None:
        try:
            replay = self._taken_up()
        except DomainError as error:
            self._fail(error)
            return
        slices = 0
        while not replay.done:
            if self._asked_to_stop():
                self._write(replay, "stop")
                return
            if self.halt():
                self._write(replay, "let_go")
                return
            ways = len(replay.results["ways"])
            self._live(replay)
            slices += 1
            whole = slices % CHECKPOINT_SLICES == 0 or len(replay.results["ways"]) != ways
            self.told(self._write(replay, checkpoint=whole))
        self._write(replay, "finish", checkpoint=False)

    def _live(self, replay: Replay) -> None:
        ends = monotonic() + self.slice_seconds
        while not replay.done:
            replay.step()
            if monotonic() >= ends:
                return

    def _taken_up(self) -> Replay:
        run = Run.objects.get(id=self.run_id)
        spec = spec_of(run.spec)
        # Strategies and rules are those of the moment the run was asked for.
        with frozen():
            period = read_period(spec, now=run.created_at)
        if run.checkpoint is None:
            return Replay(spec, period, run.created_at)
        return Replay.load(
            bytes(run.checkpoint), run.results, spec=spec, period=period, now=run.created_at
        )

    def _asked_to_stop(self) -> bool:
        return bool(Run.objects.filter(id=self.run_id).values_list("stop_asked", flat=True)[0])

    def _write(self, replay: Replay, action: str = "", *, checkpoint: bool = True) -> RunView:
        """Say how far the run is, while it is still ours."""
        with transaction.atomic():
            run = self._mine()
            run.progress = replay.progress
            run.version += 1
            if checkpoint:
                run.checkpoint = replay.dump()
                run.results = replay.results
            run.claimed_until = self.clock() + LEASE
            if action:
                change_state(run, action)
                run.claim = run.claimed_until = None
                run.ended_at = None if action == "let_go" else self.clock()
            if action == "finish":
                run.checkpoint, run.results = None, replay.results
            run.save()
            return run_view(run)

    def _fail(self, error: DomainError) -> None:
        with transaction.atomic():
            run = self._mine()
            change_state(run, "fail")
            run.problem_code, run.problem = error.code, f"{error.message} {error.fix}".strip()
            run.claim = run.claimed_until = None
            run.ended_at = self.clock()
            run.version += 1
            run.save()

    def _mine(self) -> Run:
        run = Run.objects.select_for_update().filter(id=self.run_id, claim=self.claim).first()
        if run is None:
            raise LostClaimError
        return run
