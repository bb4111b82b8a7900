"""`kill -9` of the worker in the middle: every event arrives, in order, from whichever worker."""

import json
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django.fixtures import Settings
from standardwebhooks import Webhook

from chaland.database.statements import fetch_all
from chaland.kernel.actor import SYSTEM
from chaland.kernel.clock import now
from chaland.outbox.operations import create_endpoint, publish
from tests.outbox.facts import BargeMoved
from tests.processes import Processes, free_port

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]

STREAMS = 10
EVENTS_PER_STREAM = 25
EVENTS_AT_ONCE = 5
KILLS = 2
ANSWER_SECONDS = 0.01
PATIENCE_SECONDS = 90.0


class Log:
    """What the receiver's process has written down."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def messages(self) -> list[dict[str, Any]]:
        """Return the messages in the order in which they came."""
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def wait_for(self, count: int) -> None:
        """Wait until at least that many messages have come."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self.messages()) < count:
            assert time.monotonic() < deadline, f"{len(self.messages())} of {count} messages came"
            time.sleep(0.02)


@pytest.fixture
def hook(tmp_path: Path) -> Iterator[tuple[str, Log]]:
    """Run a receiver in a process of its own; give its address and what it writes down."""
    port, log = free_port(), Log(tmp_path / "received.jsonl")
    script = Path(__file__).with_name("receiver_process.py")
    arguments = [sys.executable, str(script), str(port), str(log.path), str(ANSWER_SECONDS)]
    with subprocess.Popen(arguments) as process:
        try:
            yield f"http://127.0.0.1:{port}/hook", log
        finally:
            process.kill()


def publish_steadily(stop: threading.Event) -> None:
    """Publish a few events of one stream in each transaction, so that neighbours must wait."""
    try:
        for first in range(0, EVENTS_PER_STREAM, EVENTS_AT_ONCE):
            for stream in range(STREAMS):
                events = [
                    BargeMoved(
                        occurred_at=datetime(2026, 11, 20, tzinfo=UTC),
                        stream=f"barge:{stream}",
                        subject=f"barge:{stream}",
                        berth=str(number),
                    )
                    for number in range(first, first + EVENTS_AT_ONCE)
                ]
                with transaction.atomic():
                    publish(events, actor=SYSTEM)
                stop.wait(0.02)
    finally:
        connection.close()


def wait_until_all_is_delivered() -> None:
    """Wait until the delivery log says so."""
    total, deadline = STREAMS * EVENTS_PER_STREAM, time.monotonic() + PATIENCE_SECONDS
    while True:
        rows = fetch_all("SELECT state, count(*) FROM outbox_webhook_delivery GROUP BY state")
        if dict(rows) == {"delivered": total}:
            return
        assert time.monotonic() < deadline, rows
        time.sleep(0.1)


def test_every_event_arrives_in_order_however_often_the_worker_is_killed(
    processes: Processes, hook: tuple[str, Log], settings: Settings
) -> None:
    settings.CHALAND_WEBHOOK_ALLOW_PRIVATE = True
    url, log = hook
    with transaction.atomic():
        _, secret = create_endpoint(url=url, event_types=["barge.*"], now=now())
    stop = threading.Event()
    publisher = threading.Thread(target=publish_steadily, args=(stop,))
    publisher.start()
    try:
        for kill in range(1, KILLS + 1):
            worker = processes.worker(CHALAND_WEBHOOK_ALLOW_PRIVATE="1")
            log.wait_for(kill * STREAMS * EVENTS_PER_STREAM // (KILLS + 2))
            assert worker.running(), worker.output()
            worker.kill()
        last = processes.worker(CHALAND_WEBHOOK_ALLOW_PRIVATE="1")
        publisher.join()
        wait_until_all_is_delivered()
        assert last.stop() == 0, last.output()
    finally:
        stop.set()
        publisher.join()

    seen: dict[str, list[int]] = defaultdict(list)
    for message in log.messages():
        Webhook(secret).verify(message["body"].encode(), message["headers"])
        event = json.loads(message["body"])
        seen[event["partitionkey"]].append(int(event["data"]["berth"]))
    assert set(seen) == {f"barge:{stream}" for stream in range(STREAMS)}
    for berths in seen.values():
        assert sorted(set(berths)) == list(range(EVENTS_PER_STREAM)), "each at least once"
        assert berths == sorted(berths), "in order; a repetition comes before the next one"
    [(undelivered,)] = fetch_all(
        "SELECT count(*) FROM outbox_event AS event WHERE NOT EXISTS"
        " (SELECT FROM outbox_webhook_delivery WHERE event_id = event.id)"
    )
    assert undelivered == 0
