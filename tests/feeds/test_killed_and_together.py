"""A run survives the death of its worker, and two runs of the same positions get along."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from chaland.catalog import operations as catalog
from chaland.catalog.types import SkuDraft
from chaland.feeds.models import Run
from chaland.feeds.operations import ask_to_stop, resume_run, work_next
from chaland.feeds.types import FeedMode, RunState
from chaland.inventory.queries import movements
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM
from chaland.outbox.models import Event
from tests.conftest import TEST_DATA
from tests.feeds.conftest import ERP, House

pytestmark = pytest.mark.django_db(transaction=True)

SKUS = 1500
PLACES = ("WH", "SHOP-PARIS", "SHOP-LYON", "SHOP-LILLE")
WORKER = """
import django
django.setup()
from chaland.feeds.operations import work_next
from chaland.kernel import clock
work_next(clock=clock.now, number={number}, chunk=200)
"""


@pytest.fixture
def wide(transactional_db: None, house: House) -> House:
    """Add so many SKUs that a run takes a while."""
    del transactional_db
    with transaction.atomic():
        catalog.upsert_skus(
            drafts=[
                SkuDraft(code=f"S{number}", name=f"S{number}", weight_grams=1)
                for number in range(SKUS)
            ],
            now=clock.now(),
            actor=SYSTEM,
        )
    house.feed()
    return house


def snapshot_of(units: int) -> str:
    lines = [f"S{sku};{place};{sku % 7 + units}" for sku in range(SKUS) for place in PLACES]
    return "sku;location;quantity\n" + "\n".join(lines) + "\n"


def assert_merged(units: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), bool_and(p.on_hand = substr(s.code, 2)::int %% 7 + %s)"
            " FROM inventory_position p JOIN catalog_sku s ON s.id = p.sku_id"
            " WHERE s.code ~ '^S[0-9]+$'",
            [units],
        )
        assert cursor.fetchone() == (SKUS * len(PLACES), True)


@pytest.mark.crash
def test_a_killed_run_goes_on_where_it_was(wide: House, database_url: str) -> None:
    run = wide.receive(snapshot_of(5))
    environment = {**os.environ, "DATABASE_URL": database_url, "CHALAND_DATA": str(TEST_DATA)}
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER.format(number=run.number)], env=environment
    )
    try:
        deadline = time.monotonic() + 60
        while Run.objects.get(number=run.number).done < 1000:
            assert time.monotonic() < deadline
            assert worker.poll() is None
            time.sleep(0.01)
    finally:
        worker.kill()
        worker.wait()
    before = Run.objects.get(number=run.number)
    assert before.state == RunState.APPLYING
    assert before.done < SKUS * len(PLACES)

    # Its claim still holds; a minute later another worker takes the run up.
    assert work_next(clock=clock.now, number=run.number) is None
    done = None
    while done is None:  # the dead worker's last statement may not have ended yet
        done = work_next(clock=lambda: clock.now() + timedelta(minutes=1), number=run.number)

    assert (done.state, done.tally.read, done.tally.applied) == (
        RunState.DONE,
        SKUS * len(PLACES),
        SKUS * len(PLACES),
    )
    assert_merged(5)
    # Nothing twice: one line of the ledger for each line of the file.
    counted = [line for line in movements(limit=SKUS * 8) if line.kind == "count"]
    assert len(counted) == SKUS * len(PLACES)
    wide.retailer.assert_stock_is_true()


def test_a_lost_stage_is_filled_again(wide: House) -> None:
    """PostgreSQL empties unlogged tables after a crash of its own; the file is still there."""
    run = wide.receive(snapshot_of(3))
    halts = iter([False, True])
    wide.work(run, chunk=500, halt=lambda: next(halts))
    assert 0 < Run.objects.get(number=run.number).done < SKUS * len(PLACES)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE inventory_stage_{run.number}")
    done = wide.work(run)
    assert done.state == RunState.DONE
    assert_merged(3)


def test_a_run_is_stopped_and_goes_on(wide: House) -> None:
    run = wide.receive(snapshot_of(2))

    def stop(seen: Any) -> None:
        if seen.done and not seen.stop_asked and seen.state == RunState.APPLYING:
            with transaction.atomic():
                ask_to_stop(run_id=run.id, now=clock.now(), actor=SYSTEM)

    stopped = wide.work(run, chunk=500, told=stop)
    assert stopped.state == RunState.STOPPED
    with transaction.atomic():
        resume_run(run_id=run.id, now=clock.now(), actor=SYSTEM)
    assert wide.work(run).state == RunState.DONE
    assert_merged(2)


@pytest.mark.concurrency
def test_two_runs_of_the_same_positions_get_along(wide: House) -> None:
    """The later count wins, whichever is merged first, chunk by chunk."""
    older = wide.receive(snapshot_of(1), as_of=clock.now() - timedelta(minutes=9))
    newer = wide.receive(snapshot_of(4), as_of=clock.now() - timedelta(minutes=5))

    def work(number: int) -> Any:
        try:
            return work_next(clock=clock.now, number=number, chunk=150)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(work, [older.number, newer.number]))
    assert [item.state for item in done] == [RunState.DONE, RunState.DONE]
    assert_merged(4)
    wide.retailer.assert_stock_is_true()


def test_units_that_orders_hold_are_taken_when_they_are_free(wide: House) -> None:
    wide.feed(ERP, mode=FeedMode.COUNT)
    client = wide.retailer.client
    pickup = {"method": "pickup", "location": "SHOP-PARIS"}
    order = wide.retailer.place({"LAMP": 4}, delivery=pickup)
    moment = clock.now().isoformat()
    line = {"sku": "LAMP", "location": "SHOP-PARIS", "quantity": 1, "as_of": moment}
    answer = client.post("/stock/feeds/erp/lines", {"items": [line]})
    assert answer.body["results"][0]["reason"] == "fewer_than_promised"
    assert wide.on_hand()["LAMP SHOP-PARIS"] == 4
    event = Event.objects.get(type="stock.shortfall")
    assert (event.data["missing"], event.data["orders"]) == (3, [order["id"]])
    assert client.post(f"/orders/{order['id']}/cancel", {"reason": "t"}).status == 200
    again = {"reason": "fewer_than_promised"}
    assert client.post("/stock/feeds/erp/replay", again).status == 200
    work_next(clock=clock.now)
    assert wide.on_hand()["LAMP SHOP-PARIS"] == 1
    wide.retailer.assert_stock_is_true()
