"""Reads of the lab's runs."""

from uuid import UUID

from chaland.kernel.errors import NotFoundError
from chaland.kernel.ids import to_public
from chaland.lab.forms import spec_of
from chaland.lab.models import Run
from chaland.lab.types import RUN_PREFIX, LabKind, LabState, RunView


def runs(
    *, state: LabState | None = None, before: UUID | None = None, limit: int = 50
) -> list[RunView]:
    """Return runs, the latest first, that were asked for before the run *before*; one query."""
    rows = Run.objects.defer("checkpoint").order_by("-id")
    if state is not None:
        rows = rows.filter(state=state.value)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [run_view(row) for row in rows[:limit]]


def run(run_id: UUID) -> RunView:
    """Return one run. Raises NotFoundError."""
    row = Run.objects.defer("checkpoint").filter(id=run_id).first()
    if row is None:
        raise NotFoundError("run of the lab", to_public(RUN_PREFIX, run_id))
    return run_view(row)


def run_view(row: Run) -> RunView:
    """Return a row as it is shown."""
    return RunView(
        id=row.id,
        name=row.name,
        kind=LabKind(row.kind),
        state=LabState(row.state),
        spec=spec_of(row.spec),
        progress=row.progress,
        results=row.results,
        problem_code=row.problem_code,
        problem=row.problem,
        stop_asked=row.stop_asked,
        asked_by=row.actor_label,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        version=row.version,
    )
