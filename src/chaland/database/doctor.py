"""Is the database fit for the work? Each check says what it found and how to mend it."""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.db import Error, connection, models
from django.db.migrations.executor import MigrationExecutor

from chaland.database.reach import try_to_connect
from chaland.database.statements import fetch_all

OLDEST_SERVER = 150_000
ROOMY_BYTES = 2 * 1024**3
TIGHT_BYTES = 256 * 1024**2
GENERATED_KEY_LENGTH = 32


class Health(StrEnum):
    """How a finding is meant: fine, worth a look, or wrong."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw: `found` in words, and what to do about it unless it is fine."""

    check: str
    health: Health
    found: str
    fix: str = ""


def examine() -> list[Finding]:
    """Run every check. One that cannot be run is a finding too, and the others go on.

    Without a connection only the checks that need none are run.
    """
    findings = [finding for check in OUTSIDE for finding in check()]
    reach = _reach_database()
    findings.append(reach)
    if reach.health is Health.WRONG:
        return findings
    for check in INSIDE:
        findings.extend(_run(check))
    return findings


def _run(check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    try:
        return list(check())
    except (Error, psycopg.Error) as error:
        name = check.__name__.removeprefix("_").replace("_", " ")
        return [Finding(name, Health.WRONG, f"the check failed: {error}".strip(), "see the log")]


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", Health.OK, f"Python {version}")


def _secret_key() -> Iterator[Finding]:
    name = "secret key"
    if len(settings.SECRET_KEY) < GENERATED_KEY_LENGTH:
        fix = "set CHALAND_SECRET_KEY to 50 random characters or more"
        yield Finding(name, Health.WRONG, "shorter than 32 characters", fix)
        return
    path = settings.CHALAND_DATA / "secret_key"
    if path.exists() and path.stat().st_mode & 0o077:
        yield Finding(name, Health.WRONG, f"{path} can be read by others", f"chmod 600 {path}")
    elif settings.PRODUCTION and path.exists() and path.read_text().strip() == settings.SECRET_KEY:
        fix = "keep a copy apart from the database: it signs links and encrypts secrets"
        yield Finding(name, Health.WARNING, f"generated, kept in {path}", fix)
    else:
        yield Finding(name, Health.OK, "long enough and private")


def _environment() -> Iterator[Finding]:
    if settings.PRODUCTION and settings.DEBUG:
        yield Finding("environment", Health.WRONG, "debug in production", "unset CHALAND_DEBUG")
    else:
        yield Finding("environment", Health.OK, settings.CHALAND_ENV)


def _disk_space() -> Iterator[Finding]:
    folder = settings.CHALAND_DATA
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    found = f"{free / 1024**3:.1f} GiB free in {folder}"
    if free < TIGHT_BYTES:
        yield Finding("disk space", Health.WRONG, found, "make room: the database will stop")
    elif free < ROOMY_BYTES:
        yield Finding("disk space", Health.WARNING, found, "make room soon")
    else:
        yield Finding("disk space", Health.OK, found)


def _reach_database() -> Finding:
    kind = "embedded" if settings.DATABASE_IS_EMBEDDED else "DATABASE_URL"
    try:
        try_to_connect()
    except psycopg.OperationalError as error:
        fix = "check that the server runs and that DATABASE_URL is right"
        if settings.DATABASE_IS_EMBEDDED:
            fix = f"read {settings.CHALAND_DATA / 'postgres' / 'server.log'}"
        return Finding("database", Health.WRONG, f"no answer: {error}".strip(), fix)
    where = connection.settings_dict["HOST"] or "the local socket"
    return Finding("database", Health.OK, f"{kind}: {connection.settings_dict['NAME']} on {where}")


def _server_version() -> Iterator[Finding]:
    version = int(_setting("server_version_num"))
    found = f"PostgreSQL {version // 10_000}.{version % 10_000}"
    if version < OLDEST_SERVER:
        yield Finding("server version", Health.WRONG, found, "upgrade to PostgreSQL 15 or newer")
    else:
        yield Finding("server version", Health.OK, found)


def _setting(name: str) -> str:
    ((value,),) = fetch_all("SELECT current_setting(%s)", [name])
    return str(value)


def _durability() -> Iterator[Finding]:
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        value = _setting(name)
        if value == "off":
            fix = f"set {name} = on: a power cut may lose or break acknowledged orders"
            health = Health.WARNING if settings.CHALAND_ENV == "test" else Health.WRONG
            yield Finding(name, health, "off", fix)
        else:
            yield Finding(name, Health.OK, value)


def _encoding_and_time() -> Iterator[Finding]:
    encoding = _setting("server_encoding")
    if encoding == "UTF8":
        yield Finding("encoding", Health.OK, encoding)
    else:
        yield Finding("encoding", Health.WRONG, encoding, "make the database anew with UTF8")
    ((zone, server_seconds),) = fetch_all(
        "SELECT current_setting('TimeZone'), extract(epoch FROM clock_timestamp())"
    )
    health = Health.OK if zone == "UTC" else Health.WRONG
    fix = "" if zone == "UTC" else "the connection must use UTC: remove TimeZone from the options"
    yield Finding(
        "time zone", health, f"{zone} on the connection, {settings.TIME_ZONE} on screen", fix
    )
    yield _clocks(float(server_seconds))


def _clocks(server_seconds: float) -> Finding:
    import time

    apart = abs(time.time() - server_seconds)
    if apart > 2:  # noqa: PLR2004  seconds: enough to mislead a cut-off time
        fix = "run NTP on both machines"
        return Finding("clocks", Health.WARNING, f"{apart:.1f} s apart from the server", fix)
    return Finding("clocks", Health.OK, "this machine and the server agree")


def _connections() -> Iterator[Finding]:
    allowed = int(_setting("max_connections"))
    ((used,),) = fetch_all(
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    )
    found = f"{used} in use of {allowed}, pool of {settings.DATABASE_POOL_SIZE} per process"
    if settings.DATABASE_POOL_SIZE + used > allowed:
        fix = "raise max_connections or lower CHALAND_DB_POOL_SIZE"
        yield Finding("connections", Health.WARNING, found, fix)
    else:
        yield Finding("connections", Health.OK, found)


def _migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        names = ", ".join(f"{step.app_label}.{step.name}" for step, _ in plan[:5])
        found = f"{len(plan)} not applied: {names}{' …' if len(plan) > 5 else ''}"  # noqa: PLR2004
        yield Finding("migrations", Health.WRONG, found, "run: chaland migrate")
    else:
        yield Finding("migrations", Health.OK, "all applied")


def _constraints() -> Iterator[Finding]:
    """Look for what the rooms' models declare, and for what the server has but does not enforce."""
    rows = fetch_all(
        "SELECT c.conname, c.convalidated, r.relname FROM pg_constraint c"
        " JOIN pg_class r ON r.oid = c.conrelid"
        " JOIN pg_namespace n ON n.oid = r.relnamespace WHERE n.nspname = current_schema()"
    )
    indexes = fetch_all(
        "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema()"
    )
    present = {name for name, *_ in rows} | {name for name, _ in indexes}
    missing = [name for name in _declared_constraints() if name not in present]
    loose = [f"{table}.{name}" for name, valid, table in rows if not valid]
    broken = [name for name, valid in indexes if not valid]
    if missing:
        fix = "they guard against overselling and doubles: restore them before taking orders"
        yield Finding("constraints", Health.WRONG, f"missing: {', '.join(missing)}", fix)
    if loose:
        fix = "ALTER TABLE … VALIDATE CONSTRAINT …, after mending the rows that break it"
        yield Finding("constraints", Health.WRONG, f"not validated: {', '.join(loose)}", fix)
    if broken:
        fix = "REINDEX INDEX CONCURRENTLY …"
        yield Finding("indexes", Health.WRONG, f"invalid: {', '.join(broken)}", fix)
    if not (missing or loose or broken):
        yield Finding("constraints", Health.OK, f"{len(rows)} present and validated")


def _declared_constraints() -> Iterator[str]:
    for model in apps.get_models():
        if not _is_ours(model):
            continue
        for constraint in model._meta.constraints:  # noqa: SLF001  Django's documented model API
            yield constraint.name
        for index in model._meta.indexes:  # noqa: SLF001
            yield index.name


def _is_ours(model: type[models.Model]) -> bool:
    return model.__module__.startswith("chaland.") and model._meta.managed  # noqa: SLF001


def _triggers() -> Iterator[Finding]:
    rows = fetch_all(
        "SELECT r.relname || '.' || t.tgname FROM pg_trigger t JOIN pg_class r ON r.oid = t.tgrelid"
        " WHERE NOT t.tgisinternal AND t.tgenabled = 'D'"
    )
    if rows:
        names = ", ".join(name for (name,) in rows)
        fix = "ALTER TABLE … ENABLE TRIGGER …: ledgers must stay append-only"
        yield Finding("triggers", Health.WRONG, f"disabled: {names}", fix)
    else:
        yield Finding("triggers", Health.OK, "none disabled")


def _old_transactions() -> Iterator[Finding]:
    rows = fetch_all(
        "SELECT pid, application_name, extract(epoch FROM now() - xact_start)::int"
        " FROM pg_stat_activity WHERE state <> 'idle' AND xact_start < now() - interval '5 minutes'"
    )
    if rows:
        found = ", ".join(f"pid {pid} ({name}) for {seconds} s" for pid, name, seconds in rows)
        fix = "SELECT pg_terminate_backend(pid): they hold back events and vacuum"
        yield Finding("old transactions", Health.WARNING, found, fix)
    else:
        yield Finding("old transactions", Health.OK, "none")


OUTSIDE: tuple[Callable[[], Iterator[Finding]], ...] = (
    _python,
    _environment,
    _secret_key,
    _disk_space,
)
INSIDE: tuple[Callable[[], Iterator[Finding]], ...] = (
    _server_version,
    _durability,
    _encoding_and_time,
    _connections,
    _migrations,
    _constraints,
    _triggers,
    _old_transactions,
)


def as_json(findings: list[Finding]) -> dict[str, Any]:
    """Make the document that `chaland doctor --json` prints."""
    wrong = sum(finding.health is Health.WRONG for finding in findings)
    return {
        "healthy": wrong == 0,
        "findings": [
            {"check": f.check, "health": f.health.value, "found": f.found, "fix": f.fix or None}
            for f in findings
        ],
    }
