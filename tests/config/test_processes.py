"""Processes get over what happens to their database and to each other."""

import os
import signal

import httpx
import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from chaland.database.statements import fetch_all
from tests.processes import Processes

pytestmark = pytest.mark.crash

TASK = "builtin:procrastinate.builtin_tasks.remove_old_jobs"


def defer() -> int:
    """Enqueue a job that every worker knows, and give its number."""
    return app.configure_task(TASK).defer(max_hours=1000)


def done(job: int) -> bool:
    return bool(ProcrastinateJob.objects.get(pk=job).status == "succeeded")


def test_a_worker_whose_connections_were_cut_goes_on(processes: Processes) -> None:
    worker = processes.worker()
    first = defer()
    processes.wait_for(lambda: done(first))
    cut = fetch_all(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert len(cut) > 1
    # The idle connections of this process were cut too; its pool would try them one after the
    # other, waiting longer each time. What is tested is the worker.
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's own
    second = defer()
    processes.wait_for(lambda: done(second))
    assert worker.stop() == 0, worker.output()


def test_a_job_that_was_waiting_when_the_worker_was_killed_is_done_by_the_next(
    processes: Processes,
) -> None:
    processes.worker().kill()
    job = defer()
    processes.worker()
    processes.wait_for(lambda: done(job))


def test_a_server_whose_main_process_was_killed_leaves_nobody_on_its_port(
    processes: Processes,
) -> None:
    server = processes.serve(threads=4)
    os.kill(server.popen.pid, signal.SIGKILL)  # the main process alone, not its workers

    def silent() -> bool:
        try:
            httpx.get(f"{server.url}/healthz", timeout=5)
        except httpx.TransportError:
            return True
        return False

    processes.wait_for(silent, seconds=5)
