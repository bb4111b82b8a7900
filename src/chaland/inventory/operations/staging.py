"""Lines of a file wait in a table of their own, resolved and checked, until they are merged."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.types import ReportedLine

COLUMNS = ("line", "sku_id", "location_id", "quantity", "occurred_at", "line_ref")
"""Of a stage, in the order in which ``fill_stage`` takes them."""


_GIVEN = """(
    SELECT * FROM unnest(
        %(given_line)s::int[], %(given_sku)s::int[], %(given_location)s::int[],
        %(given_quantity)s::int[], %(given_occurred_at)s::timestamptz[], %(given_ref)s::text[]
    ) AS given (line, sku_id, location_id, quantity, occurred_at, line_ref)
)"""

Lines = int | Sequence[ReportedLine]
"""What is merged: the lines that wait in the stage of this number, or a few lines at hand."""


def stage_name(number: int) -> str:
    """Return the name of the table in which the lines of run *number* wait."""
    return f"inventory_stage_{int(number)}"


def staged(name: str, lines: Lines, params: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the statement ``merge/<name>.sql`` that reads *lines*, and its parameters."""
    text = sql.load(f"merge/{name}").replace("{unknown}", sql.load("merge/unknown"))
    if isinstance(lines, int):
        return text.replace("{stage}", stage_name(lines)), dict(params)
    given = {
        "given_line": [item.line for item in lines],
        "given_sku": [item.sku_id for item in lines],
        "given_location": [item.location_id for item in lines],
        "given_quantity": [item.quantity for item in lines],
        "given_occurred_at": [item.occurred_at for item in lines],
        "given_ref": [item.line_ref for item in lines],
    }
    return text.replace("{stage}", _GIVEN), {**params, **given}


def open_stage(*, number: int) -> None:
    """Make an empty stage; what an earlier attempt left there is gone."""
    drop_stage(number=number)
    statements.execute(*staged("create_stage", number, {}), prepare=False)


def fill_stage(*, number: int, rows: Iterable[bytes]) -> None:
    """Write lines as CSV with the columns of ``COLUMNS``; an empty field is no value."""
    statements.copy_csv(stage_name(number), COLUMNS, rows)


def add_unmentioned(*, number: int) -> int:
    """Add a count of 0 for each position with units that a full count does not mention.

    Only locations that it speaks of are looked at. Returns how many were added.
    """
    return statements.execute(*staged("unmentioned", number, {}), prepare=False)


def close_stage(*, number: int) -> None:
    """Make a filled stage ready to be read in order."""
    name = stage_name(number)
    statements.execute(f"CREATE INDEX ON {name} (sku_id, location_id)", prepare=False)
    statements.execute(f"ANALYZE {name}", prepare=False)


def staged_lines(*, number: int) -> int | None:
    """Count the lines of a stage; None when there is none."""
    found = statements.fetch_one("SELECT to_regclass(%s)::text", [stage_name(number)])
    if found is None or found[0] is None:
        return None
    row = statements.fetch_one(f"SELECT count(*) FROM {stage_name(number)}", prepare=False)  # noqa: S608
    return None if row is None else int(row[0])


def drop_stage(*, number: int) -> None:
    """Remove a stage, if there is one."""
    statements.execute(f"DROP TABLE IF EXISTS {stage_name(number)}", prepare=False)


def staged_details(
    *, number: int, lines: Sequence[int]
) -> dict[int, tuple[int, int, int | None, datetime | None, str | None]]:
    """Return SKU, location, quantity, moment and reference of some lines of a stage."""
    if not lines:
        return {}
    text, params = staged("details", number, {"lines": list(lines)})
    return {row[0]: row[1:] for row in statements.fetch_all(text, params, prepare=False)}
