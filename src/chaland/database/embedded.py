"""The embedded PostgreSQL: a real server from a wheel, started by whoever needs it first.

Every process that uses it (server, worker, command, test run) calls `attach`. The first one makes
the cluster and starts it, the others find it running, and the last one to exit stops it. Who is
attached is known from a shared file lock, which the kernel releases when a process dies however it
dies: after a `kill -9` there is nothing to clean up, the server simply goes on until the next
process that attaches leaves.
"""

import atexit
import fcntl
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg import sql

from chaland.database.address import DatabaseAddress
from chaland.database.cluster import Cluster

USER = "chaland"
DATABASE = "chaland"
START_SECONDS = 60.0

_attached: dict[Path, int] = {}


def address(folder: Path, *, name: str = DATABASE) -> DatabaseAddress:
    """Say where the embedded database of `folder` listens; it need not be running."""
    return DatabaseAddress(name=name, user=USER, host=str(Cluster(folder).socket_folder))


def attach(folder: Path, *, settings: Mapping[str, str] | None = None) -> DatabaseAddress:
    """Make sure that the embedded server of `folder` runs, and keep it running while we live.

    `settings` are PostgreSQL parameters on top of ours; they count only for the process that
    starts the server. Idempotent and cheap (about a millisecond) when the server already runs.
    Raises `ClusterError` with the end of the server's log when it cannot be started.
    """
    cluster = Cluster(folder)
    if _attached.get(cluster.folder) == os.getpid():
        return address(folder)
    cluster.prepare_folder()
    with _locked(cluster.folder / "start.lock"):
        _register(cluster)
        if not accepts_connections(cluster):
            _start(cluster, settings or {})
        _ensure_database(cluster)
    return address(folder)


def stop(folder: Path) -> bool:
    """Stop the embedded server of `folder` now, whoever uses it; say whether it was running."""
    cluster = Cluster(folder)
    if not cluster.exists():
        return False
    with _locked(cluster.folder / "start.lock"):
        return cluster.stop()


def accepts_connections(cluster: Cluster) -> bool:
    """Say whether the server answers: the only proof that it runs (a pid file may be stale)."""
    if not cluster.socket_path.exists():
        return False
    try:
        _connect(cluster).close()
    except psycopg.OperationalError:
        return False
    return True


def _start(cluster: Cluster, settings: Mapping[str, str]) -> None:
    cluster.create_if_missing()
    cluster.write_settings(settings)
    cluster.start()
    deadline = time.monotonic() + START_SECONDS
    while not accepts_connections(cluster):
        if time.monotonic() > deadline:
            raise cluster.failure(f"no answer within {START_SECONDS:.0f} s")
        time.sleep(0.02)


def _ensure_database(cluster: Cluster) -> None:
    with _connect(cluster) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if found.fetchone() is None:
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE template0")
            connection.execute(statement.format(sql.Identifier(DATABASE)))


def _connect(cluster: Cluster) -> psycopg.Connection:
    return psycopg.connect(
        host=str(cluster.socket_folder),
        user=USER,
        dbname="postgres",
        connect_timeout=10,
        autocommit=True,
    )


def _register(cluster: Cluster) -> None:
    """Hold the shared lock that says "in use" until this process ends."""
    handle = os.open(cluster.folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_SH)
    owner = os.getpid()
    _attached[cluster.folder] = owner
    atexit.register(_leave, cluster, handle, owner)


def _leave(cluster: Cluster, handle: int, owner: int) -> None:
    """Stop the server if no other process holds the lock; never let that spoil the exit."""
    if os.getpid() != owner:
        return  # a forked child inherits the handler, not the right to stop its parent's database
    _attached.pop(cluster.folder, None)
    try:
        with _locked(cluster.folder / "start.lock"), suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            cluster.stop()
    except OSError as error:
        # The folder may be gone (`make demo-reset` from another terminal): then so is the server.
        sys.stderr.write(f"chaland: embedded database not stopped: {error}\n")
    finally:
        os.close(handle)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
