"""`kill -9` of workers that tell what channels may sell: told once, and the last value comes."""

import json
import threading
import time
from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection

from chaland.availability.channel_stock import ChannelStock
from chaland.availability.models import Published
from chaland.outbox.models import Event
from tests.journeys.conftest import Build
from tests.processes import Processes
from tests.retailer import Retailer

pytestmark = [pytest.mark.crash]

SKUS = ("LAMP", "CHAIR", "TABLE")
KILLS = 3
PATIENCE_SECONDS = 90.0


def sell_steadily(shop: Retailer, stop: threading.Event) -> None:
    """Place small orders until told to stop."""
    try:
        number = 0
        while not stop.wait(0.02):
            shop.place({SKUS[number % len(SKUS)]: 1})
            number += 1
    finally:
        connection.close()


def published() -> dict[str, int]:
    """Return the units told last of each SKU."""
    rows = Published.objects.filter(channel__code="web").values_list("sku__code", "available")
    return dict(rows)


def told() -> list[Event]:
    """Return the events of the channel's stock, in order."""
    return list(Event.objects.filter(stream__startswith="stock:web:").order_by("seq"))


def wait_for(what: str, *, more_than: int) -> None:
    """Wait until more events were told than a number."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(told()) <= more_than:
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def test_however_often_workers_are_killed_the_last_value_is_told(
    processes: Processes, build_retailer: Build
) -> None:
    shop = build_retailer({sku: {"WH": 5_000} for sku in SKUS})
    workers = [processes.worker(), processes.worker()]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while set(published()) != {*SKUS, "VASE", "CORNER"}:
        assert time.monotonic() < deadline, workers[0].output()
        time.sleep(0.05)
    stop = threading.Event()
    seller = threading.Thread(target=sell_steadily, args=(shop, stop))
    seller.start()
    try:
        for kill in range(KILLS):
            wait_for(f"news after {kill} kills", more_than=len(told()))
            for worker in workers:
                worker.kill()
            workers = [processes.worker(), processes.worker()]
        wait_for("news at last", more_than=len(told()))
    finally:
        stop.set()
        seller.join()

    shelf = ChannelStock().refresh("web", list(published()))
    assert shelf is not None
    true = {code: json.loads(item[0])["available"] for code, item in shelf.fragments.items()}
    deadline = time.monotonic() + PATIENCE_SECONDS
    while published() != true:
        assert time.monotonic() < deadline, (published(), true)
        time.sleep(0.05)
    events = told()
    numbers = [event.data["sequence"] for event in events]
    assert numbers == sorted(set(numbers)), "each change once, in order"
    by_sku: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_sku[event.subject].append(event)
    for sku, of_sku in by_sku.items():
        assert of_sku[-1].data["available"] == true[sku]
        for one, two in pairwise(of_sku):
            assert two.data["before"] == one.data["available"], "no change between is missing"
            assert two.occurred_at - one.occurred_at >= timedelta(seconds=1)
