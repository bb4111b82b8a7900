"""Group commit by itself: batches, answers, failures, and those who stop waiting."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from chaland.journeys.place_orders.gather import GatherSettings, GroupCommit

SETTINGS = GatherSettings(committers=2, linger_seconds=0.01, enough=8, largest=16)


class Work:
    """Doubles numbers, remembers its batches, and fails when it meets a negative one."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, items: Sequence[int]) -> list[int]:
        """Work on one batch."""
        self.gate.wait(10)
        self.batches.append(list(items))
        if min(items) < 0:
            raise ValueError("negative")
        return [2 * item for item in items]


def test_each_thread_gets_the_answer_to_its_own_item() -> None:
    work = Work()
    group = GroupCommit(work, settings=SETTINGS, name="test")
    with ThreadPoolExecutor(32) as threads:
        answers = list(threads.map(lambda n: group.submit(n).result(10), range(200)))
    assert answers == [2 * n for n in range(200)]
    assert sorted(n for batch in work.batches for n in batch) == list(range(200))
    assert max(map(len, work.batches)) <= SETTINGS.largest
    assert len(work.batches) < 200, "nothing was gathered"


def test_coroutines_and_threads_share_batches() -> None:
    work = Work()
    group = GroupCommit(work, settings=SETTINGS, name="test")

    async def ask() -> list[int]:
        return await asyncio.gather(*(group.place(n, patience=60) for n in range(50)))

    futures = [group.submit(n) for n in range(50, 60)]
    assert asyncio.run(ask()) == [2 * n for n in range(50)]
    assert [future.result(10) for future in futures] == [2 * n for n in range(50, 60)]


def test_a_failure_reaches_everyone_of_its_batch_and_nobody_else() -> None:
    work = Work()
    group = GroupCommit(work, settings=SETTINGS, name="test")
    with pytest.raises(ValueError, match="negative"):
        group.submit(-1).result(10)
    assert group.submit(4).result(10) == 8


def test_one_who_gives_up_waiting_stops_no_committer() -> None:
    work = Work()
    group = GroupCommit(work, settings=SETTINGS, name="test")
    work.gate.clear()

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await group.place(1, patience=60)

    for _ in range(SETTINGS.committers + 1):
        asyncio.run(give_up())  # the loop has ended before the answer is there
    work.gate.set()
    assert group.submit(3).result(10) == 6
