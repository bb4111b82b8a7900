"""The yardstick of the intake benchmark: ``pgbench`` writing the very rows that Chaland writes.

Nothing is listed by hand. One order is placed through the API; every row that its transaction wrote
is found by its ``xmin``; the script that pgbench runs inserts the same columns with values of the
same size, and updates the same stock positions, all as prepared statements in one transaction.

There are two scripts: ``plain`` has one statement a row; ``grouped`` puts the rows of one table
into one INSERT with several VALUES, as a careful programmer might.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from bench.intake_world import PGBENCH_PREAMBLE

_PUBLIC_ID = re.compile(r"^[a-z]{3}_[0-9a-z]{26}$")
_POSITION_TABLE = "inventory_position"
# A number that is new for every order: the run, the client in it, and the client's own count.
_ORDER_NUMBER = "((:run::bigint * 1000 + :client_id) * 10000000 + :n)"


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the catalogue of PostgreSQL describes it."""

    name: str
    type: str
    generated: bool


@dataclass(frozen=True, slots=True)
class WrittenRows:
    """The rows of one table that one transaction wrote, as text."""

    table: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str | None, ...], ...]


def rows_written_by(connection: psycopg.Connection[Any], xid: str) -> list[WrittenRows]:
    """Return every row of every table whose last writer is transaction *xid* (its ``xmin``)."""
    written = []
    for table in _tables(connection):
        columns = _columns(connection, table)
        listed = sql.SQL(", ").join(
            sql.SQL("{}::text").format(sql.Identifier(column.name)) for column in columns
        )
        query = sql.SQL("SELECT {} FROM {} WHERE xmin::text = %s ORDER BY ctid").format(
            listed, sql.Identifier(table)
        )
        rows = connection.execute(query, [xid]).fetchall()
        if rows:
            written.append(WrittenRows(table, columns, tuple(rows)))
    return written


def _tables(connection: psycopg.Connection[Any]) -> list[str]:
    rows = connection.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " ORDER BY relname"
    ).fetchall()
    return [row[0] for row in rows]


def _columns(connection: psycopg.Connection[Any], table: str) -> tuple[Column, ...]:
    rows = connection.execute(
        "SELECT attname, format_type(atttypid, atttypmod), attidentity <> '' OR attgenerated <> ''"
        " OR pg_get_expr(adbin, adrelid) LIKE '%%pg_current_xact_id%%'"
        " FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        [table],
    ).fetchall()
    return tuple(Column(name, type_, bool(generated)) for name, type_, generated in rows)


def insertion_order(
    connection: psycopg.Connection[Any], written: Iterable[WrittenRows]
) -> list[WrittenRows]:
    """Return *written* with referenced tables before those that refer to them."""
    references = connection.execute(
        "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint"
        " WHERE contype = 'f'"
    ).fetchall()
    waiting = {item.table: item for item in written}
    ordered: list[WrittenRows] = []
    while waiting:
        free = [
            table
            for table in waiting
            if not any(
                child == table and parent in waiting and parent != table
                for child, parent in references
            )
        ]
        ordered += [waiting.pop(table) for table in sorted(free)]
    return ordered


class _Literals:
    """Turns the sample's values into expressions that are new for every order."""

    def __init__(self, sku_of_line: Sequence[str], location: str) -> None:
        self._skus = {sku: f":s{index + 1}" for index, sku in enumerate(sku_of_line)}
        self._location = location
        self._numbers: dict[str, int] = {}

    def expression(self, column: Column, value: str | None) -> str:
        if value is None:
            return "NULL"
        if column.name == "sku_id":
            return self._skus[value]
        if column.name == "location_id" and value == self._location:
            return ":l"
        if column.type == "timestamp with time zone":
            return "now()"
        if column.name in {"external_id", "key"}:
            return f"'pgbench-' || {_ORDER_NUMBER}"
        return self._identifier(column, value) or _constant(column, value)

    def _identifier(self, column: Column, value: str) -> str | None:
        """Return a new id for every order, the same wherever the sample's id was the same."""
        number = f"{_ORDER_NUMBER} * 64 + {self._number(value)}"
        if column.type == "uuid":
            return f"lpad(to_hex({number}), 32, '0')::uuid"
        if _PUBLIC_ID.match(value):
            return f"'{value[:3]}_' || lpad(({number})::text, 26, '0')"
        return None

    def _number(self, value: str) -> int:
        return self._numbers.setdefault(value, len(self._numbers))


def _constant(column: Column, value: str) -> str:
    quoted = value.replace("'", "''")
    return f"'{quoted}'" if column.type == "text" else f"'{quoted}'::{column.type}"


def pgbench_script(written: Sequence[WrittenRows], *, grouped: bool) -> str:
    """Return the pgbench script that writes rows like *written*, one transaction an order.

    *grouped* puts the rows of a table into one statement. Raises ValueError when the sample is not
    an order of three lines from one location.
    """
    positions = next(item for item in written if item.table == _POSITION_TABLE)
    names = [column.name for column in positions.columns]
    skus = [row[names.index("sku_id")] or "" for row in positions.rows]
    locations = {row[names.index("location_id")] or "" for row in positions.rows}
    if len(skus) != 3 or len(locations) != 1:
        message = f"the sample order touched {len(skus)} SKUs at {len(locations)} locations"
        raise ValueError(message)
    literals = _Literals(skus, locations.pop())
    statements = [PGBENCH_PREAMBLE, "\\set n :n + 1", "BEGIN;"]
    statements += [_update_of_position(f":s{index + 1}") for index in range(len(skus))]
    for item in written:
        if item.table != _POSITION_TABLE:
            statements += _inserts(item, literals, grouped=grouped)
    return "\n".join([*statements, "COMMIT;", ""])


def _update_of_position(sku: str) -> str:
    return (
        f"UPDATE {_POSITION_TABLE} SET reserved = reserved + 1, version = version + 1,"
        f" updated_at = now() WHERE sku_id = {sku} AND location_id = :l;"
    )


def _inserts(item: WrittenRows, literals: _Literals, *, grouped: bool) -> list[str]:
    kept = [index for index, column in enumerate(item.columns) if not column.generated]
    names = ", ".join(f'"{item.columns[index].name}"' for index in kept)
    rows = [
        ", ".join(literals.expression(item.columns[index], row[index]) for index in kept)
        for row in item.rows
    ]
    start = f'INSERT INTO "{item.table}" ({names}) VALUES '
    if grouped:
        return [start + ", ".join(f"({row})" for row in rows) + ";"]
    return [f"{start}({row});" for row in rows]


def row_count(written: Sequence[WrittenRows]) -> int:
    """Return how many rows one order writes."""
    return sum(len(item.rows) for item in written)
