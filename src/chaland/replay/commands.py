"""`chaland replay`: a real order stream through the public API, and its account."""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from chaland.replay.account import Account, Tally
from chaland.replay.bodies import BodyMaker
from chaland.replay.client import Api
from chaland.replay.destinations import Destinations, read_destinations
from chaland.replay.journal import Journal, fingerprint
from chaland.replay.preparation import prepare
from chaland.replay.reading import Selection, read_orders
from chaland.replay.rules import plan
from chaland.replay.running import Pace, Runner
from chaland.replay.types import ReplayError, Step

LINES_PER_ORDER = 200
"""The API takes no longer order; a longer invoice becomes several."""

INTERRUPTED = 130
UNREACHABLE = 3

SHARED_COMMUNES = Path("fr_communes/communes.csv")
SHARED_POSTAL_CODES = Path("geonames_postal/eu_postal.parquet")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(
    file: Annotated[
        Path, typer.Argument(help="Orders in the layout of UCI Online Retail: parquet or CSV.")
    ],
    url: Annotated[str, typer.Option(help="The server's address.")] = "http://127.0.0.1:8000",
    key: Annotated[
        str, typer.Option(envvar="CHALAND_API_KEY", help="An API key; if not given, the demo's.")
    ] = "",
    channel: Annotated[str, typer.Option(help="The channel that the orders come from.")] = "replay",
    currency: Annotated[str, typer.Option(help="The currency of the file's amounts.")] = "EUR",
    speed_up: Annotated[
        float | None,
        typer.Option(
            min=0.001, help="Hours of the file per hour; as fast as it goes if not given."
        ),
    ] = None,
    start: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Read so many invoices at most.")] = None,
    communes: Annotated[
        Path | None, typer.Option(help="CSV of communes (nom, type, dep, pop, cps) to deliver to.")
    ] = None,
    postal_codes: Annotated[
        Path | None, typer.Option(help="Parquet of postal codes with coordinates (GeoNames).")
    ] = None,
    time_zone: Annotated[
        str, typer.Option(help="The time zone of the file's dates.")
    ] = "Europe/London",
    prepare_first: Annotated[  # noqa: FBT002 - a flag of the command line
        bool,
        typer.Option(
            "--prepare", help="First create the channel, sites, articles and stock it takes."
        ),
    ] = False,
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="Requests at once.")] = 4,
    batch: Annotated[int, typer.Option(min=1, max=500, help="Orders per request.")] = 50,
    journal: Annotated[Path | None, typer.Option(help="Where to note what is settled.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the account as JSON.")] = False,  # noqa: FBT002
) -> None:
    """Send a real order stream through the public API and account for every invoice and line.

    Interrupt it with Ctrl-C: the same command goes on where it stopped. Exit code 0: everything
    that was read is explained; 1: the account does not balance, or the file cannot be used; 3: the
    server does not answer; 130: interrupted.
    """
    console = Console(stderr=True)
    days = Selection(start.date() if start else None, end.date() if end else None, limit)
    stop = threading.Event()
    try:
        with console.status("Reading the file…"):
            destinations = _destinations(communes, postal_codes)
            read = read_orders(file, days, _zone(time_zone))
            steps = plan(read.invoices, lines_per_order=LINES_PER_ORDER)
        notes = Journal(*_journal(journal, file, url, channel, days))
    except ReplayError as error:
        _fail(console, str(error), 1)
    account = Account(invoices=Tally(len(read.invoices)), lines=Tally(read.rows_read))
    api = Api(url, key or _key_of_the_demo(), connections=concurrency, stop=stop)
    failure = ""
    with _stopping_on_interrupt(stop):
        try:
            if prepare_first:
                _prepare(api, steps, destinations, channel, currency, console)
            runner = Runner(
                api=api,
                journal=notes,
                make_body=BodyMaker(channel, currency, destinations),
                pace=Pace(speed_up, stop),
                stop=stop,
                concurrency=concurrency,
                orders_per_request=batch,
            )
            _run(runner, steps, account, console)
        except ReplayError as error:
            failure = str(error)
        finally:
            api.close()
    if account.balances:
        notes.finish()
    _close(account, console, as_json=as_json)
    _exit(account, console, failure, interrupted=stop.is_set())


