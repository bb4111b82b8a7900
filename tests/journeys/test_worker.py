"""The worker's loop does by itself what time asks for."""

import threading
import time

from django.db import connections

from chaland.database.statements import execute
from chaland.journeys import worker
from tests.journeys.conftest import Build
from tests.journeys.test_site_work import read, types_told

PATIENCE_SECONDS = 20.0


def test_the_loop_releases_and_notices_lateness_until_it_is_stopped(
    build_retailer: Build,
) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}})
    order = retailer.place()
    execute("UPDATE fulfilment_order SET dispatch_by = now() - interval '1 hour'")
    stop = threading.Event()

    def loop() -> None:
        try:
            worker.start(stop)
        finally:
            connections.close_all()

    thread = threading.Thread(target=loop)
    thread.start()
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        while "fulfilment_order.late" not in types_told(order["id"]):
            assert time.monotonic() < deadline, types_told(order["id"])
            time.sleep(0.1)
    finally:
        stop.set()
        thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
    (part,) = read(retailer.client, order["id"])["fulfilment_orders"]
    assert part["state"] == "released"
    assert part["late_at"] is not None
