"""Orders come in, are cancelled and released while others are assigned: nothing is lost."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connections

from chaland.database.statements import execute, fetch_all
from chaland.journeys.release_due import release_due
from chaland.journeys.reoptimise import reoptimise
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM
from tests.journeys.conftest import Build
from tests.journeys.test_reoptimise import HOW, let_orders_wait
from tests.retailer import Retailer

ROUNDS = 4
# Three lamps are near; whoever comes first takes them, though those that want a chair as well,
# which is there only, would need them more.
STOCK = {
    "LAMP": {"WH": 3, "SHOP-LYON": 12, "SHOP-LILLE": 4},
    "CHAIR": {"WH": 9},
    "VASE": {"WH": 4, "SHOP-PARIS": 5},
}
LAMP, LAMP_AND_CHAIR = 1, 3


FIRST = [LAMP] * 3 + [LAMP_AND_CHAIR] * 4


@dataclass
class Traffic:
    """What happens to the retailer all at once."""

    retailer: Retailer
    placed: list[str] = field(default_factory=list)
    moved: list[int] = field(default_factory=list)

    def place(self, numbers: Sequence[int]) -> None:
        """Send orders for the SKUs whose bits are set."""
        for number in numbers:
            units = {sku: 1 for bit, sku in enumerate(STOCK) if number >> bit & 1}
            answer = self.retailer.client.post("/orders", self.retailer.order_body(units))
            assert answer.status in {201, 409, 422}, answer.body
            if answer.status == 201:
                self.placed.append(answer.body["id"])

    def assign(self) -> None:
        """Assign what waits together, again and again."""
        for _ in range(ROUNDS):
            run = reoptimise(HOW, now=clock.now(), actor=SYSTEM)
            self.moved.append(0 if run is None else run.changed)

    def cancel(self) -> None:
        """Cancel the orders that came after the first ones."""
        for _ in range(6):
            for order in self.placed[len(FIRST) :][:1]:
                path = f"/orders/{order}/cancel"
                assert self.retailer.client.post(path, {"reason": "x"}).status in {200, 409}

    def release(self) -> None:
        """Tell the site of the first order."""
        execute(
            "UPDATE fulfilment_order SET release_at = now() WHERE state = 'planned'"
            " AND order_id IN (SELECT order_id FROM fulfilment_order ORDER BY id LIMIT 1)"
        )
        release_due(now=clock.now() + timedelta(seconds=1))


def test_nothing_is_oversold_or_lost_beside_intake_cancelling_and_release(
    build_retailer: Build,
) -> None:
    traffic = Traffic(build_retailer(STOCK))
    let_orders_wait()
    traffic.place(FIRST)
    execute("UPDATE orders_order SET promise_latest = promise_latest + interval '5 days'")

    in_threads(
        traffic.assign,
        traffic.assign,
        lambda: traffic.place((3, 5, 1, 7, 2, 3, 1)),
        traffic.cancel,
        traffic.release,
    )

    assert sum(traffic.moved) > 0
    traffic.retailer.assert_stock_is_true()
    doubled = fetch_all(
        "SELECT line.order_line_id, ordered.quantity - ordered.cancelled,"
        " sum(line.quantity - line.refused - line.cancelled)"
        " FROM fulfilment_line AS line JOIN orders_line AS ordered ON ordered.id = order_line_id"
        " GROUP BY 1, 2"
        " HAVING sum(line.quantity - line.refused - line.cancelled)"
        " <> ordered.quantity - ordered.cancelled"
    )
    assert doubled == []


def in_threads(*calls: Callable[[], object]) -> None:
    """Run calls in threads that start together; raise what one of them raised."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> None:
        start.wait()
        try:
            call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        list(threads.map(run, calls))
