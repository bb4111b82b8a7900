"""Commands of the network: `chaland geo …`."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from chaland.kernel.errors import FieldProblem
from chaland.network.types import ImportedAreas, PostalRow

SHOWN_PROBLEMS = 20
_TOLD_EVERY = 5_000

WRONG, USAGE = 1, 2


def register(app: typer.Typer) -> None:
    """Add the group `geo`."""
    geo = typer.Typer(help="Where postal codes are.")
    geo.callback()(_group)
    geo.command("import")(import_file)
    app.add_typer(geo, name="geo")


def _group() -> None:
    """Keep `geo` a group, however few commands it has."""


@dataclass(slots=True)
class _Problems:
    """Lines that cannot be read: how many, and the first of them."""

    count: int = 0
    first: list[tuple[int, FieldProblem]] = field(default_factory=list)

    def add(self, line: int, problem: FieldProblem) -> None:
        self.count += 1
        if len(self.first) < SHOWN_PROBLEMS:
            self.first.append((line, problem))


def import_file(
    file: Annotated[Path, typer.Argument(help="FR.txt, FR.zip or allCountries.zip of GeoNames.")],
    *,
    country: Annotated[
        list[str] | None, typer.Option(help="Take only this country (FR); may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for machines.")] = False,
) -> None:
    """Load postal codes in the GeoNames format, in place of what was imported of their countries.

    All or nothing, but lines that cannot be read are passed over and reported; exit 1 if there were
    any.
    """
    from django.db import transaction

    from chaland.kernel import clock
    from chaland.kernel.actor import SYSTEM
    from chaland.network.operations import import_postal_rows

    console = Console(stderr=True)
    wanted = frozenset(item.upper() for item in country or ())
    problems = _Problems()
    try:
        with _opened(file) as (stream, size), _progress(console) as progress:
            bar = progress.add_task("Reading", total=size)
            rows = _rows(stream, wanted, problems, lambda at: progress.update(bar, completed=at))
            with transaction.atomic():
                result = import_postal_rows(
                    rows=rows, source=file.name, now=clock.now(), actor=SYSTEM
                )
    except (OSError, UnicodeDecodeError, zipfile.BadZipFile) as error:
        console.print(f"{file} cannot be read: {error}", style="red", markup=False)
        raise typer.Exit(USAGE) from error
    _tell(console, result, problems, as_json=as_json)
    raise typer.Exit(WRONG if problems.count or not result.rows else 0)


def _rows(
    stream: BinaryIO,
    wanted: frozenset[str],
    problems: _Problems,
    told: Callable[[int], None],
) -> Iterator[PostalRow]:
    from chaland.network.rules import read_geonames

    for number, line in enumerate(io.TextIOWrapper(stream, encoding="utf-8-sig"), start=1):
        if number % _TOLD_EVERY == 0:
            told(stream.tell())
        if not line.strip():
            continue
        row = read_geonames(line)
        if isinstance(row, FieldProblem):
            problems.add(number, row)
        elif not wanted or row.country in wanted:
            yield row


@contextmanager
def _opened(file: Path) -> Iterator[tuple[BinaryIO, int]]:
    """Open the table, inside its zip or beside it, with its length in bytes."""
    if file.suffix.lower() != ".zip":
        with file.open("rb") as stream:
            yield stream, file.stat().st_size
        return
    with zipfile.ZipFile(file) as archive:
        tables = [item for item in archive.infolist() if item.filename.lower().endswith(".txt")]
        tables = [item for item in tables if "readme" not in item.filename.lower()]
        if len(tables) != 1:
            raise zipfile.BadZipFile(f"it holds {len(tables)} tables, not one")
        with archive.open(tables[0]) as packed:
            # The archive's own streams are what they are called, in all but the type.
            yield packed, tables[0].file_size  # type: ignore[misc]


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn()
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        yield progress


def _tell(console: Console, result: ImportedAreas, problems: _Problems, *, as_json: bool) -> None:
    if as_json:
        lines = [{"line": line, **asdict(problem)} for line, problem in problems.first]
        answer = {**asdict(result), "unreadable": problems.count, "problems": lines}
        typer.echo(json.dumps(answer))
        return
    for line, problem in problems.first:
        console.print(
            f"line {line}: {problem.field} {problem.message}. {problem.fix}",
            style="red",
            markup=False,
        )
    if problems.count > len(problems.first):
        console.print(f"… and {problems.count - len(problems.first):,} more", style="red")
    console.print(
        f"{result.written:,} postal codes of {', '.join(result.countries) or 'no country'}"
        f" from {result.rows:,} lines; {result.removed:,} earlier ones replaced,"
        f" {result.kept:,} kept as they were given."
    )
