"""The running of the flash sale: build the retailer, start the server, sell out in turns."""

import argparse
import itertools
import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from bench.http_load import LoadResult, request_bytes, run_load
from bench.intake_run import cpu_seconds, say, serving
from bench.intake_world import locations, services

if TYPE_CHECKING:
    from bench.hotsku import Rounds

CLIENTS = 64
ZIPF_SKUS = 1000
PAGE = b"\0" * 8192
BEYOND = 640
"""Requests for what is sold out already, after each sale."""

HOLDS = "/api/v1/stock/holds"
PLACE = "LOC-001"


@dataclass(frozen=True, slots=True)
class Sale:
    """What the server sells: its address, a key, and its process."""

    port: int
    token: str
    process: psutil.Process

    def load(self, requests: Iterator[bytes]) -> LoadResult:
        """Send requests until there are none left."""
        return run_load(("127.0.0.1", self.port), requests, connections=CLIENTS, seconds=3600)

    def request(self, path: str, body: dict[str, Any], *, key: str = "") -> bytes:
        """Return a whole request."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if key:
            headers["Idempotency-Key"] = key
        return request_bytes(path, json.dumps(body).encode(), headers=headers)

    def hold(self, sku: str, *, key: str = "") -> bytes:
        """Return a request that holds one unit."""
        line = {"sku": sku, "quantity": 1, "location": PLACE}
        return self.request(HOLDS, {"channel": "web", "lines": [line]}, key=key)


def measure(options: argparse.Namespace, rounds: "Rounds") -> "Rounds":
    """Build, warm up, then alternate; say what happens on standard error."""
    token = _build()
    with serving(options.workers) as (port, process):
        sale = Sale(port, token, process)
        warm = _hot_sale(sale, "warm-up", 2_000, rounds=None)
        units = int(warm * options.seconds)
        for number in range(1, options.rounds + 1):
            rounds.fdatasync.append(_fdatasync_rate(options.seconds / 2))
            rounds.hot.append(_hot_sale(sale, f"hot-{number}", units, rounds=rounds))
            rounds.zipf.append(_zipf_sale(sale, number, units, rounds))
            rounds.keyed.append(_hot_sale(sale, f"keyed-{number}", units // 2, rounds, keyed=True))
            rounds.orders.append(_order_sale(sale, f"order-{number}", units // 8, rounds))
            rounds.in_process.append(_in_process_sale(f"inside-{number}", units, rounds))
            say(
                f"round {number}: disk {rounds.fdatasync[-1]:.0f}/s, hot {rounds.hot[-1]:.0f}/s,"
                f" Zipf {rounds.zipf[-1]:.0f}/s, keyed {rounds.keyed[-1]:.0f}/s,"
                f" orders {rounds.orders[-1]:.0f}/s, in process {rounds.in_process[-1]:.0f}/s,"
                f" processor time of a hot one: "
                + ", ".join(f"{who} {used:.0f} µs" for who, used in rounds.cost_us[-1].items())
            )
    _verify()
    return rounds


def _fdatasync_rate(seconds: float) -> float:
    """Return how often the disk that holds the database makes a page durable, one by one."""
    from django.conf import settings

    path = Path(settings.CHALAND_DATA) / "fdatasync.probe"
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        os.pwrite(handle, PAGE * 2048, 0)  # its length does not change any more
        os.fsync(handle)
        done, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            os.pwrite(handle, PAGE, 8192 * (done % 2048))
            os.fdatasync(handle)
            done += 1
        return done / (time.perf_counter() - started)
    finally:
        os.close(handle)
        path.unlink()


def _hot_sale(
    sale: Sale, sku: str, units: int, rounds: "Rounds | None", *, keyed: bool = False
) -> float:
    """Sell out one SKU and ask on; return the reservations per second until the last unit."""
    _stock_up({sku: units})
    wanted = units + BEYOND
    if keyed:
        requests = [sale.hold(sku, key=f"{sku}-{number}") for number in range(wanted)]
        ready = iter(requests)
    else:
        ready = itertools.repeat(sale.hold(sku), wanted)
    before = cpu_seconds(sale.process)
    result = sale.load(ready)
    after = cpu_seconds(sale.process)
    granted = _granted(result)
    if rounds is not None:
        _account(rounds, {sku: granted}, {sku: units})
        if not keyed:
            rounds.latencies += result.latencies
            rounds.cost_us.append(
                {
                    who: (after[who] - before[who]) / wanted * 1e6
                    for who in after
                    if who != "pgbench"
                }
            )
    return granted / result.last_at[201]


def _zipf_sale(sale: Sale, number: int, wanted: int, rounds: "Rounds") -> float:
    """Ask for 1,000 SKUs by Zipf's law, the first ones short; return reservations per second."""
    weights = [1 / rank for rank in range(1, ZIPF_SKUS + 1)]
    dice = random.Random(number)
    names = [f"zipf-{number}-{rank}" for rank in range(1, ZIPF_SKUS + 1)]
    asked = dice.choices(names, weights, k=wanted)
    demand = Counter(asked)
    stock = {name: max(1, int(demand[name] * dice.uniform(0.8, 1.1))) for name in names}
    _stock_up(stock)
    ready = {name: sale.hold(name) for name in names}
    result = sale.load(iter([ready[name] for name in asked]))
    granted = _granted(result)
    sold = _reserved(names)
    if sum(sold.values()) != granted:
        rounds.oversold += abs(sum(sold.values()) - granted)
    _account(rounds, sold, {name: min(stock[name], demand[name]) for name in names})
    return granted / result.seconds


