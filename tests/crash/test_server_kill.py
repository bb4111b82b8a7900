"""The server is killed in the middle of a rush: what was acknowledged is there, whole."""

import threading
import time
from typing import Any

import httpx
import pytest

from chaland.database.statements import fetch_all
from tests.processes import Processes, Server
from tests.retailer import Retailer

CLIENTS = 16
KILLS = 3
RUSH_SECONDS = 1.5

pytestmark = pytest.mark.crash


class Rush:
    """Clients that send orders as fast as they are answered, and remember every answer."""

    def __init__(self, retailer: Retailer) -> None:
        self.retailer = retailer
        self.acknowledged: dict[str, str] = {}
        self.unanswered: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def run_and_kill(self, server: Server) -> None:
        """Let the clients loose, kill the server while they wait for answers, gather them in."""
        before = len(self.acknowledged)
        threads = [threading.Thread(target=self._client, args=(server,)) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        time.sleep(RUSH_SECONDS)
        server.kill()
        for thread in threads:
            thread.join(timeout=30)
            assert not thread.is_alive()
        assert len(self.acknowledged) > before, "nothing was under way when the server was killed"

    def _client(self, server: Server) -> None:
        headers = {"Authorization": f"Bearer {self.retailer.client.token}"}
        with httpx.Client(base_url=server.url, headers=headers, timeout=20) as http:
            while True:
                with self._lock:
                    body = self.retailer.order_body({"LAMP": 1, "VASE": 2})
                try:
                    answer = http.post("/api/v1/orders", json=body)
                except httpx.TransportError:
                    with self._lock:
                        self.unanswered.append(body)
                    return
                assert answer.status_code == httpx.codes.CREATED, answer.text
                with self._lock:
                    self.acknowledged[body["external_id"]] = answer.json()["id"]


def test_an_acknowledged_order_survives_and_none_is_half_written(
    build_retailer: Any, processes: Processes
) -> None:
    retailer = build_retailer(
        {"LAMP": {"WH": 50_000, "SHOP-PARIS": 50_000}, "VASE": {"WH": 500_000}}
    )
    rush = Rush(retailer)
    for _ in range(KILLS):
        rush.run_and_kill(processes.serve())
    server = processes.serve()
    written = {external_id for (external_id,) in fetch_all("SELECT external_id FROM orders_order")}
    assert rush.acknowledged.keys() <= written
    _assert_every_order_is_whole()
    retailer.assert_stock_is_true()
    verify = processes.run("stock", "verify", "--json")
    assert verify.popen.wait(60) == 0, verify.output()
    _send_again(rush, server)


def _assert_every_order_is_whole() -> None:
    broken = fetch_all(
        """
        SELECT o.external_id
        FROM orders_order o
        LEFT JOIN LATERAL (
            SELECT count(*) AS lines FROM orders_line WHERE order_id = o.id
        ) l ON TRUE
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(quantity), 0) AS units
            FROM inventory_reservation WHERE order_id = o.id
        ) r ON TRUE
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(fl.quantity), 0) AS units
            FROM fulfilment_order f JOIN fulfilment_line fl ON fl.fulfilment_order_id = f.id
            WHERE f.order_id = o.id
        ) f ON TRUE
        LEFT JOIN LATERAL (
            SELECT count(*) AS decisions FROM sourcing_decision WHERE order_id = o.id
        ) d ON TRUE
        WHERE (l.lines, r.units, f.units, d.decisions) IS DISTINCT FROM (2, 3, 3, 1)
        """
    )
    assert broken == []
    silent = fetch_all(
        "SELECT o.external_id FROM orders_order o WHERE NOT EXISTS (SELECT 1 FROM outbox_event e"
        " WHERE e.type = 'order.placed' AND e.data->>'external_id' = o.external_id)"
    )
    assert silent == []


def _send_again(rush: Rush, server: Server) -> None:
    """A client that got no answer sends again: the order is placed now or was placed before."""
    headers = {"Authorization": f"Bearer {rush.retailer.client.token}"}
    for body in rush.unanswered:
        answer = httpx.post(f"{server.url}/api/v1/orders", json=body, headers=headers, timeout=20)
        assert answer.status_code in {httpx.codes.CREATED, httpx.codes.OK}, answer.text
    rush.retailer.assert_stock_is_true()
