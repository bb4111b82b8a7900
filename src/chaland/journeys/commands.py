"""Commands of the journeys: `chaland stock …`."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from chaland.accuracy.types.chances import Calibration
from chaland.inventory.types import CheckResult, VerificationReport


def register(app: typer.Typer) -> None:
    """Add the group `stock`."""
    stock = typer.Typer(help="Stock: positions, reservations and their ledger.")
    stock.callback()(_group)
    stock.command("verify")(verify)
    stock.command("calibration")(calibration)
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


def calibration(
    *, as_json: Annotated[bool, typer.Option("--json", help="Answer for machines.")] = False
) -> None:
    """Show how well the chances to find a unit predicted what then happened; exit 1 if unknown."""
    from chaland.accuracy.queries import model_in_use

    model = model_in_use()
    table = None if model is None else model.calibration
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "model_version": 0 if model is None else model.version,
                    "calibration": None if table is None else asdict(table),
                }
            )
        )
    elif model is None:
        typer.echo("Nothing was learned yet: the priors of the settings stand.", err=True)
    else:
        learned = f"{model.learned_at:%Y-%m-%d %H:%M}" if model.learned_at else "–"
        typer.echo(
            f"Model {model.version} of {learned}, from {model.outcomes:,} looks"
            f" ({model.picks:,} picks).",
            err=True,
        )
        _show_calibration(table)
    raise typer.Exit(1 if table is None else 0)


def _show_calibration(table: Calibration | None) -> None:
    if table is None:
        typer.echo("Too few looks to keep some apart for the proof.", err=True)
        return
    typer.echo(f"{'chances':>15}  {'predicted':>9}  {'found':>7}  {'looks':>7}", err=True)
    for row in table.rows:
        span = f"{row.lowest:.3f}–{row.highest:.3f}"
        typer.echo(
            f"{span:>15}  {row.predicted:>9.3f}  {row.observed:>7.3f}  {row.outcomes:>7,}", err=True
        )
    typer.echo(
        f"Brier score {table.brier:.4f} (each location's own rate: {table.base_brier:.4f}),"
        f" log loss {table.log_loss:.4f} ({table.base_log_loss:.4f}),"
        f" calibration error {table.error:.4f}.",
        err=True,
    )
