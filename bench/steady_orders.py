"""A process that places orders by the API at a steady rate beside what is measured.

An order's time runs from the moment at which it was due, whether or not the one before it was
answered, so that a pause of the server is felt by all that should have been placed meanwhile. Asked
to, it also watches how old the answers to product pages are.
"""

import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Any

from bench.availability_world import code_of
from bench.intake_world import PLACES

THREADS = 32
LOOK_EVERY = 0.05


@dataclass(slots=True)
class Report:
    """How long placed orders took, and how old the answers looked at were, in seconds."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0
    rate: float = 0.0
    ages: list[float] = field(default_factory=list)

    @property
    def placed(self) -> int:
        """How many orders were placed."""
        return len(self.seconds)

    def percentile_ms(self, share: float) -> float:
        """Return the time in milliseconds that *share* (0…1) of the orders kept to."""
        ordered = sorted(self.seconds) or [0.0]
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1e3


class SteadyOrders:
    """Orders at a steady rate until ``stop``; with *watch*, the age of answers too."""

    def __init__(
        self, port: int, token: str, *, rate: float, skus: int, run: str, watch: bool = False
    ) -> None:
        context = get_context("spawn")
        self._stop = context.Event()
        self._reports = context.Queue()
        self._process = context.Process(
            target=_place,
            args=(port, token, rate, skus, run, watch, self._stop, self._reports),
            daemon=True,
        )
        self._process.start()

    def stop(self) -> Report:
        """End, and tell what happened."""
        self._stop.set()
        report: Report = self._reports.get(timeout=60)
        self._process.join(timeout=60)
        return report


def _place(
    port: int,
    token: str,
    rate: float,
    skus: int,
    run: str,
    watch: bool,  # noqa: FBT001 - the arguments of a process come by position
    stop: Any,
    reports: Any,
) -> None:
    report = Report()
    threads = [
        threading.Thread(
            target=_orders, args=(port, token, rate / THREADS, skus, f"{run}-{n}", stop, report)
        )
        for n in range(THREADS if rate else 0)
    ]
    if watch:
        threads.append(threading.Thread(target=_watch, args=(port, token, skus, stop, report)))
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report.rate = report.placed / (time.monotonic() - started)
    reports.put(report)


def _orders(
    port: int, token: str, rate: float, skus: int, run: str, stop: Any, report: Report
) -> None:
    draw = random.Random(run)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    due = time.monotonic() + draw.random() / rate
    number = 0
    while not stop.wait(max(0.0, due - time.monotonic())):
        number += 1
        body = json.dumps(_order(f"{run}-{number}", draw, skus))
        connection.request("POST", "/api/v1/orders", body, headers)
        response = connection.getresponse()
        response.read()
        if response.status == 201:
            report.seconds.append(time.monotonic() - due)
        else:
            report.refused += 1
        due += 1 / rate


def _watch(port: int, token: str, skus: int, stop: Any, report: Report) -> None:
    """Ask now and then, as everybody does, and see how old the answer is when it has arrived."""
    draw = random.Random(port)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    while not stop.wait(LOOK_EVERY):
        path = f"/api/v1/stock/availability?channel=web&sku={code_of(draw.randint(1, skus))}"
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = json.loads(connection.getresponse().read())
        as_of = datetime.fromisoformat(answer["as_of"])
        report.ages.append((datetime.now(UTC) - as_of).total_seconds())


def _order(number: str, draw: random.Random, skus: int) -> dict[str, Any]:
    place = draw.choice(PLACES)
    return {
        "channel": "web",
        "external_id": f"STEADY-{number}",
        "placed_at": datetime.now(UTC).isoformat(),
        "currency": "EUR",
        "customer": {"name": "Camille Martin", "email": "camille@example.org"},
        "delivery": {
            "method": "ship",
            "address": {
                "street": "1 rue des Lilas",
                "postal_code": place.postal_code,
                "city": place.name,
                "country": "FR",
            },
        },
        "lines": [
            {
                "sku": code_of(sku),
                "quantity": 1,
                "unit_price": {"amount": "12.90", "currency": "EUR"},
            }
            for sku in draw.sample(range(1, skus + 1), 3)
        ],
    }
