"""Commands of the room: `chaland import rate-card`."""

import json
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from chaland.kernel.errors import DomainError, FieldProblem

if TYPE_CHECKING:
    from chaland.promise.rules.rate_cards import LineProblem
    from chaland.promise.types import RateCardDraft, RateChange

SHOWN = 40
WRONG = 1


def register(app: typer.Typer) -> None:
    """Add the group `import`, which other rooms add to."""
    group = typer.Typer(help="Take in files of other systems.")
    group.callback()(_group)
    group.command("rate-card")(import_rate_card)
    app.add_typer(group, name="import")


def _group() -> None:
    """Keep `import` a group, however few commands it has."""


def import_rate_card(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="CSV: areas, max_weight_kg, up_to_km, price."
        ),
    ],
    service: Annotated[str, typer.Option(help="The code of the carrier's service.")],
    valid_from: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The first day on which it holds.")
    ],
    group: Annotated[str, typer.Option(help="It holds for the sites of this group only.")] = "",
    location: Annotated[str, typer.Option(help="It holds for this site only.")] = "",
    *,
    preview: Annotated[bool, typer.Option(help="Show what would change; write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for machines.")] = False,
) -> None:
    """Write a carrier's prices from a day on, in the place of a card for the same day and sites.

    All or nothing: exit code 1 when anything is wrong, and then nothing was changed.
    """
    from django.db import transaction

    from chaland.kernel import clock
    from chaland.kernel.actor import SYSTEM
    from chaland.promise import operations, queries

    if group and location:
        message = "a card holds for a group or for a location, not for both"
        raise typer.BadParameter(message, param_hint="--location")
    try:
        rows, problems = queries.read_rate_table(file.read_text("utf-8-sig"))
    except UnicodeDecodeError as error:
        message = f"{file} is no text in UTF-8: {error}"
        raise typer.BadParameter(message, param_hint="FILE") from error
    if problems:
        _refuse(problems, as_json=as_json)
    draft = _draft(service, valid_from.date(), group, location, rows)
    changes = queries.rate_changes(draft)
    status = "preview"
    if not preview:
        with transaction.atomic():
            [outcome] = operations.put_rate_cards(
                drafts=[draft], now=clock.now(), actor=SYSTEM, reason=f"import of {file.name}"
            )
        if outcome.problem is not None:
            _refuse_all(outcome.problem, as_json=as_json)
        status = outcome.status
    _tell(draft, changes, status, as_json=as_json)


def _draft(service: str, valid_from: date, group: str, location: str, rows: Any) -> "RateCardDraft":
    from chaland.promise.types import OriginKind, RateCardDraft

    kind = OriginKind.ALL
    if group or location:
        kind = OriginKind.GROUP if group else OriginKind.LOCATION
    return RateCardDraft(
        service_code=service,
        valid_from=valid_from,
        rows=rows,
        origin_kind=kind,
        origin=group or location,
    )


def _refuse_all(problem: DomainError, *, as_json: bool) -> None:
    found = list(problem.problems) or [
        FieldProblem("card", problem.code, str(problem), problem.fix)
    ]
    _fail([(None, item) for item in found], as_json=as_json)


def _refuse(problems: "list[LineProblem]", *, as_json: bool) -> None:
    _fail([(item.line, item.problem) for item in problems], as_json=as_json)


def _fail(problems: list[tuple[int | None, FieldProblem]], *, as_json: bool) -> None:
    if as_json:
        lines = [{"line": line, **asdict(item)} for line, item in problems]
        typer.echo(json.dumps({"status": "rejected", "problems": lines}))
        raise typer.Exit(WRONG)
    console = Console(stderr=True)
    for line, item in problems[:SHOWN]:
        place = "" if line is None else f"line {line}: "
        console.print(f"{place}{item.field} {item.message}. {item.fix}", style="red", markup=False)
    if len(problems) > SHOWN:
        console.print(f"… and {len(problems) - SHOWN} more", style="red")
    console.print("Nothing was changed.")
    raise typer.Exit(WRONG)


def _tell(
    draft: "RateCardDraft", changes: "list[RateChange]", status: str, *, as_json: bool
) -> None:
    if as_json:
        shown = [
            {**asdict(item), "before": _text(item.before), "after": _text(item.after)}
            for item in changes
        ]
        answer = {"status": status, "prices": len(draft.rows), "changes": shown}
        typer.echo(json.dumps(answer))
        return
    console = Console(stderr=True)
    table = Table("area", "up to kg", "up to km", "before", "after")
    for item in changes[:SHOWN]:
        far = "any" if item.up_to_km is None else str(item.up_to_km)
        weight = f"{item.max_weight_grams / 1000:g}"
        table.add_row(item.area, weight, far, _text(item.before) or "–", _text(item.after) or "–")
    if changes:
        console.print(table)
    if len(changes) > SHOWN:
        console.print(f"… and {len(changes) - SHOWN} more changes")
    words = "nothing was written" if status == "preview" else status
    console.print(
        f"{len(draft.rows)} prices of {draft.service_code} from {draft.valid_from}: "
        f"{len(changes)} changes; {words}."
    )


def _text(price: Any) -> str | None:
    return None if price is None else f"{price:.2f}"
