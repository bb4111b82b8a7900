"""Reading and reserving stock for a batch of orders, beside the plain ways of doing the same.

Run it with ``python -m bench.stock [--rounds 40]``. On the retailer of the intake benchmark
(500 locations by 5,003 SKUs, each held by about a fifth of them), for batches of three-line orders:

* reading: what the room keeps in memory, brought up to date from the ledger, beside one query that
  aggregates the positions into arrays, and beside plain rows;
* reserving: the set-based statement beside one prepared UPDATE and two INSERTs per line.

Each round makes a new batch, reads it every way, reserves it in one transaction and settles it in
another. The last line is JSON: milliseconds for 64 orders, ``ratio`` is how many times faster than
the yardstick reading is, ``reserve_ratio`` the same for reserving.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chaland.inventory.types import ReservationRequest

FOLDER = Path(__file__).resolve().parent.parent / "build" / "bench-stock"
BATCHES = (32, 64, 128, 256)
SHOWN = 64
LINES = 3

_ARRAYS = """
SELECT array_send(array_agg(sku_id::int4)), array_send(array_agg(location_id::int4)),
       array_send(array_agg(on_hand - unavailable - reserved))
FROM inventory_position
WHERE sku_id = ANY (%s::int[]) AND on_hand - unavailable - reserved > 0
"""
_ROWS = """
SELECT sku_id, location_id, on_hand - unavailable - reserved
FROM inventory_position
WHERE sku_id = ANY (%s::int[]) AND on_hand - unavailable - reserved > 0
"""
_TAKE = """
UPDATE inventory_position
SET reserved = reserved + %(quantity)s, version = version + 1, updated_at = %(now)s
WHERE sku_id = %(sku)s AND location_id = %(location)s
"""
_KEEP = """
INSERT INTO inventory_reservation
    (id, sku_id, location_id, quantity, issued, released, order_id, order_line_id, created_at)
VALUES (%(id)s, %(sku)s, %(location)s, %(quantity)s, 0, 0, %(order)s, %(line)s, %(now)s)
"""
_TELL = """
INSERT INTO inventory_movement
    (sku_id, location_id, kind, on_hand_delta, reserved_delta, unavailable_delta, incoming_delta,
     reservation_id, cause_type, cause_id, source, occurred_at, actor_kind, actor_id, reason)
VALUES (%(sku)s, %(location)s, 'reservation', 0, %(quantity)s, 0, 0,
        %(id)s, 'order', '', 'chaland', %(now)s, 'system', 'chaland', '')
"""

Times = dict[str, list[float]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40, help="batches of each size")
    rounds = parser.parse_args().rounds
    os.environ.pop("DATABASE_URL", None)
    os.environ["CHALAND_DATA"] = str(FOLDER)
    os.environ["DJANGO_SETTINGS_MODULE"] = "chaland.config.settings"
    shutil.rmtree(FOLDER, ignore_errors=True)
    import django

    django.setup()
    from bench import intake_run, intake_world

    intake_run.attach(FOLDER)
    try:
        intake_world.build()
        _read_everything_once()
        measured = {orders: _measure(orders, rounds) for orders in BATCHES}
    finally:
        intake_run.detach(FOLDER)
    for orders, times in measured.items():
        shown = ", ".join(f"{what} {value:.2f}" for what, value in times.items())
        sys.stderr.write(f"{orders} orders, ms: {shown}\n")
    sys.stdout.write(json.dumps(_summary(measured[SHOWN])) + "\n")


def _summary(times: dict[str, float]) -> dict[str, Any]:
    return {
        "bench": "stock",
        "value": round(times["memory"], 2),
        "unit": "ms",
        "yardstick": round(times["arrays"], 2),
        "ratio": round(times["arrays"] / times["memory"], 2),
        "reserve_ms": round(times["reserve"], 2),
        "reserve_by_line_ms": round(times["by_line"], 2),
        "reserve_ratio": round(times["by_line"] / times["reserve"], 2),
    }


def _measure(orders: int, rounds: int) -> dict[str, float]:
    times: Times = defaultdict(list)
    for _ in range(rounds):
        _one_round(orders, times)
    return {what: statistics.median(values) * 1e3 for what, values in times.items()}


def _one_round(orders: int, times: Times) -> None:
    from django.db import transaction

    from chaland.inventory.operations import release, reserve
    from chaland.inventory.types import ReleaseRequest
    from chaland.kernel import clock
    from chaland.kernel.actor import SYSTEM

    batch = _batch(orders)
    now = clock.now()
    with transaction.atomic():
        for what, read in _readings(batch).items():
            _timed(times, what, read)
        _timed(times, "reserve", lambda: reserve(requests=batch, now=now, actor=SYSTEM))
    back = [ReleaseRequest(item.reservation_id) for item in batch]
    with transaction.atomic():
        _timed(
            times,
            "release",
            lambda: release(reservations=back, reason="", now=now, actor=SYSTEM),
        )
    with transaction.atomic():
        _timed(times, "by_line", lambda: _by_line(_batch(orders), now))
        transaction.set_rollback(True)


def _read_everything_once() -> None:
    """Warm up: a server that has run for a minute has seen every SKU that sells."""
    from django.db import transaction

    with transaction.atomic():
        _readings(_batch(5000))["memory"]()


def _timed(times: Times, what: str, action: Callable[[], object]) -> None:
    started = time.perf_counter()
    action()
    times[what].append(time.perf_counter() - started)


def _batch(orders: int) -> "list[ReservationRequest]":
    from bench.intake_world import HELD, LOCATIONS, held_sku
    from chaland.inventory.types import ReservationRequest
    from chaland.kernel.ids import new_uuid

    requests = []
    for _ in range(orders):
        order, location = new_uuid(), random.randint(1, LOCATIONS)
        for index in random.sample(range(HELD), LINES):
            sku = held_sku(location, index)
            requests.append(ReservationRequest(new_uuid(), sku, location, 1, order, new_uuid()))
    return requests


def _readings(batch: "list[ReservationRequest]") -> dict[str, Callable[[], object]]:
    import numpy as np

    from bench.intake_world import LOCATIONS
    from chaland.database import statements
    from chaland.inventory.queries import availability_matrix

    skus = sorted({item.sku_id for item in batch})
    columns = np.arange(-1, LOCATIONS, dtype=np.int32)
    columns.flags.writeable = False  # as the network's snapshot is
    return {
        "memory": lambda: availability_matrix(skus, LOCATIONS, columns),
        "arrays": lambda: statements.fetch_one(_ARRAYS, [skus], prepare=True, binary=True),
        "rows": lambda: statements.fetch_all(_ROWS, [skus], prepare=True, binary=True),
    }


def _by_line(batch: "list[ReservationRequest]", now: Any) -> None:
    from chaland.database import statements

    for item in sorted(batch, key=lambda item: (item.sku_id, item.location_id)):
        values = {
            "id": item.reservation_id,
            "sku": item.sku_id,
            "location": item.location_id,
            "quantity": item.quantity,
            "order": item.order_id,
            "line": item.order_line_id,
            "now": now,
        }
        for statement in (_TAKE, _KEEP, _TELL):
            statements.execute(statement, values, prepare=True)


if __name__ == "__main__":
    main()
