"""Set-based statements run inside Django's transactions and raise Django's errors."""

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError

from chaland.database.statements import (
    copy_rows,
    execute,
    fetch_all,
    fetch_dicts,
    fetch_one,
    pipeline,
)

pytestmark = pytest.mark.django_db


def test_arrays_in_rows_out() -> None:
    names, numbers = ["a", "b", "c"], [1, 2, 3]
    touched = execute(
        "INSERT INTO database_revision (name, revision)"
        " SELECT * FROM unnest(%s::text[], %s::bigint[])",
        [names, numbers],
    )
    assert touched == 3
    assert fetch_all("SELECT name, revision FROM database_revision ORDER BY name") == [
        ("a", 1),
        ("b", 2),
        ("c", 3),
    ]
    assert fetch_dicts("SELECT name FROM database_revision WHERE revision = %s", [2]) == [
        {"name": "b"}
    ]
    assert fetch_one("SELECT name FROM database_revision WHERE revision = %s", [9]) is None


def test_named_parameters_and_the_binary_format() -> None:
    query = "SELECT %(n)s::bigint, %(t)s::text, array[1, 2]::int[]"
    params = {"n": 2**40, "t": "é"}
    assert fetch_one(query, params, binary=True) == (2**40, "é", [1, 2])


def test_a_broken_constraint_is_djangos_integrity_error() -> None:
    statement = "INSERT INTO database_revision (name, revision) VALUES (%s, %s)"
    with (
        pytest.raises(IntegrityError, match="database_revision_not_negative"),
        transaction.atomic(),
    ):
        execute(statement, ["a", -1])
    assert fetch_all("SELECT * FROM database_revision") == []


def test_a_transaction_that_must_be_rolled_back_takes_no_more_statements() -> None:
    transaction.set_rollback(True)
    with pytest.raises(TransactionManagementError):
        execute("SELECT 1")
    transaction.set_rollback(False)


def test_rows_can_be_copied_in() -> None:
    rows = [(f"name {n}", n) for n in range(1000)]
    assert copy_rows("database_revision", ["name", "revision"], rows) == 1000
    assert fetch_one("SELECT count(*), sum(revision) FROM database_revision") == (1000, 499_500)


def test_a_pipeline_sends_many_statements_in_one_go() -> None:
    with pipeline():
        for number in range(5):
            execute("INSERT INTO database_revision VALUES (%s, %s)", [f"name {number}", number])
    assert fetch_one("SELECT count(*) FROM database_revision") == (5,)


def test_an_error_in_a_pipeline_is_djangos() -> None:
    with pytest.raises(DataError), transaction.atomic(), pipeline():
        fetch_all("SELECT 1 / %s", [0])
    assert connection.is_usable()


def test_a_prepared_statement_is_prepared_at_once() -> None:
    query = "SELECT name FROM database_revision WHERE revision = %s"
    fetch_all(query, [1], prepare=True)
    prepared = fetch_all("SELECT statement FROM pg_prepared_statements")
    assert any("WHERE revision = $1" in statement for (statement,) in prepared)
