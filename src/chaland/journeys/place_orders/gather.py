"""Group commit: requests that arrive together are worked on together and answered after one commit.

The idea is that of a database's own group commit (DeWitt et al., *Implementation Techniques for
Main Memory Database Systems*, SIGMOD 1984), one storey higher: not only the flush to disk is
shared, but the reading, the deciding and the writing too.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, Union

Item = TypeVar("Item")
Answer = TypeVar("Answer")
_Waiter = Union[Future[Answer], "asyncio.Future[Answer]"]


IDLE_SECONDS = 0.2


def _nothing() -> None:
    """Give nothing back."""


@dataclass(frozen=True, slots=True)
class GatherSettings:
    """How requests are gathered.

    ``committers`` threads work at once: while one waits for the database, the next decides.
    ``linger_seconds`` is how long the first request of a batch waits for company, unless the batch
    has reached ``enough`` items before; ``largest`` is the most that one transaction takes.
    """

    committers: int = 2
    linger_seconds: float = 0.003
    enough: int = 32
    largest: int = 256


class GroupCommit(Generic[Item, Answer]):
    """Gathers items of many threads into batches and hands each thread the answer to its own item.

    *work* receives a batch in the order of arrival and returns one answer for each item, in the
    same order; what it raises is raised in every thread that waits for that batch. Committer
    threads start with the first item and are daemons: a process that dies answers nobody, so
    nothing that was not committed was ever promised. *idle* is called in a committer that had
    nothing to do for a moment: what it keeps between batches (a connection) can be given back.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Sequence[Answer]],
        *,
        settings: GatherSettings,
        name: str,
        idle: Callable[[], None] = _nothing,
    ) -> None:
        self._work = work
        self._idle = idle
        self._settings = settings
        self._name = name
        self._waiting: queue.SimpleQueue[tuple[Item, _Waiter[Answer]]] = queue.SimpleQueue()
        self._gathering = threading.Lock()
        self._starting = threading.Lock()
        self._started = False

    def submit(self, item: Item) -> "Future[Answer]":
        """Put *item* into the next batch; the future is done when that batch is committed."""
        future: Future[Answer] = Future()
        self._put(item, future)
        return future

    async def place(self, item: Item, *, patience: float) -> Answer:
        """Put *item* into the next batch and wait, in a coroutine, until it is committed.

        Raises TimeoutError after *patience* seconds; the item may be committed nevertheless.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._put(item, future)
        # A timer of the loop's own costs a third of `asyncio.timeout`.
        timer = loop.call_later(patience, _give_up, future)
        try:
            return await future
        finally:
            timer.cancel()

    def _put(self, item: Item, waiter: "_Waiter[Answer]") -> None:
        if not self._started:
            self._start()
        self._waiting.put((item, waiter))

    def _start(self) -> None:
        with self._starting:
            if self._started:
                return
            for number in range(self._settings.committers):
                threading.Thread(
                    target=self._commit_forever, name=f"{self._name}-{number}", daemon=True
                ).start()
            self._started = True

    def _commit_forever(self) -> None:
        while True:
            # A connection costs more to check out and in than a batch costs otherwise.
            if not self._gathering.acquire(timeout=IDLE_SECONDS):
                self._idle()
                self._gathering.acquire()
            try:
                batch = self._gather()
            finally:
                self._gathering.release()
            self._commit(batch)

    def _first(self) -> "tuple[Item, _Waiter[Answer]]":
        try:
            return self._waiting.get(timeout=IDLE_SECONDS)
        except queue.Empty:
            self._idle()
            return self._waiting.get()

    def _gather(self) -> "list[tuple[Item, _Waiter[Answer]]]":
        """Wait for a first item, then for company; only one committer gathers at a time."""
        batch = [self._first()]
        deadline = time.monotonic() + self._settings.linger_seconds
        while len(batch) < self._settings.largest:
            patience = deadline - time.monotonic() if len(batch) < self._settings.enough else 0
            try:
                batch.append(self._waiting.get(timeout=max(patience, 0)))
            except queue.Empty:
                break
        return batch

    def _commit(self, batch: "Sequence[tuple[Item, _Waiter[Answer]]]") -> None:
        results: Sequence[Answer | BaseException]
        try:
            results = self._work([item for item, _ in batch])
        except BaseException as error:  # noqa: BLE001 - it belongs to those who wait
            results = [error] * len(batch)
        _tell([waiter for _, waiter in batch], results)


def _give_up(future: "asyncio.Future[Any]") -> None:
    if not future.done():
        future.set_exception(TimeoutError())


def _tell(
    waiters: "Sequence[_Waiter[Answer]]", results: "Sequence[Answer | BaseException]"
) -> None:
    """Hand out the results; each event loop is woken once, however many wait in it."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Any]] = {}
    for waiter, result in zip(waiters, results, strict=True):
        if isinstance(waiter, Future):
            _settle([(waiter, result)])
        else:
            by_loop.setdefault(waiter.get_loop(), []).append((waiter, result))
    for loop, pairs in by_loop.items():
        if not loop.is_closed():  # nobody waits in a loop that has ended
            loop.call_soon_threadsafe(_settle, pairs)


def _settle(pairs: "Sequence[tuple[_Waiter[Answer], Answer | BaseException]]") -> None:
    for waiter, result in pairs:
        if waiter.done():  # the one who waited has given up
            continue
        if isinstance(result, BaseException):
            waiter.set_exception(result)
        else:
            waiter.set_result(result)
