"""A second transaction, taken step by step: no sleeping and hoping.

A step is taken when PostgreSQL says that the other transaction is waiting.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connection, transaction

from chaland.database.statements import fetch_one

PATIENCE = 10.0


class Other:
    """Another transaction in another thread, on a connection of its own."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._backend: int = self._pool.submit(self._own_backend).result()

    def start(self, step: Callable[[], object]) -> Future[object]:
        """Run *step* in a transaction of its own; return while it waits for ours."""

        def whole() -> object:
            with transaction.atomic():
                return step()

        future = self._pool.submit(whole)
        deadline = time.monotonic() + PATIENCE
        while not self._waits() and not future.done():
            assert time.monotonic() < deadline, "the other transaction neither waits nor ends"
        assert not future.done(), "the other transaction did not wait"
        return future

    def _waits(self) -> bool:
        row = fetch_one(
            "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s", [self._backend]
        )
        return bool(row and row[0])

    @staticmethod
    def _own_backend() -> int:
        row = fetch_one("SELECT pg_backend_pid()")
        assert row
        return int(row[0])

    @staticmethod
    def _hang_up() -> None:
        connection.close()  # looked up here, in the thread whose connection it is

    def close(self) -> None:
        """Give the connection back."""
        self._pool.submit(self._hang_up).result()
        self._pool.shutdown()
