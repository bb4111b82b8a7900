"""A run is worked on: its lines are checked and staged, then merged chunk by chunk.

Each step is a transaction that also says how far the run is, so a worker that dies leaves a run
that another takes up where it was: nothing is done twice, nothing is left out. Whoever works holds
a claim, renews it with each step, and writes nothing once somebody else holds it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import DatabaseError, transaction

from chaland.database import statements
from chaland.feeds import rules, sql
from chaland.feeds.models import QuarantinedLine, Run
from chaland.feeds.operations.comparing import compare
from chaland.feeds.operations.intake import hear_acknowledged, knowledge_of
from chaland.feeds.operations.recording import (
    actor_of_run,
    cause_id,
    change_state,
    end,
    is_staged,
    put_in_quarantine,
    record,
)
from chaland.feeds.operations.sources import LinesOfRun
from chaland.feeds.queries import run_view
from chaland.feeds.reading import UnreadableFileError
from chaland.feeds.types import FeedMode, RunKind, RunState, RunView
from chaland.inventory import operations as inventory
from chaland.inventory.types import Chunk, MergeCause, Merged, ReportedLine
from chaland.kernel.ids import new_uuid

LEASE = timedelta(seconds=20)
"""A worker that says nothing for so long is gone."""

CHUNK = 20_000
"""About so many lines are merged in a transaction."""

MOST_REFUSED = 100_000
"""A file with more lines of no use than this is not the file it should be."""

Clock = Callable[[], datetime]


class LostClaimError(Exception):
    """Somebody else works on the run now."""


def work_next(
    *,
    clock: Clock,
    chunk: int = CHUNK,
    number: int | None = None,
    told: Callable[[RunView], None] | None = None,
    halt: Callable[[], bool] = bool,
) -> RunView | None:
    """Take the next run that waits (or run *number*) and work on it to its end; None if none waits.

    *told* hears how far it is after each step. When *halt* says so, the run is let go between two
    steps, for another worker. What goes wrong with the file is written to the run;
    what goes wrong with the database is raised, and the run is taken up again later.
    """
    claim = new_uuid()
    now = clock()
    row = statements.fetch_one(
        sql.load("claim"), {"claim": claim, "until": now + LEASE, "now": now, "number": number}
    )
    if row is None:
        return None
    work = _Work(number=row[0], claim=claim, clock=clock, chunk=chunk, told=told, halt=halt)
    try:
        work.to_the_end()
    except LostClaimError:
        return None
    return run_view(Run.objects.select_related("feed").get(number=row[0]))


@dataclass(slots=True)
class _Work:
    number: int
    claim: UUID
    clock: Clock
    chunk: int
    told: Callable[[RunView], None] | None
    halt: Callable[[], bool]

    def to_the_end(self) -> None:
        """Do step after step until the run has ended."""
        try:
            run = Run.objects.select_related("feed").get(number=self.number)
            if run.state == RunState.APPLYING and not is_staged(run):
                run = self._start_over()
            if run.state != RunState.APPLYING:
                self._check(run)
            while self._step():
                if self.halt():
                    self._let_go()
                    break
        except UnreadableFileError as error:
            self._fail(error.code, error.message)
        except (OSError, ValueError) as error:
            if isinstance(error, DatabaseError):
                raise
            self._fail("unreadable_file", f"The file cannot be read: {error}.")

    def _held(self) -> Run:
        """Lock the run, renew the claim and return it. Raises LostClaimError."""
        run = (
            Run.objects.select_for_update(of=("self",))
            .select_related("feed")
            .get(number=self.number)
        )
        if run.claim != self.claim:
            raise LostClaimError
        run.claimed_until = self.clock() + LEASE
        return run

    def _let_go(self) -> None:
        Run.objects.filter(number=self.number, claim=self.claim).update(
            claim=None, claimed_until=None
        )

    def _say(self, run: Run) -> None:
        if self.told is not None:
            self.told(run_view(run))

    def _start_over(self) -> Run:
        """The stage is gone (a crash of the server empties it): the file is read again."""
        with transaction.atomic():
            run = self._held()
            run.state = RunState.CHECKING.value
            run.save()
        return run

    def _fail(self, code: str, message: str) -> None:
        with transaction.atomic():
            run = self._held()
            run.problem_code, run.problem = code, message[:2000]
            inventory.drop_stage(number=run.number)
            end(run, "fail", now=self.clock(), actor=actor_of_run(run))
        self._say(run)

    def _check(self, run: Run) -> None:
        """Fill the stage; nothing of a file is merged before all of it was read."""
        with transaction.atomic():
            run = self._held()
            change_state(run, "check")
            run.started_at = run.started_at or self.clock()
            known = QuarantinedLine.objects.filter(run=run)
            known.exclude(reason__in=rules.FOUND_IN_MERGING).delete()
            run.lines_read, run.quarantined = 0, known.count()
            inventory.open_stage(number=run.number)
            run.save()
        source = LinesOfRun(run, self.clock())
        for checked, lines in source:
            with transaction.atomic():
                run = self._held()
                inventory.fill_stage(number=run.number, rows=[checked.as_csv()])
                now = self.clock()
                put_in_quarantine(run, checked.refused, now=now, moments=source.moments)
                run.lines_read += lines
                if run.quarantined > MOST_REFUSED:
                    raise UnreadableFileError(
                        "too_many_bad_lines",
                        f"More than {MOST_REFUSED} lines are of no use.",
                        "Check the feed's columns and separator.",
                    )
                run.save()
            self._say(run)
            if run.stop_asked:
                self._stop()
                return
        self._close_stage(source)

    def _close_stage(self, source: LinesOfRun) -> None:
        with transaction.atomic():
            run = self._held()
            source.heed_end(run)
            if run.kind == RunKind.COMPARE and run.feed.mode == FeedMode.SNAPSHOT:
                inventory.add_unmentioned(number=run.number)
            elif run.closes_unmentioned:
                self._add_closed(run)
            inventory.close_stage(number=run.number)
            run.to_do = inventory.staged_lines(number=run.number) or 0
            change_state(run, "apply")
            run.save()
        self._say(run)

    @staticmethod
    def _add_closed(run: Run) -> None:
        """Count what the file does not mention as 0, within what the feed may close."""
        said = inventory.staged_lines(number=run.number) or 0
        run.closed = inventory.add_unmentioned(number=run.number)
        if run.closed * 100 > run.feed.most_closed_percent * (said + run.closed):
            raise UnreadableFileError(
                "would_close_too_many",
                f"{run.closed} positions with stock are not in the file, of {said} that are: more"
                f" than the {run.feed.most_closed_percent} % that this feed may close at once.",
                "Send the whole snapshot, or raise the feed's limit.",
            )

    def _step(self) -> bool:
        """Merge the next chunk; tell whether another may follow."""
        with transaction.atomic():
            run = self._held()
            if run.state != RunState.APPLYING:
                return False
            if run.stop_asked:
                end(run, "stop", now=self.clock(), actor=actor_of_run(run))
                self._say(run)
                return False
            chunk = inventory.next_chunk(
                number=run.number,
                after=(run.after_sku, run.after_location),
                size=self.chunk,
                as_of=run.as_of,
            )
            if chunk is None:
                self._finish(run)
            else:
                self._apply(run, chunk)
        self._say(run)
        return chunk is not None

    def _stop(self) -> None:
        with transaction.atomic():
            run = self._held()
            end(run, "stop", now=self.clock(), actor=actor_of_run(run))

    def _finish(self, run: Run) -> None:
        run.done = run.to_do
        inventory.drop_stage(number=run.number)
        hear_acknowledged(run.feed, run.acknowledged_to)
        end(run, "finish", now=self.clock(), actor=actor_of_run(run))

    def _apply(self, run: Run, chunk: Chunk) -> None:
        if run.kind == RunKind.COMPARE:
            compare(run, chunk)
        else:
            merged = self._merge(run, chunk)
            wanted = {item.line for item in merged.refused} | {item.line for item in merged.short}
            found = inventory.staged_details(
                number=run.number, lines=[line for line in wanted if line is not None]
            )
            details = {
                line: ReportedLine(
                    line=line,
                    sku_id=row[0],
                    location_id=row[1],
                    quantity=row[2] or 0,
                    occurred_at=row[3],
                    line_ref=row[4],
                )
                for line, row in found.items()
            }
            record(run, merged, details, now=self.clock(), actor=actor_of_run(run))
        run.after_sku, run.after_location = chunk.last
        run.done += chunk.lines
        run.save()

    def _merge(self, run: Run, chunk: Chunk) -> Merged:
        cause = MergeCause(type="feed_run", id=cause_id(run))
        if run.reconciliation is not None:
            cause = MergeCause(type="reconciliation", id=cause_id(run.reconciliation))
        now, actor = self.clock(), actor_of_run(run)
        if run.feed.mode == FeedMode.DELTA:
            return inventory.merge_deltas(
                lines=run.number,
                chunk=chunk,
                as_of=run.as_of,
                source=run.feed.code,
                cause=cause,
                now=now,
                actor=actor,
            )
        return inventory.merge_counts(
            lines=run.number,
            chunk=chunk,
            as_of=run.as_of,
            knowledge=knowledge_of(run),
            cause=cause,
            now=now,
            actor=actor,
            again=run.kind == RunKind.REPLAY,
        )
