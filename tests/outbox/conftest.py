"""Events for tests, and a second connection to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection


@pytest.fixture
def rival(transactional_db: None) -> Iterator[psycopg.Connection[Any]]:
    """Give a connection of somebody else, in a transaction of its own."""
    del transactional_db
    with other_connection() as other:
        yield other


@contextmanager
def other_connection() -> Iterator[psycopg.Connection[Any]]:
    """Connect to the tests' database beside Django."""
    settings = connection.settings_dict
    other = psycopg.connect(
        dbname=settings["NAME"],
        user=settings["USER"] or None,
        password=settings["PASSWORD"] or None,
        host=settings["HOST"] or None,
        port=settings["PORT"] or None,
    )
    try:
        yield other
    finally:
        other.close()
