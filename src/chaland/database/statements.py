"""Set-based SQL on Django's connection, bound and prepared by the server.

Django's own cursor merges parameters into the text, so that PostgreSQL parses and plans each call
anew. These helpers send the statement and its parameters apart: after five uses on a connection
psycopg prepares it. They run inside Django's transactions and raise Django's exceptions
(`IntegrityError`, `OperationalError` …).

Pass columns as arrays and let one statement do the work of many:

    execute(
        "INSERT INTO inventory_movement (sku_id, quantity)"
        " SELECT * FROM unnest(%s::bigint[], %s::int[])",
        [sku_ids, quantities],
    )
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from django.db import connection
from psycopg import sql
from psycopg.rows import dict_row, tuple_row

from chaland.database.arrays import array_parameter

Params = Sequence[Any] | Mapping[str, Any] | None
Query = str | sql.SQL | sql.Composed


def execute(query: Query, params: Params = None, *, prepare: bool | None = None) -> int:
    """Run a statement and return how many rows it touched.

    `prepare=True` prepares at the first use (for statements of a hot path), `False` never does,
    `None` leaves it to psycopg.
    """
    with _cursor(tuple_row) as cursor:
        cursor.execute(_query(query), _bound(params), prepare=prepare)
        return cursor.rowcount


def fetch_all(
    query: Query, params: Params = None, *, prepare: bool | None = None, binary: bool = False
) -> list[tuple[Any, ...]]:
    """Run a statement and return its rows as tuples.

    `binary=True` asks for PostgreSQL's binary format: faster for many numbers, times and UUIDs.
    """
    with _cursor(tuple_row, binary=binary) as cursor:
        cursor.execute(_query(query), _bound(params), prepare=prepare)
        return cursor.fetchall()


def fetch_one(
    query: Query, params: Params = None, *, prepare: bool | None = None, binary: bool = False
) -> tuple[Any, ...] | None:
    """Run a statement and return its first row, or `None` if it has none."""
    with _cursor(tuple_row, binary=binary) as cursor:
        cursor.execute(_query(query), _bound(params), prepare=prepare)
        return cursor.fetchone()


def fetch_dicts(
    query: Query, params: Params = None, *, prepare: bool | None = None, binary: bool = False
) -> list[dict[str, Any]]:
    """Run a statement and return its rows as dictionaries by column name."""
    with _cursor(dict_row, binary=binary) as cursor:
        cursor.execute(_query(query), _bound(params), prepare=prepare)
        return cursor.fetchall()


def copy_rows(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    """Load rows with COPY, the fastest way in for thousands of them; return how many.

    Unlike an INSERT it can neither skip conflicts nor return ids.
    """
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with _cursor(tuple_row) as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
    return len(rows)


def copy_csv(table: str, columns: Sequence[str], parts: Iterable[bytes]) -> None:
    """Load CSV with COPY, in parts that may end anywhere; an empty field is NULL.

    Nothing is looked at here: what is not CSV of these columns raises DataError.
    """
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with _cursor(tuple_row) as cursor, cursor.copy(statement) as copy:
        for part in parts:
            copy.write(part)


@contextmanager
def pipeline() -> Iterator[None]:
    """Send the statements inside without waiting for each answer: one round trip for many.

    An error surfaces at the statement that reads an answer or at the end of the block.
    """
    with connection.wrap_database_errors, _raw_connection().pipeline():
        yield


@contextmanager
def _cursor(rows: Callable[[Any], Any], *, binary: bool = False) -> Iterator[psycopg.Cursor[Any]]:
    connection.validate_no_broken_transaction()
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(_raw_connection(), row_factory=rows) as cursor,
    ):
        if binary:
            cursor.format = psycopg.pq.Format.BINARY
        yield cursor


def _raw_connection() -> psycopg.Connection[Any]:
    """Give psycopg's connection under Django's, opened if it is not."""
    connection.ensure_connection()
    return cast("psycopg.Connection[Any]", connection.connection)


def _bound(params: Params) -> Params:
    """Encode whole columns at once; leave every other parameter to psycopg."""
    if params is None:
        return None
    if isinstance(params, Mapping):
        return {name: _encoded(value) for name, value in params.items()}
    return [_encoded(value) for value in params]


def _encoded(value: Any) -> Any:
    return (array_parameter(value) or value) if isinstance(value, list) else value


def _query(query: Query) -> Any:
    """Pass a plain string where psycopg's types ask for a literal: our callers build none."""
    return query
