"""The command line: what it says, and with which exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import Processes

pytestmark = pytest.mark.django_db


def chaland(
    *arguments: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from chaland.cli import main; main()", *arguments],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_version() -> None:
    result = chaland("--version")
    assert result.returncode == 0
    assert result.stdout.startswith("chaland ")


def test_wrong_usage_is_2() -> None:
    assert chaland("levitate").returncode == 2
    assert chaland("serve", "--port", "many").returncode == 2


def test_wrong_settings_are_2_and_one_line() -> None:
    result = chaland("doctor", environment={"CHALAND_ENV": "nowhere"})
    assert result.returncode == 2
    assert result.stderr.startswith("chaland: wrong settings: CHALAND_ENV must be")
    assert "Traceback" not in result.stderr


def test_a_database_out_of_reach_is_3() -> None:
    environment = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1"}
    result = chaland("migrate", environment=environment)
    assert result.returncode == 3
    assert "the database does not answer" in result.stderr
    assert "Traceback" not in result.stderr
    result = chaland("doctor", "--json", environment=environment)
    assert result.returncode == 1
    found = {finding["check"]: finding for finding in json.loads(result.stdout)["findings"]}
    assert found["database"]["health"] == "wrong"


def test_doctor_tells_machines(database_url: str) -> None:
    result = chaland("doctor", "--json", environment={"DATABASE_URL": database_url})
    told = json.loads(result.stdout)
    assert result.returncode == 0, told
    assert told["healthy"] is True


def test_doctor_tells_people(database_url: str) -> None:
    result = chaland("doctor", environment={"DATABASE_URL": database_url, "COLUMNS": "200"})
    assert "server version" in result.stdout


def test_the_description_is_checked_for_drift(tmp_path: Path) -> None:
    file = tmp_path / "openapi.json"
    assert chaland("openapi", "--check", "--file", str(file)).returncode == 1
    assert chaland("openapi", "--file", str(file)).returncode == 0
    assert chaland("openapi", "--check", "--file", str(file)).returncode == 0
    file.write_text(file.read_text().replace("Chaland", "Other"))
    result = chaland("openapi", "--check", "--file", str(file))
    assert result.returncode == 1
    assert "make openapi" in result.stderr


def test_serve_stops_in_order(processes: Processes) -> None:
    server = processes.serve(threads=4)
    assert server.stop() == 0


def test_the_worker_stops_in_order(processes: Processes) -> None:
    worker = processes.worker()
    assert worker.stop() == 0, worker.output()
