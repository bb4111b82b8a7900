"""Commands of the journeys: `chaland stock …`, `chaland sourcing …`."""

import json
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from chaland.accuracy.types.chances import Calibration
from chaland.inventory.types import CheckResult, VerificationReport
from chaland.sourcing.types import ReoptimisationRun


def register(app: typer.Typer) -> None:
    """Add the groups `stock` and `sourcing`."""
    stock = typer.Typer(help="Stock: positions, reservations and their ledger.")
    stock.callback()(_group)
    stock.command("verify")(verify)
    stock.command("calibration")(calibration)
    app.add_typer(stock, name="stock")
    sourcing = typer.Typer(help="Sourcing: which sites give what.")
    sourcing.callback()(_group)
    sourcing.command("reoptimise")(reoptimise)
    sourcing.command("price")(price)
    app.add_typer(sourcing, name="sourcing")


def _group() -> None:
    """Keep a group a group, however few commands it has."""


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


def price(
    *,
    show: Annotated[int, typer.Option(min=0, help="How many of the highest to show.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for machines.")] = False,
) -> None:
    """Work out what the last units of scarce SKUs are worth to orders to come, and use it.

    The worker does so by itself every ten minutes. Exit 1 while it is at it.
    """
    from chaland.journeys.price_scarcity import named_prices, price_scarcity
    from chaland.kernel import clock

    report = price_scarcity(now=clock.now())
    if report is None:
        typer.secho("A worker is working prices out right now.", fg=typer.colors.YELLOW, err=True)
        raise typer.Exit(1)
    highest = named_prices(report.prices, limit=show)
    counts = {"orders": report.orders, "kinds": report.kinds, "scarce": report.scarce}
    if as_json:
        prices = [item._asdict() | {"until": item.until.isoformat()} for item in highest]
        typer.echo(json.dumps({**counts, "priced": len(report.prices), "highest": prices}))
        return
    typer.echo(
        f"{report.orders:,} orders of the last weeks, {report.scarce:,} scarce SKUs that"
        f" {report.kinds:,} kinds of orders ask for, {len(report.prices):,} prices.",
        err=True,
    )
    for item in highest:
        typer.echo(f"{item.price:>10}  {item.sku}  {item.location}  until {item.until:%Y-%m-%d}")


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


def reoptimise(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would be better.")
    ] = False,
    channel: Annotated[
        list[str] | None, typer.Option(help="Only orders of this channel; may be repeated.")
    ] = None,
    seconds: Annotated[
        int | None, typer.Option(min=1, help="The most it may take; else as in the settings.")
    ] = None,
    least_saving: Annotated[
        str | None, typer.Option(help="What a change has to save; else as in the settings.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for machines.")] = False,
) -> None:
    """Assign the orders that wait for their release together, once; exit 1 if the solver failed."""
    from django.conf import settings

    from chaland.journeys.reoptimise import Reoptimising
    from chaland.journeys.reoptimise import reoptimise as run_once
    from chaland.kernel import clock
    from chaland.kernel.actor import SYSTEM
    from chaland.sourcing.types import JointStatus

    how = Reoptimising(
        channels=frozenset(channel) if channel else None,
        seconds=seconds or settings.CHALAND_REOPTIMISE_SECONDS,
        least_saving=_amount(least_saving, settings.CHALAND_REOPTIMISE_LEAST_SAVING),
    )
    run = run_once(how, now=clock.now(), actor=SYSTEM, dry_run=dry_run)
    if as_json:
        typer.echo(json.dumps({"dry_run": dry_run, "run": None if run is None else _form(run)}))
    else:
        _show_run(run, dry_run=dry_run)
    raise typer.Exit(1 if run is not None and run.status is JointStatus.FAILED else 0)


def _amount(text: str | None, default: Decimal) -> Decimal:
    if text is None:
        return default
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise typer.BadParameter(
            f"must be an amount from 0 up, such as 0.50, not {text!r}", param_hint="--least-saving"
        )
    return amount


def _form(run: ReoptimisationRun) -> dict[str, object]:
    numbers = {
        name: None if value is None else str(value)
        for name, value in (
            ("cost_before", run.cost_before),
            ("cost_after", run.cost_after),
            ("saved", run.saved),
            ("lower_bound", run.lower_bound),
        )
    }
    return {
        "status": run.status.value,
        "orders": run.orders,
        "proposed": run.proposed,
        "changed": run.changed,
        **numbers,
        "gap": run.gap,
        "seconds": run.seconds,
    }


def _show_run(run: ReoptimisationRun | None, *, dry_run: bool) -> None:
    if run is None:
        typer.echo("No order waits long enough for its release to be looked at.", err=True)
        return
    rows = [
        ("orders that wait", f"{run.orders:,}"),
        ("better elsewhere", f"{run.proposed:,}"),
        ("moved", "none: this was a dry run" if dry_run else f"{run.changed:,}"),
        ("cost as it was", f"{run.cost_before:,.2f}"),
        ("cost as chosen", f"{run.cost_after:,.2f}"),
        ("saved", f"{run.cost_before - run.cost_after if dry_run else run.saved:,.2f}"),
        ("gap to the bound", "unknown" if run.gap is None else f"{run.gap:.2%}"),
        ("how it ended", run.status.value),
        ("seconds", f"{run.seconds:.1f}"),
    ]
    for name, value in rows:
        typer.echo(f"{name:>18}  {value}", err=True)
