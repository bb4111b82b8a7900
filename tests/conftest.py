"""What every test can count on.

The database
    Without `DATABASE_URL`, tests run on an embedded PostgreSQL of their own in `.chaland-test/`
    (no fsync: it holds nothing worth keeping). With it, on that server. Either way each run makes
    a database of its own, named after the process, so that several runs may go on side by side;
    what a killed run left behind is removed by the next.

Kinds of tests (`-m`)
    Unmarked tests are `unit`. The others carry `journey`, `concurrency`, `crash`, `browser` or
    `contract`, on their own or by the folder they are in.

Fixtures
    `database_url`  where this run's database is, for a process that a test starts
    `processes`     starts `chaland serve`, `chaland worker` … on this run's database
    `chromium`      the path of Debian's Chromium; without it the test is skipped, or fails where
                    `CHALAND_REQUIRE_BROWSER=1`
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import django
import hypothesis
import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pytest_django import DjangoDbBlocker

REPOSITORY = Path(__file__).resolve().parent.parent
TEST_DATA = Path(os.environ.get("CHALAND_TEST_DATA", REPOSITORY / ".chaland-test"))

# Named in pyproject.toml, the settings would be read before this file could say where data goes.
os.environ["DJANGO_SETTINGS_MODULE"] = "chaland.config.settings"
os.environ.setdefault("CHALAND_ENV", "test")
os.environ["CHALAND_DATA"] = str(TEST_DATA)
os.environ.setdefault("CHALAND_SECRET_KEY", "only-for-tests-" + "x" * 50)

# What lands is judged by the same examples each time; everywhere else new ones are looked for.
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")

django.setup()

from django.conf import settings as django_settings  # noqa: E402  settings follow the environment
from django.db import connection  # noqa: E402

from chaland.database import embedded  # noqa: E402
from tests import databases  # noqa: E402
from tests.processes import Processes  # noqa: E402

KINDS = frozenset({"journey", "concurrency", "crash", "browser", "contract"})
FOLDERS = {"journeys": "journey", "concurrency": "concurrency", "e2e": "browser"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with its kind: its own mark, else its folder's, else `unit`."""
    for item in items:
        if KINDS & {mark.name for mark in item.iter_markers()}:
            continue
        folder = item.path.relative_to(REPOSITORY / "tests").parts[0]
        item.add_marker(FOLDERS.get(folder, "unit"))


@pytest.fixture(scope="session")
def postgres() -> str:
    """Make sure that a PostgreSQL runs, and give the address of its maintenance database."""
    if django_settings.DATABASE_IS_EMBEDDED:
        embedded.attach(
            TEST_DATA,
            settings={"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"},
        )
    options = connection.settings_dict
    return make_conninfo(
        dbname="postgres",
        user=options["USER"] or None,
        password=options["PASSWORD"] or None,
        host=options["HOST"] or None,
        port=options["PORT"] or None,
    )


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres: str, django_db_blocker: DjangoDbBlocker) -> None:
    """Give this run a database of its own, and clear away those of runs that were killed."""
    test = connection.settings_dict["TEST"]
    test["NAME"] = databases.name_of_this_run()
    with psycopg.connect(postgres, autocommit=True) as maintenance, django_db_blocker.unblock():
        databases.drop_abandoned(maintenance)
        if django_settings.DATABASE_IS_EMBEDDED:
            test["TEMPLATE"] = databases.migrated_template(maintenance)


@pytest.fixture(scope="session")
def database_url(django_db_setup: None) -> str:
    """Where this run's database is, as `DATABASE_URL` wants it."""
    del django_db_setup
    options = connection.settings_dict
    name, user, password, host = (
        quote(str(options[key] or ""), safe="") for key in ("NAME", "USER", "PASSWORD", "HOST")
    )
    if str(options["HOST"]).startswith("/"):
        return f"postgresql://{user}:{password}@/{name}?{urlencode({'host': options['HOST']})}"
    port = f":{options['PORT']}" if options["PORT"] else ""
    return f"postgresql://{user}:{password}@{host}{port}/{name}"


@pytest.fixture
def processes(transactional_db: None, database_url: str) -> Iterator[Processes]:
    """Start processes of ours on this run's database; they are killed when the test ends."""
    del transactional_db  # what the test writes must be committed, for others to see it
    with Processes(database_url=database_url, data=TEST_DATA) as started:
        yield started


@pytest.fixture(scope="session")
def chromium() -> str:
    """Find a Chromium; skip the test without one, unless it is required."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    reason = f"no browser found: install one of {', '.join(BROWSERS)}"
    if os.environ.get("CHALAND_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
