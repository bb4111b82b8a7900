"""A process that places orders by the API at a steady rate, and watches how old answers are.

Started by the availability benchmark beside both sides of each round. Orders are sent at their
moments whether or not the ones before were answered, by a few threads that keep their connection.
"""

import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import Event, Process, Queue
from typing import Any

from bench.availability_world import code_of
from bench.intake_world import PLACES

THREADS = 32
LOOK_EVERY = 0.05


@dataclass(slots=True)
class Report:
    """What was placed, and how old the answers looked at were, in seconds."""

    placed: int = 0
    refused: int = 0
    ages: list[float] = field(default_factory=list)


class SteadyOrders:
    """Orders at a steady rate until ``stop``."""

    def __init__(self, port: int, token: str, *, rate: float, skus: int, run: str) -> None:
        self._stop = Event()
        self._reports: Queue[Report] = Queue()
        self._process = Process(
            target=_place,
            args=(port, token, rate, skus, run, self._stop, self._reports),
            daemon=True,
        )
        self._process.start()

    def stop(self) -> Report:
        """End, and tell what happened."""
        self._stop.set()
        report = self._reports.get(timeout=30)
        self._process.join(timeout=30)
        return report


def _place(
    port: int, token: str, rate: float, skus: int, run: str, stop: Any, reports: Any
) -> None:
    report = Report()
    threads = [
        threading.Thread(
            target=_orders, args=(port, token, rate / THREADS, skus, f"{run}-{n}", stop, report)
        )
        for n in range(THREADS if rate else 0)
    ]
    threads.append(threading.Thread(target=_watch, args=(port, token, skus, stop, report)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
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
        due += 1 / rate
        number += 1
        body = json.dumps(_order(f"{run}-{number}", draw, skus))
        connection.request("POST", "/api/v1/orders", body, headers)
        response = connection.getresponse()
        response.read()
        if response.status == 201:
            report.placed += 1
        else:
            report.refused += 1


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
