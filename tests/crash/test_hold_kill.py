"""Servers and the worker are killed at random while baskets hold, pay and expire."""

import random
import threading
import time
from contextlib import suppress
from typing import Any

import httpx
import pytest

from chaland.database.statements import fetch_all
from tests.processes import Processes, Server
from tests.retailer import Retailer

SHOPPERS = 12
KILLS = 3
RUSH_SECONDS = 2.0
PATIENCE_SECONDS = 60.0
STOCK = {"LAMP": {"WH": 900, "SHOP-PARIS": 60}, "VASE": {"WH": 500}}
OK = {200, 201, 409}
"""Done, or refused by a rule: too little is left, or the hold has ended."""

pytestmark = pytest.mark.crash


class Shoppers:
    """Hold, renew, change, release and pay as fast as they are answered, and note what was paid."""

    def __init__(self, retailer: Retailer) -> None:
        self.retailer = retailer
        self.paid: dict[str, dict[str, int]] = {}
        self.asked: dict[str, dict[str, int]] = {}
        self.answers = 0
        self._lock = threading.Lock()

    def rush(self, server: Server, seed: int) -> list[threading.Thread]:
        """Let the shoppers loose; each ends when the server does."""
        threads = [
            threading.Thread(target=self._shop, args=(server, seed * SHOPPERS + number))
            for number in range(SHOPPERS)
        ]
        for thread in threads:
            thread.start()
        return threads

    def _shop(self, server: Server, seed: int) -> None:
        dice = random.Random(seed)  # noqa: S311 - chance, not secrecy
        headers = {"Authorization": f"Bearer {self.retailer.client.token}"}
        with (
            suppress(httpx.TransportError),
            httpx.Client(base_url=f"{server.url}/api/v1", headers=headers, timeout=20) as http,
        ):
            while True:
                self._visit(http, dice)

    def _visit(self, http: httpx.Client, dice: random.Random) -> None:
        units = {sku: dice.randint(1, 2) for sku in dice.sample(sorted(STOCK), dice.randint(1, 2))}
        lines = [{"sku": sku, "quantity": number} for sku, number in units.items()]
        body = {"channel": "web", "lines": lines, "ttl_seconds": dice.randint(1, 3)}
        made = self._send(http, "POST", "/stock/holds", body)
        path = f"/stock/holds/{made.get('id')}"
        deed = dice.randrange(6)
        if "id" in made and deed == 0:
            self._send(http, "POST", f"{path}/renew", {})
        elif "id" in made and deed == 1:
            self._send(http, "PUT", path, {"lines": lines[:1]})
        elif "id" in made and deed == 2:
            self._send(http, "DELETE", path, None)
        if deed >= 3 or "id" not in made:
            with self._lock:
                order = self.retailer.order_body(units, hold=made.get("id"))
                self.asked[order["external_id"]] = units
            if "external_id" in self._send(http, "POST", "/orders", order):
                self.paid[order["external_id"]] = units

    def _send(self, http: httpx.Client, method: str, path: str, body: Any) -> Any:
        answer = http.request(method, path, json=body)
        assert answer.status_code in OK, answer.text
        self.answers += 1
        return answer.json()


def test_nothing_is_oversold_lost_or_stuck_whoever_is_killed(
    build_retailer: Any, processes: Processes
) -> None:
    retailer = build_retailer(STOCK)
    shoppers = Shoppers(retailer)
    dice = random.Random(7)  # noqa: S311 - chance, not secrecy
    for kill in range(KILLS):
        server, worker = processes.serve(), processes.worker()
        threads = shoppers.rush(server, kill)
        time.sleep(RUSH_SECONDS)
        for victim in dice.sample([server, worker], 2):
            victim.kill()
            time.sleep(dice.random() / 2)
        for thread in threads:
            thread.join(timeout=30)
            assert not thread.is_alive()
    assert shoppers.paid
    retailer.assert_stock_is_true()
    written = {name for (name,) in fetch_all("SELECT external_id FROM orders_order")}
    assert shoppers.paid.keys() <= written <= shoppers.asked.keys()

    last = processes.worker()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while fetch_all("SELECT FROM inventory_hold WHERE closed_at IS NULL LIMIT 1"):
        assert time.monotonic() < deadline, last.output()[-2000:]
        time.sleep(0.2)
    retailer.assert_stock_is_true()
    _assert_that_the_rest_is_for_sale(retailer, shoppers, written)


def _assert_that_the_rest_is_for_sale(
    retailer: Retailer, shoppers: Shoppers, written: set[str]
) -> None:
    for sku, places in STOCK.items():
        sold = sum(shoppers.asked[order].get(sku, 0) for order in written)
        rest = sum(places.values()) - sold
        assert rest >= 0
        for units, status in ((rest + 1, 409), (rest, 201)):
            if units:
                body = {"channel": "web", "lines": [{"sku": sku, "quantity": units}]}
                assert retailer.client.post("/stock/holds", body).status == status
    retailer.assert_stock_is_true()
