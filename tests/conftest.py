"""What every test can count on.

The database
    Without `DATABASE_URL`, tests run on an embedded PostgreSQL of their own in `.chaland-test/`
    (no fsync: it holds nothing worth keeping). With it, on that server. Either way each run makes
    a database of its own, named after the process, so that several runs may go on side by side;
    what a killed run left behind is removed by the next.

Kinds of tests (`-m`)
    Unmarked tests are `unit`. The others carry `journey`, `concurrency`, `crash`, `browser` or
    `contract`, on their own or by the folder they are in.
"""

import os
from pathlib import Path

import django
import psycopg
import pytest
from psycopg import sql

REPOSITORY = Path(__file__).resolve().parent.parent
TEST_DATA = Path(os.environ.get("CHALAND_TEST_DATA", REPOSITORY / ".chaland-test"))

# Named in pyproject.toml, the settings would be read before this file could say where data goes.
os.environ["DJANGO_SETTINGS_MODULE"] = "chaland.config.settings"
os.environ.setdefault("CHALAND_ENV", "test")
os.environ["CHALAND_DATA"] = str(TEST_DATA)
os.environ.setdefault("CHALAND_SECRET_KEY", "only-for-tests-" + "x" * 50)

django.setup()

KINDS = frozenset({"journey", "concurrency", "crash", "browser", "contract"})
FOLDERS = {"journeys": "journey", "concurrency": "concurrency", "e2e": "browser"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with its kind: its own mark, else its folder's, else `unit`."""
    for item in items:
        if KINDS & {mark.name for mark in item.iter_markers()}:
            continue
        folder = item.path.relative_to(REPOSITORY / "tests").parts[0]
        item.add_marker(FOLDERS.get(folder, "unit"))


@pytest.fixture(scope="session")
def postgres() -> str:
    """Make sure that a PostgreSQL runs, and give the URL of its maintenance database."""
    from django.conf import settings

    if settings.DATABASE_IS_EMBEDDED:
        from chaland.database import embedded

        embedded.attach(
            TEST_DATA,
            settings={"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"},
        )
    return _maintenance_conninfo()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres: str) -> None:
    """Give this run a database of its own, and clear away those of runs that were killed."""
    from django.db import connections

    _drop_abandoned_databases(postgres)
    connections["default"].settings_dict["TEST"]["NAME"] = f"test_chaland_{os.getpid()}"


def _maintenance_conninfo() -> str:
    from django.db import connections

    settings = connections["default"].settings_dict
    return psycopg.conninfo.make_conninfo(
        dbname="postgres",
        user=settings["USER"] or None,
        password=settings["PASSWORD"] or None,
        host=settings["HOST"] or None,
        port=settings["PORT"] or None,
    )


def _drop_abandoned_databases(conninfo: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        found = connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'test\\_chaland\\_%'"
        ).fetchall()
        for (name,) in found:
            owner = name.removeprefix("test_chaland_").split("_")[0]
            if owner.isdecimal() and not Path(f"/proc/{owner}").exists():
                connection.execute(
                    sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
                )
