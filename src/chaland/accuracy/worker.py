"""The loops of the worker: one reads the ledger, so that chances follow it; one learns from it.

The first also tries again to apply counted lines that orders kept from being applied. Learning has
a thread of its own, because it takes seconds, and a refusal must tell at once. Several workers may
run side by side: who finds a row locked passes on.
"""

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from functools import partial

from django.db import close_old_connections, connection, transaction

from chaland.accuracy.operations import (
    is_time_to_learn,
    learn_chances,
    read_ledger,
    retry_held,
    score_due,
)
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM

READ_SECONDS = 1.0
LEARN_SECONDS = 60.0
RETRY_EVERY = 5
"""Rounds of reading between two looks at lines that are held."""

_MOST_AT_ONCE = 20
"""Batches of chances in one round: the others have to wait for the next."""


def start(stop: threading.Event) -> None:
    """Run until *stop* is set.

    When one loop fails, the other is stopped and its exception is raised, so that the worker starts
    both again.
    """
    failed = threading.Event()
    loops: list[Callable[[], None]] = [
        partial(_loop, _Reader(stop).step, READ_SECONDS, stop, failed),
        partial(_loop, _learn, LEARN_SECONDS, stop, failed),
    ]
    with ThreadPoolExecutor(len(loops), thread_name_prefix="accuracy") as threads:
        futures = [threads.submit(loop) for loop in loops]
        wait(futures, return_when=FIRST_COMPLETED)
        failed.set()
    for future in futures:
        future.result()


def _loop(
    step: Callable[[], None], seconds: float, stop: threading.Event, failed: threading.Event
) -> None:
    """Do a step now and then; look every second whether to end."""
    waited = 0.0
    try:
        while not (stop.wait(READ_SECONDS) or failed.is_set()):
            waited += READ_SECONDS
            if waited >= seconds:
                waited = 0.0
                close_old_connections()
                step()
                connection.close()  # back to the pool: a rest needs no connection
    finally:
        failed.set()
        connection.close()


class _Reader:
    """Reads the ledger, and works out the chances that follow."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._rounds = 0

    def step(self) -> None:
        """Read once."""
        read_ledger()
        for _ in range(_MOST_AT_ONCE):
            if self._stop.is_set() or not score_due(now=clock.now()):
                break
        if self._rounds % RETRY_EVERY == 0:
            with transaction.atomic():
                retry_held(now=clock.now(), actor=SYSTEM)
        self._rounds += 1


def _learn() -> None:
    if is_time_to_learn(now=clock.now()):
        learn_chances(now=clock.now(), actor=SYSTEM)
