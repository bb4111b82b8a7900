"""Commands that look and tell: doctor, openapi."""

import json
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings
from rich.console import Console
from rich.table import Table

from chaland.config import openapi
from chaland.database import doctor, embedded
from chaland.database.doctor import Finding, Health

COLOURS = {Health.OK: "green", Health.WARNING: "yellow", Health.WRONG: "bold red"}
OPENAPI_FILE = Path("openapi.json")

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    application.command("doctor")(examine)
    application.command("openapi")(describe)


def examine(*, as_json: JsonOption = False) -> None:
    """Look at the installation and say what is wrong and how to mend it; 1 if anything is."""
    # Otherwise doctor would find every embedded database stopped; what else fails it tells itself.
    if settings.DATABASE_IS_EMBEDDED:
        embedded.attach(settings.CHALAND_DATA)
    findings = doctor.examine()
    if as_json:
        typer.echo(json.dumps(doctor.as_json(findings), indent=2, ensure_ascii=False))
    else:
        Console().print(_table(findings))
    if any(finding.health is Health.WRONG for finding in findings):
        raise typer.Exit(1)


def _table(findings: list[Finding]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for finding in findings:
        colour = COLOURS[finding.health]
        text = finding.found + (f"\n[bold]→ {finding.fix}[/bold]" if finding.fix else "")
        table.add_row(f"[{colour}]{finding.health.value}[/{colour}]", finding.check, text)
    return table


def describe(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; 1 if the file is out of date.")
    ] = False,
    file: Annotated[Path, typer.Option(help="Where the description is kept.")] = OPENAPI_FILE,
) -> None:
    """Write the API's OpenAPI description to a file, or check the file against the code."""
    now = openapi.export()
    if not check:
        file.write_text(now)
        typer.echo(f"{file} written", err=True)
        return
    if not file.exists() or file.read_text() != now:
        typer.secho(f"{file} is out of date: run make openapi", fg=typer.colors.RED, err=True)
        raise typer.Exit(1)
    typer.echo(f"{file} is up to date", err=True)