def _order_sale(sale: Sale, sku: str, units: int, rounds: "Rounds") -> float:
    """Sell out one SKU by the orders' door, every order with its customer, promise and events."""
    _stock_up({sku: units})
    moment = datetime.now(UTC).isoformat()
    money = {"amount": "12.90", "currency": "EUR"}
    requests = [
        sale.request(
            "/api/v1/orders",
            {
                "channel": "web",
                "external_id": f"{sku}-{number}",
                "placed_at": moment,
                "currency": "EUR",
                "customer": {"name": f"Camille Martin {number}"},
                "delivery": {"method": "pickup", "location": PLACE},
                "lines": [{"sku": sku, "quantity": 1, "unit_price": money}],
            },
        )
        for number in range(units + BEYOND // 4)
    ]
    result = sale.load(iter(requests))
    _account(rounds, {sku: _granted(result)}, {sku: units})
    return result.statuses[201] / result.last_at[201]


def _in_process_sale(sku: str, units: int, rounds: "Rounds") -> float:
    """Sell out one SKU by the journey itself, 64 baskets a commit, without HTTP."""
    from django.db import connection

    from chaland.journeys.hold_baskets.body import HoldBody
    from chaland.journeys.hold_baskets.service import hold_baskets
    from chaland.journeys.hold_baskets.types import HoldRequest
    from chaland.kernel import clock
    from chaland.kernel.actor import SYSTEM

    _stock_up({sku: units})
    line = {"sku": sku, "quantity": 1, "location": PLACE}
    body = HoldBody.model_validate({"channel": "web", "lines": [line]})
    batch = [HoldRequest(body, SYSTEM) for _ in range(CLIENTS)]
    granted = 0
    started = finished = time.perf_counter()
    for _ in range(units // CLIENTS + 2):
        answers = hold_baskets(batch, now=clock.now())
        new = sum(answer.status == 201 for answer in answers)
        if new:
            granted, finished = granted + new, time.perf_counter()
    connection.close()
    _account(rounds, {sku: granted}, {sku: units})
    return granted / (finished - started)


def _granted(result: LoadResult) -> int:
    strange = set(result.statuses) - {201, 409}
    if strange:
        body = result.first_bodies[strange.pop()]
        message = f"answers other than 201 and 409: {result.statuses}, such as {body!r}"
        raise SystemExit(message)
    return result.statuses[201]


def _account(rounds: "Rounds", granted: dict[str, int], right: dict[str, int]) -> None:
    """Compare what was granted, by the answers and by the table, with what was there."""
    kept = _reserved(list(right))
    for sku, units in right.items():
        for found in (granted[sku], kept[sku]):
            rounds.oversold += max(0, found - units)
            rounds.undersold += max(0, units - found)


def _reserved(skus: Sequence[str]) -> dict[str, int]:
    from chaland.database.statements import fetch_all

    rows = fetch_all(
        "SELECT s.code, p.reserved FROM inventory_position p JOIN catalog_sku s ON s.id = p.sku_id"
        " WHERE s.code = ANY (%s)",
        [list(skus)],
    )
    return dict(rows)


def _stock_up(units: dict[str, int]) -> None:
    """Put new SKUs on the shelf, as many units as they are to have."""
    from django.db import transaction

    from chaland.catalog import operations as catalog
    from chaland.catalog.queries import sku_facts
    from chaland.catalog.types import SkuDraft
    from chaland.inventory.operations import load_opening_stock
    from chaland.inventory.types import OpeningStock
    from chaland.kernel import clock
    from chaland.kernel.actor import SYSTEM
    from chaland.network.queries import snapshot

    now = clock.now()
    with transaction.atomic():
        catalog.upsert_skus(
            drafts=[SkuDraft(code=sku, name=sku, weight_grams=500) for sku in units],
            now=now,
            actor=SYSTEM,
        )
        facts = sku_facts(list(units))
        network = snapshot()
        place = network.locations[network.by_code[PLACE]].id
        stock = [OpeningStock(facts[sku].id, place, number) for sku, number in units.items()]
        load_opening_stock(stock=stock, source="bench", now=now, actor=SYSTEM)


def _build() -> str:
    """Write the retailer: fifty locations, one channel, two carriers; return a key."""
    from django.db import transaction

    from chaland.access.operations import create_api_key
    from chaland.kernel import clock
    from chaland.kernel.actor import SYSTEM
    from chaland.network import operations as network
    from chaland.network.types import (
        ChannelDraft,
        ChannelKind,
        OrganisationDraft,
        OrganisationKind,
    )
    from chaland.promise import operations as promise

    now = clock.now()
    group = OrganisationDraft(code="group", name="Group", kind=OrganisationKind.GROUP, country="FR")
    web = ChannelDraft(
        code="web", name="Web", kind=ChannelKind.WEB, currency="EUR", countries=frozenset({"FR"})
    )
    with transaction.atomic():
        network.upsert_organisations(drafts=[group], now=now, actor=SYSTEM)
        network.upsert_locations(drafts=list(locations(50)), now=now, actor=SYSTEM)
        network.upsert_channels(drafts=[web], now=now, actor=SYSTEM)
        promise.upsert_carrier_services(drafts=services(), now=now, actor=SYSTEM)
        key = create_api_key(
            name="bench", scopes=["orders:write", "orders:read"], now=now, actor=SYSTEM
        )
    return key.token


def _verify() -> None:
    from chaland.journeys.verify_stock import verify_stock

    broken = [check for check in verify_stock().checks if check.broken]
    say("stock verify: " + ("clean" if not broken else f"BROKEN {broken}"))
    if broken:
        raise SystemExit(1)
