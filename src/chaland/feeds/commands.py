"""Commands of the room: `chaland import stock`, `chaland stock reconcile`."""

import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from chaland.feeds.types import RunView

INTERRUPTED = 130

Feed = Annotated[str, typer.Option("--feed", help="The code of the feed.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z"],
        help="When its counts were true; if not given, when it was written.",
    ),
]
AcknowledgedTo = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z"],
        help="The source had booked what Chaland moved before this moment.",
    ),
]
Count = Annotated[int | None, typer.Option("--lines", min=0, help="How many lines it must have.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer for machines.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the groups `import` and `stock`, which other rooms have made."""
    for known in app.registered_groups:
        if known.name == "import" and known.typer_instance is not None:
            known.typer_instance.command("stock")(import_stock)
        if known.name == "stock" and known.typer_instance is not None:
            known.typer_instance.command("reconcile")(reconcile)


def import_stock(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or JSON lines.")],
    feed: Feed,
    as_of: AsOf = None,
    acknowledged_to: AcknowledgedTo = None,
    lines: Count = None,
    *,
    close_unmentioned: Annotated[
        bool, typer.Option(help="Take away what a snapshot does not mention.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Merge a file of counts or differences into the stock.

    Exit code 0: merged, whatever waits in quarantine; 1: the file cannot be used, and nothing was
    changed; 130: interrupted, and the worker goes on where it was.
    """
    run = _run(
        file,
        feed,
        as_json=as_json,
        as_of=as_of,
        acknowledged_to=acknowledged_to,
        lines=lines,
        closes_unmentioned=close_unmentioned,
    )
    _report(run, as_json=as_json)


def reconcile(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A full count.")],
    feed: Feed,
    as_of: AsOf = None,
    acknowledged_to: AcknowledgedTo = None,
    lines: Count = None,
    csv: Annotated[Path | None, typer.Option(help="Write all differences here.")] = None,
    *,
    heal: Annotated[bool, typer.Option(help="Bring stock to the count afterwards.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare a full count of another system with the stock, and explain each difference.

    Nothing changes without --heal. Exit code 0: nothing is unexplained, or it was healed; 1:
    something is, or the file cannot be used.
    """
    from chaland.feeds import operations
    from chaland.feeds.api.reconciliations import csv_of
    from chaland.kernel import clock
    from chaland.kernel.actor import SYSTEM

    run = _run(
        file,
        feed,
        as_json=as_json,
        as_of=as_of,
        acknowledged_to=acknowledged_to,
        lines=lines,
        compare=True,
    )
    if csv is not None and run.state == "done":
        with csv.open("w", encoding="utf-8") as out:
            out.writelines(csv_of(run.id, SYSTEM))
    unexplained = int(str(run.summary.get("unexplained_positions", 0)))
    healed = None
    if heal and unexplained:
        mending = operations.heal(run_id=run.id, now=clock.now(), actor=SYSTEM)
        healed = _work(mending, as_json=as_json)
    _report(run, healed, as_json=as_json, failed=bool(unexplained) and healed is None)


def _run(file: Path, feed: str, *, as_json: bool, **told: Any) -> "RunView":
    """Take the file as an upload would, and work on it here."""
    from datetime import UTC

    from django.db import transaction

    from chaland.feeds import folders
    from chaland.feeds.operations import receive_file
    from chaland.feeds.types import FileReceipt
    from chaland.kernel import clock
    from chaland.kernel.actor import SYSTEM
    from chaland.kernel.errors import DomainError

    written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    try:
        with file.open("rb") as stream:
            path, sha256, size = folders.keep(stream, size=file.stat().st_size, name=file.name)
        receipt = FileReceipt(
            path=str(path),
            name=file.name,
            sha256=sha256,
            size=size,
            **{**told, "as_of": told["as_of"] or written},
        )
        with transaction.atomic():
            run = receive_file(feed_code=feed, receipt=receipt, now=clock.now(), actor=SYSTEM)
    except DomainError as error:
        typer.secho(f"{error.message} {error.fix}", fg=typer.colors.RED, err=True)
        raise typer.Exit(1) from error
    return _work(run, as_json=as_json)


def _work(run: "RunView", *, as_json: bool) -> "RunView":
    """Work on a run to its end, unless a worker was faster; then wait for it."""
    import time

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from chaland.feeds import folders
    from chaland.feeds.operations import work_next
    from chaland.feeds.queries import run as read_run
    from chaland.feeds.types import RunState
    from chaland.kernel import clock
    from chaland.kernel.actor import SYSTEM

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True, quiet=as_json)
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task("Reading", total=None)

        def told(seen: "RunView") -> None:
            applying = seen.state == RunState.APPLYING
            progress.update(
                task,
                description="Merging" if applying else "Reading",
                total=seen.to_do or None,
                completed=seen.done if applying else seen.tally.read,
            )

        show: Callable[[RunView], None] = told
        done = work_next(clock=clock.now, number=run.number, told=show)
        while done is None or done.state in {
            RunState.RECEIVING,
            RunState.CHECKING,
            RunState.APPLYING,
        }:
            time.sleep(0.5)
            done = work_next(clock=clock.now, number=run.number, told=show)
            done = done or read_run(run.id, actor=SYSTEM)
            told(done)
    folders.put_away(done)
    return done


def _report(
    run: "RunView", healed: "RunView | None" = None, *, as_json: bool, failed: bool = False
) -> None:
    from dataclasses import asdict

    from chaland.kernel.ids import to_public

    failed = failed or run.state != "done"
    if as_json:
        said = {
            "id": to_public("run", run.id),
            "feed": run.feed,
            "state": run.state,
            "as_of": run.as_of.isoformat(),
            "problem_code": run.problem_code,
            "problem": run.problem,
            "closed": run.closed,
            "lines": asdict(run.tally),
            "summary": dict(run.summary),
            "healed": None if healed is None else asdict(healed.tally),
        }
        sys.stdout.write(json.dumps(said) + "\n")
    else:
        _tell(run, healed)
    raise typer.Exit(1 if failed else 0)


def _tell(run: "RunView", healed: "RunView | None") -> None:
    from dataclasses import asdict

    if run.problem:
        typer.secho(run.problem, fg=typer.colors.RED, err=True)
    shown = {**asdict(run.tally), **run.summary}
    for name, value in shown.items():
        if value:
            typer.echo(f"{name.replace('_', ' ')}: {value:,}", err=True)
    if healed is not None:
        typer.echo(f"healed: {healed.tally.applied:,} positions", err=True)
