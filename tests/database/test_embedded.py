"""The embedded PostgreSQL starts, is shared, and is left behind in order."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from chaland.database import embedded
from chaland.database.cluster import LONGEST_SOCKET_PATH, Cluster

FAST = {"fsync": "off", "shared_buffers": "16MB"}
JOIN = """
import sys
import tempfile
from pathlib import Path
from typing import Any
from chaland.database import embedded
embedded.attach(Path(sys.argv[1]), settings={"fsync": "off", "shared_buffers": "16MB"})
print("here", flush=True)
sys.stdin.readline()
"""


class Visitor:
    """Another process that uses the embedded server until told to go."""

    def __init__(self, folder: Path) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-c", JOIN, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.popen.stdout is not None
        assert self.popen.stdout.readline() == "here\n"

    def leave(self) -> None:
        """Go in order."""
        self.popen.communicate("\n", timeout=30)

    def kill(self) -> None:
        """Go without a word."""
        self.popen.send_signal(signal.SIGKILL)
        self.popen.communicate(timeout=30)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder that PostgreSQL's account can reach (each pytest closes `tmp_path` to it)."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)
        embedded.stop(Path(name))


def answers(folder: Path) -> bool:
    return embedded.accepts_connections(Cluster(folder))


def query(folder: Path, statement: str) -> Any:
    address = embedded.address(folder)
    with psycopg.connect(host=address.host, user=address.user, dbname=address.name) as connection:
        cursor = connection.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
        return row and row[0]


def test_it_runs_while_anyone_is_there_and_stops_with_the_last(folder: Path) -> None:
    assert not answers(folder)
    first = Visitor(folder)
    second = Visitor(folder)
    assert query(folder, "SHOW server_version_num") >= "150000"
    assert query(folder, "SHOW timezone") == "UTC"
    first.leave()
    assert answers(folder)
    second.leave()
    assert not answers(folder)


def test_data_outlives_the_server(folder: Path) -> None:
    visitor = Visitor(folder)
    query(folder, "CREATE TABLE kept AS SELECT 42 AS n")
    visitor.leave()
    visitor = Visitor(folder)
    assert query(folder, "SELECT n FROM kept") == 42
    visitor.leave()


def test_a_killed_process_leaves_a_server_that_the_next_one_joins_and_stops(folder: Path) -> None:
    visitor = Visitor(folder)
    visitor.kill()
    assert answers(folder)
    started = query(folder, "SELECT pg_postmaster_start_time()::text")
    visitor = Visitor(folder)
    assert query(folder, "SELECT pg_postmaster_start_time()::text") == started
    visitor.leave()
    assert not answers(folder)


def test_a_server_that_was_killed_is_started_again_with_its_data(folder: Path) -> None:
    visitor = Visitor(folder)
    query(folder, "CREATE TABLE kept AS SELECT 42 AS n")
    pid = int((Cluster(folder).data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    visitor.kill()
    visitor = Visitor(folder)  # the stale pid file and socket are still there
    assert query(folder, "SELECT n FROM kept") == 42
    visitor.leave()


def test_initialisation_that_was_interrupted_is_done_again(folder: Path) -> None:
    cluster = Cluster(folder)
    cluster.prepare_folder()
    (cluster.folder / "creating").touch()
    cluster.data.mkdir()
    (cluster.data / "PG_VERSION").write_text("18")
    visitor = Visitor(folder)
    assert query(folder, "SELECT 1") == 1
    visitor.leave()


def test_an_operators_own_settings_win(folder: Path) -> None:
    visitor = Visitor(folder)
    visitor.leave()
    local = Cluster(folder).data / "local.conf"
    local.write_text("work_mem = '11MB'\n")
    local.chmod(0o644)
    visitor = Visitor(folder)
    assert query(folder, "SHOW work_mem") == "11MB"
    visitor.leave()


def test_a_path_too_long_for_a_socket_is_no_obstacle(folder: Path) -> None:
    deep = folder / ("long" * 20) / ("longer" * 20)
    deep.mkdir(parents=True)
    assert len(str(Cluster(deep).socket_path)) <= LONGEST_SOCKET_PATH
    assert Cluster(deep).socket_path == Cluster(deep).socket_path
    visitor = Visitor(deep)
    assert query(deep, "SELECT 1") == 1
    visitor.leave()


def test_nobody_else_can_reach_it(folder: Path) -> None:
    visitor = Visitor(folder)
    assert query(folder, "SHOW listen_addresses") == ""
    assert Cluster(folder).folder.stat().st_mode & 0o077 == 0
    visitor.leave()
