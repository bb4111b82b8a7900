"""The outbox's loops in ``chaland worker``: one reads the feed, the others send messages."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import connection

from chaland.kernel.clock import now
from chaland.outbox import reactions
from chaland.outbox.operations import deliver_next, fan_out, react, tick
from chaland.outbox.transport import Sender

SENDERS = 8
AT_ONCE_PER_ENDPOINT = 4
IDLE_SECONDS = 0.2
TICK_EVERY = timedelta(seconds=10)


def start(stop: threading.Event) -> None:
    """Run until *stop* is set; messages under way are finished first.

    When one loop fails, the others are stopped and its exception is raised, so that the worker
    starts them all again.
    """
    failed = threading.Event()
    sender = Sender(allow_private=settings.CHALAND_WEBHOOK_ALLOW_PRIVATE)
    calls = _CallsUnderWay()
    loops: list[Callable[[], None]] = [
        partial(_loop, _Pump().step, stop, failed),
        *(partial(_loop, partial(_send, sender, calls), stop, failed) for _ in range(SENDERS)),
    ]
    try:
        with ThreadPoolExecutor(len(loops), thread_name_prefix="outbox") as threads:
            futures = [threads.submit(loop) for loop in loops]
            wait(futures, return_when=FIRST_COMPLETED)
            failed.set()
        for future in futures:
            future.result()
    finally:
        sender.close()


def _loop(step: Callable[[], bool], stop: threading.Event, failed: threading.Event) -> None:
    """Do steps, resting only when one found nothing to do."""
    try:
        while not (stop.is_set() or failed.is_set()):
            if not step():
                connection.close()  # back to the pool: a rest needs no connection
                stop.wait(IDLE_SECONDS)
    finally:
        failed.set()
        connection.close()


class _Pump:
    """Reads the feed for endpoints and handlers."""

    def __init__(self) -> None:
        self._next_tick = now()

    def step(self) -> bool:
        """Read once for everyone; tell if more is waiting."""
        moment = now()
        if moment >= self._next_tick:
            tick()
            self._next_tick = moment + TICK_EVERY
        waiting = fan_out(now=moment)
        return react(reactions.handlers(), now=moment) or waiting


class _CallsUnderWay:
    """Counts calls per endpoint, so that a slow receiver cannot keep every sender to itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[UUID] = Counter()

    def busy(self) -> list[UUID]:
        """Name the endpoints that have their share."""
        with self._lock:
            return [key for key, count in self._counts.items() if count >= AT_ONCE_PER_ENDPOINT]

    def started(self, endpoint_id: UUID) -> None:
        """Count one more."""
        with self._lock:
            self._counts[endpoint_id] += 1

    def ended(self, endpoint_id: UUID) -> None:
        """Count one less."""
        with self._lock:
            self._counts[endpoint_id] -= 1
            if not self._counts[endpoint_id]:
                del self._counts[endpoint_id]


def _send(sender: Sender, calls: _CallsUnderWay) -> bool:
    started: list[UUID] = []

    def note(endpoint_id: UUID) -> None:
        calls.started(endpoint_id)
        started.append(endpoint_id)

    try:
        done = deliver_next(post=sender.post, clock=now, busy=calls.busy(), on_start=note)
    finally:
        for endpoint_id in started:
            calls.ended(endpoint_id)
    return done is not None
