"""Databases for test runs: one a run, copied from a template that has the migrations applied."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from psycopg import sql

RUN = "test_chaland_"
TEMPLATE = "chaland_template_"
LOCK = 4_242_001  # any number, as long as every run asks for the same

Maintenance = psycopg.Connection[Any]


def name_of_this_run() -> str:
    """Name the database of this process."""
    return f"{RUN}{os.getpid()}"


def drop_abandoned(maintenance: Maintenance) -> None:
    """Drop the databases of runs whose process is gone."""
    for name in _names(maintenance, RUN):
        owner = name.removeprefix(RUN).split("_")[0]
        if owner.isdecimal() and not _alive(int(owner)):
            _drop(maintenance, name)


def migrated_template(maintenance: Maintenance) -> str:
    """Give a template with all migrations applied, made anew when a migration has changed.

    Applying hundreds of migrations takes seconds, copying a database a fraction of one.
    """
    name = TEMPLATE + _fingerprint()
    with _one_at_a_time(maintenance):
        if name not in _names(maintenance, TEMPLATE):
            _drop_old_templates(maintenance)
            _make_template(maintenance, name)
    return name


def _make_template(maintenance: Maintenance, name: str) -> None:
    draft = f"{RUN}{os.getpid()}_template"
    _drop(maintenance, draft)
    maintenance.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(draft)))
    before = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = draft
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's own
        connection.settings_dict["NAME"] = before
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    maintenance.execute(rename.format(sql.Identifier(draft), sql.Identifier(name)))


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for config in sorted(apps.get_app_configs(), key=lambda config: config.label):
        try:
            package = import_module(f"{config.name}.migrations")
        except ModuleNotFoundError:
            continue
        for folder in package.__path__:
            for path in sorted(Path(folder).rglob("*")):
                if path.suffix in {".py", ".sql"}:
                    digest.update(f"{config.label}/{path.name}".encode())
                    digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _drop_old_templates(maintenance: Maintenance) -> None:
    """Drop templates of a day ago and more; a younger one may be in use by a run beside us."""
    old = maintenance.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s) AND"
        " (pg_stat_file('base/' || oid || '/PG_VERSION')).modification < now() - interval '1 day'",
        [TEMPLATE],
    )
    for (name,) in old.fetchall():
        _drop(maintenance, name)


def _names(maintenance: Maintenance, prefix: str) -> list[str]:
    found = maintenance.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix]
    )
    return [name for (name,) in found.fetchall()]


def _drop(maintenance: Maintenance, name: str) -> None:
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    maintenance.execute(statement.format(sql.Identifier(name)))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def _one_at_a_time(maintenance: Maintenance) -> Iterator[None]:
    maintenance.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        maintenance.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
