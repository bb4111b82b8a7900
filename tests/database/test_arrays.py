"""What our own array encoding sends is what PostgreSQL reads."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chaland.database.arrays import array_parameter
from chaland.database.statements import fetch_one

pytestmark = pytest.mark.django_db

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
MOMENTS = st.datetimes(
    datetime(1900, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=2))]),
)
KINDS: list[tuple[str, st.SearchStrategy[Any]]] = [
    ("text[]", TEXT),
    ("bigint[]", st.integers(-(2**63), 2**63 - 1)),
    ("int[]", st.integers(-(2**31), 2**31 - 1)),
    ("float8[]", st.floats(allow_nan=False)),
    ("boolean[]", st.booleans()),
    ("uuid[]", st.uuids()),
    ("timestamptz[]", MOMENTS),
    ("bytea[]", st.binary()),
    ("numeric[]", st.decimals(-(10**9), 10**9, places=2)),
]


@pytest.mark.parametrize(("type_", "values"), KINDS, ids=[kind for kind, _ in KINDS])
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_every_value_comes_back(type_: str, values: Any, data: st.DataObject) -> None:
    column = data.draw(st.lists(st.none() | values, min_size=1))
    row = fetch_one(f"SELECT %s::{type_}", [column])
    assert row is not None
    assert row[0] == column


def test_each_kind_is_encoded_here_and_the_rest_is_left_to_psycopg() -> None:
    ours: list[list[Any]] = [
        ["a"],
        [1],
        [1.5],
        [True],
        [UUID(int=1)],
        [datetime.now(UTC)],
        [b"x"],
        [Decimal(1)],
    ]
    assert all(array_parameter(column) is not None for column in ours)
    theirs: list[list[Any]] = [[], [None], [["nested"]], [datetime.now(UTC).date()]]
    assert all(array_parameter(column) is None for column in theirs)


def test_a_column_of_nothing_but_nulls_is_still_a_column() -> None:
    assert fetch_one("SELECT %s::text[], %s::int[]", [[None, None], []]) == ([None, None], [])
