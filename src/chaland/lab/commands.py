"""Commands of the lab: `chaland lab …`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from chaland.lab.types import RunView

INTERRUPTED = 130

AsJson = Annotated[bool, typer.Option("--json", help="Answer for machines.")]
RunId = Annotated[str, typer.Argument(help="The run's id, as `lab list` shows it.")]
_SHOWN = ("cost", "parcels", "split", "refusals", "late", "kept", "co2", "unfilled")


def register(app: typer.Typer) -> None:
    """Add the group `lab`."""
    lab = typer.Typer(help="Replay a period under another strategy, network or rate card.")
    lab.command("run")(run)
    lab.command("list")(list_runs)
    lab.command("show")(show)
    lab.command("stop")(stop)
    lab.command("resume")(resume)
    app.add_typer(lab, name="lab")


def run(
    question: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="The body of POST /lab/runs, JSON.")
    ],
    *,
    queue: Annotated[bool, typer.Option(help="Leave the work to a worker.")] = False,
    as_json: AsJson = False,
) -> None:
    """Replay a period, here, and show what it came to; Ctrl-C puts it aside.

    Exit code 0: done, or queued; 1: it failed; 130: put aside, and `lab resume` goes on.
    """
    from django.db import transaction
    from pydantic import ValidationError

    from chaland.kernel import clock
    from chaland.kernel.actor import SYSTEM
    from chaland.kernel.errors import DomainError
    from chaland.lab.api import LabRunBody
    from chaland.lab.operations import start_run

    try:
        body = LabRunBody.model_validate_json(question.read_bytes())
        with transaction.atomic():
            made = start_run(name=body.name, spec=body.spec(), now=clock.now(), actor=SYSTEM)
    except (DomainError, ValidationError) as error:
        typer.secho(str(error), fg=typer.colors.RED, err=True)
        raise typer.Exit(1) from error
    if queue:
        _report(made, as_json=as_json)
    else:
        _work(made, as_json=as_json)


def list_runs(*, as_json: AsJson = False) -> None:
    """List the latest runs."""
    from chaland.kernel.ids import to_public
    from chaland.lab.api import LabRunSummary
    from chaland.lab.queries import runs
    from chaland.lab.types import RUN_PREFIX

    found = runs(limit=50)
    if as_json:
        shown = [LabRunSummary.of(item).model_dump(mode="json") for item in found]
        typer.echo(json.dumps(shown))
        return
    for item in found:
        public = to_public(RUN_PREFIX, item.id)
        typer.echo(f"{public}  {item.state:<8} {item.progress:>4.0%}  {item.name}")


def show(run_id: RunId, *, as_json: AsJson = False) -> None:
    """Show what a run came to."""
    _report(_known(run_id), as_json=as_json)


def stop(run_id: RunId, *, as_json: AsJson = False) -> None:
    """Stop a run; what it found so far stays."""
    from chaland.lab.operations import ask_to_stop

    _report(_steered(ask_to_stop, run_id), as_json=as_json)


def resume(
    run_id: RunId,
    *,
    queue: Annotated[bool, typer.Option(help="Leave the work to a worker.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let a stopped run go on where it was, here."""
    from chaland.lab.operations import resume_run

    found = _known(run_id)
    if found.state == "stopped":
        found = _steered(resume_run, run_id)
    if queue:
        _report(found, as_json=as_json)
    else:
        _work(found, as_json=as_json)


def _known(run_id: str) -> "RunView":
    from chaland.kernel.errors import DomainError
    from chaland.kernel.ids import InvalidPublicIdError, from_public
    from chaland.lab.queries import run as read
    from chaland.lab.types import RUN_PREFIX

    try:
        return read(from_public(RUN_PREFIX, run_id))
    except (DomainError, InvalidPublicIdError) as error:
        typer.secho(str(error), fg=typer.colors.RED, err=True)
        raise typer.Exit(1) from error


def _steered(operation: Any, run_id: str) -> "RunView":
    from django.db import transaction

    from chaland.kernel import clock
    from chaland.kernel.actor import SYSTEM
    from chaland.kernel.errors import DomainError

    known = _known(run_id)
    try:
        with transaction.atomic():
            steered: RunView = operation(run_id=known.id, now=clock.now(), actor=SYSTEM)
    except DomainError as error:
        typer.secho(f"{error.message} {error.fix}", fg=typer.colors.RED, err=True)
        raise typer.Exit(1) from error
    return steered


def _work(found: "RunView", *, as_json: bool) -> None:
    """Work on a run to its end, unless a worker was faster; then wait for it."""
    import signal
    import threading

    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    from chaland.kernel import clock
    from chaland.lab.operations import work_next
    from chaland.lab.queries import run as read

    halt = threading.Event()
    before = signal.signal(signal.SIGINT, lambda _signal, _frame: halt.set())
    columns = (TextColumn("Replaying"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=Console(stderr=True, quiet=as_json)) as progress:
            task = progress.add_task("", total=1.0)

            def told(seen: "RunView") -> None:
                progress.update(task, completed=seen.progress)

            work_next(clock=clock.now, run_id=found.id, told=told, halt=halt.is_set)
            done = read(found.id)
            while done.state in {"queued", "running"} and not halt.wait(0.5):
                work_next(clock=clock.now, run_id=found.id, told=told, halt=halt.is_set)
                done = read(found.id)
                told(done)
    finally:
        signal.signal(signal.SIGINT, before)
    _report(done, as_json=as_json)
    if halt.is_set():
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(1 if done.state == "failed" else 0)


def _report(found: "RunView", *, as_json: bool) -> None:
    from chaland.lab.api import LabRunAnswer

    answer = LabRunAnswer.of(found)
    if as_json:
        typer.echo(answer.model_dump_json())
        return
    typer.echo(f"{answer.id}  {answer.state}  {answer.progress:.0%}  {answer.name}")
    if answer.problem:
        typer.secho(answer.problem, fg=typer.colors.RED, err=True)
    for way in answer.ways:
        typer.echo(f"\n{way.name or 'Today'}")
        for name in _SHOWN:
            difference = way.differences[name]
            line = f"  {name:<9} {way.measures[name].mean:10.4f}"
            if way.name:
                line += f"  {difference.mean:+.4f} ({difference.low:+.4f} … {difference.high:+.4f})"
            typer.echo(line)
