"""Commands of the journeys: `chaland stock …`."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from chaland.inventory.types import CheckResult, VerificationReport


def register(app: typer.Typer) -> None:
    """Add the group `stock`."""
    stock = typer.Typer(help="Stock: positions, reservations and their ledger.")
    stock.callback()(_group)
    stock.command("verify")(verify)
    app.add_typer(stock, name="stock")


def _group() -> None:
    """Keep `stock` a group, however few commands it has."""


def verify(
    *, as_json: Annotated[bool, typer.Option("--json", help="Answer for machines.")] = False
) -> None:
    """Prove that stock, its ledger, reservations and orders tell one story; exit 1 if not."""
    from chaland.journeys.verify_stock import verify_stock

    report = verify_stock()
    if as_json:
        typer.echo(json.dumps({"clean": report.clean, **asdict(report)}))
    else:
        _show(report)
    raise typer.Exit(0 if report.clean else 1)


def _show(report: VerificationReport) -> None:
    for check in report.checks:
        _show_check(check)
    if report.clean:
        typer.secho("Stock is true.", fg=typer.colors.GREEN, err=True)
    else:
        typer.secho("Stock contradicts itself: see above.", fg=typer.colors.RED, err=True)


def _show_check(check: CheckResult) -> None:
    if check.broken == 0:
        typer.echo(f"✓ {check.meaning} ({check.looked_at:,} rows)", err=True)
        return
    typer.secho(f"✗ {check.meaning}: {check.broken:,} broken", fg=typer.colors.RED, err=True)
    for example in check.examples:
        place = ", ".join(f"{key} {value}" for key, value in example.where.items())
        typer.echo(f"    {place}: expected {example.expected}; found {example.found}", err=True)
    if check.broken > len(check.examples):
        typer.echo(f"    … and {check.broken - len(check.examples):,} more", err=True)
