"""The background process: Procrastinate's jobs and the loops that rooms bring, side by side."""

import asyncio
import threading
from collections.abc import Sequence
from types import ModuleType

import structlog
from django.db import close_old_connections, connections
from procrastinate.contrib.django import app as django_app
from procrastinate.contrib.django.django_connector import DjangoConnector

log = structlog.get_logger(__name__)

RESTART_SECONDS = 1.0
LONGEST_RESTART_SECONDS = 30.0


def run(
    stop: threading.Event, *, loops: Sequence[tuple[str, ModuleType]], concurrency: int
) -> None:
    """Run jobs, `concurrency` at once, and every room's loop, until `stop` is set.

    Returns once jobs under way have ended and loops have stopped.
    """
    threads = [
        threading.Thread(target=_keep_running, args=(room, module, stop), name=f"loop-{room}")
        for room, module in loops
    ]
    for thread in threads:
        thread.start()
    try:
        asyncio.run(_run_jobs(stop, concurrency))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        connections.close_all()


async def _run_jobs(stop: threading.Event, concurrency: int) -> None:
    """Work through jobs; after a lost connection, connect again."""
    stopped = asyncio.create_task(asyncio.to_thread(stop.wait))
    wait = RESTART_SECONDS
    while not stop.is_set():
        try:
            await _work_until(stopped, concurrency)
        except Exception:
            log.exception("jobs stopped", seconds_until_restart=wait)
            await asyncio.wait({stopped}, timeout=wait)
            wait = min(2 * wait, LONGEST_RESTART_SECONDS)
    await stopped


async def _work_until(stopped: asyncio.Task[bool], concurrency: int) -> None:
    """Connect and work until `stopped`, then finish the jobs under way.

    The pool is opened before anything may be cancelled: cancelled in the middle, it would try to
    connect for ever.
    """
    worker_app = django_app.with_connector(_connector().get_worker_connector())
    async with worker_app.open_async():
        jobs = asyncio.create_task(
            worker_app.run_worker_async(
                concurrency=concurrency,
                install_signal_handlers=False,
                fetch_job_polling_interval=1.0,
                listen_notify=True,
            )
        )
        await asyncio.wait({jobs, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if stopped.done():
            jobs.cancel()  # Procrastinate takes this as "finish the jobs under way, then return"
            await asyncio.gather(jobs, return_exceptions=True)
        else:
            await jobs  # ended by itself: raises what ended it


def _connector() -> DjangoConnector:
    connector = django_app.connector
    if not isinstance(connector, DjangoConnector):
        raise TypeError(
            f"jobs are kept through Django's connection, not {type(connector).__name__}"
        )
    return connector


def _keep_running(room: str, module: ModuleType, stop: threading.Event) -> None:
    """Run one room's loop; when it fails, say so and start it again after a growing pause."""
    wait = RESTART_SECONDS
    while not stop.is_set():
        try:
            module.start(stop)
        except Exception:
            log.exception("loop failed", room=room, seconds_until_restart=wait)
            close_old_connections()
            stop.wait(wait)
            wait = min(2 * wait, LONGEST_RESTART_SECONDS)
        else:
            break
    connections.close_all()
