"""The loops in the worker: they deliver, stop when asked, and give up together when one fails."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django.fixtures import Settings

from chaland.kernel.actor import SYSTEM
from chaland.kernel.clock import now
from chaland.outbox import queries, reactions, worker
from chaland.outbox.operations import create_endpoint, publish
from chaland.outbox.types import EventRecord
from tests.outbox.facts import moved
from tests.outbox.receiver import Receiver, receiver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as state:
        yield state


@pytest.fixture
def registry() -> Iterator[dict[str, Any]]:
    """Give the registry of handlers, empty, and put back what was in it."""
    before = reactions.handlers()
    reactions._handlers.clear()
    yield reactions._handlers
    reactions._handlers.clear()
    reactions._handlers.update(before)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def run(stop: threading.Event) -> None:
    try:
        worker.start(stop)
    finally:
        connection.close()


@pytest.mark.usefixtures("registry")
def test_events_reach_receivers_and_handlers(hook: Receiver, settings: Settings) -> None:
    settings.CHALAND_WEBHOOK_ALLOW_PRIVATE = True
    heard: list[str] = []

    def listen(events: Sequence[EventRecord], *, now: datetime) -> None:
        assert now.tzinfo
        heard.extend(event.data["berth"] for event in events)

    reactions.on("barge.*", name="tests.listen")(listen)
    with transaction.atomic():
        create_endpoint(url=hook.url, event_types=[], now=now())
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run, stop)
        try:
            for number in range(20):
                publish([moved(number, stream=f"barge:{number % 3}")], actor=SYSTEM)
            wait_for(lambda: len(hook.messages) >= 20 and len(heard) >= 20)
        finally:
            stop.set()
        running.result(10)
    assert sorted(heard, key=int) == [str(number) for number in range(20)]
    for stream in range(3):
        berths = hook.berths(f"barge:{stream}")
        assert berths == [str(number) for number in range(20) if number % 3 == stream]
    assert queries.delivery_figures().pending == 0


@pytest.mark.usefixtures("registry")
def test_a_loop_that_fails_ends_them_all_with_its_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(**_: object) -> bool:
        raise RuntimeError("no more")

    monkeypatch.setattr(worker, "fan_out", fail)
    with pytest.raises(RuntimeError, match="no more"):
        worker.start(threading.Event())