def _run(runner: Runner, steps: list[Step], account: Account, console: Console) -> None:
    columns = (
        TextColumn("Replaying"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[at]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    at_of = {step.invoice: step.at for step in steps}
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=len(steps), at="")
        for outcomes in runner.run(steps):
            for outcome in outcomes:
                account.add(outcome)
            at = at_of[outcomes[-1].invoice]
            progress.update(task, advance=len(outcomes), at=f"{at:%Y-%m-%d}" if at else "")


def _prepare(
    api: Api,
    steps: list[Step],
    destinations: Destinations,
    channel: str,
    currency: str,
    console: Console,
) -> None:
    with Progress(TextColumn("{task.description}"), BarColumn(), console=console) as progress:
        task = progress.add_task("Preparing", total=None)

        def told(what: str, done: int, total: int) -> None:
            progress.update(task, description=f"Preparing {what}", completed=done, total=total)

        prepare(api, steps, destinations, channel=channel, currency=currency, told=told)


def _destinations(communes: Path | None, postal_codes: Path | None) -> Destinations:
    shared = Path(os.environ.get("CHALAND_SHARED", "../shared")) / "data"
    if communes is None:
        communes = shared / SHARED_COMMUNES
        if not communes.is_file():
            raise ReplayError(
                "where to deliver? Name a table of communes with --communes, or the folder that"
                f" holds data/{SHARED_COMMUNES} with CHALAND_SHARED"
            )
    if postal_codes is None and (shared / SHARED_POSTAL_CODES).is_file():
        postal_codes = shared / SHARED_POSTAL_CODES
    return read_destinations(communes, postal_codes)


def _data_folder() -> Path:
    return Path(os.environ.get("CHALAND_DATA") or ".chaland")


def _key_of_the_demo() -> str:
    """Return the key that the demo, if there is one here, made for integrators."""
    try:
        keys = json.loads((_data_folder() / "demo.json").read_text("utf-8"))["keys"]
        return str(keys["integrator"])
    except (OSError, ValueError, KeyError):
        return ""


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ReplayError(f"there is no time zone {name!r}") from error


def _journal(
    path: Path | None, file: Path, url: str, channel: str, days: Selection
) -> tuple[Path, str]:
    name = fingerprint([file.name, file.stat().st_size, url, channel, days])
    if path is None:
        path = _data_folder() / "replay" / f"{file.stem}-{name}.jsonl"
    return path, name


@contextmanager
def _stopping_on_interrupt(stop: threading.Event) -> Iterator[None]:
    """Take Ctrl-C as a request to stop after what is under way; a second one is not so patient."""
    before = signal.getsignal(signal.SIGINT)

    def ask(*_: object) -> None:
        signal.signal(signal.SIGINT, before)
        stop.set()

    signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _close(account: Account, console: Console, *, as_json: bool) -> None:
    if as_json:
        json.dump(account.as_json(), sys.stdout, indent=2)
        sys.stdout.write("\n")
        return
    table = Table(title="Account", title_justify="left")
    table.add_column("")
    for heading in ("invoices", "lines"):
        table.add_column(heading, justify="right")
    tallies = (account.invoices, account.lines)

    def row(label: str, number: Callable[[Tally], int], style: str = "") -> None:
        table.add_row(label, *(f"{number(tally):,}" for tally in tallies), style=style)

    row("read", lambda tally: tally.read, "bold")
    row("accepted", lambda tally: tally.accepted)
    row("duplicates", lambda tally: tally.duplicates)
    row("rejected", lambda tally: tally.rejected.total())
    reasons = account.lines.rejected + account.invoices.rejected
    for reason, _ in reasons.most_common():
        row(f"  {reason}", partial(_rejected_for, reason), "dim")
    row("not sent yet", lambda tally: tally.read - tally.settled)
    console.print(table)
    console.print(
        f"{account.orders_accepted:,} invoices became orders,"
        f" {account.cancellations_accepted:,} became cancellations."
    )


def _rejected_for(reason: str, tally: Tally) -> int:
    return tally.rejected[reason]


def _exit(account: Account, console: Console, failure: str, *, interrupted: bool) -> None:
    if failure:
        _fail(console, f"{failure}\nRun the same command again to go on.", UNREACHABLE)
    if interrupted and not account.balances:
        _fail(console, "Interrupted. Run the same command again to go on.", INTERRUPTED)
    if not account.balances:
        _fail(console, "The account does not balance.", 1)


def _fail(console: Console, message: str, code: int) -> None:
    console.print(message, style="red", markup=False)
    raise typer.Exit(code)
