"""Scarce stock is priced from real orders, and the next order pays attention."""

import json
import threading
import time
from datetime import timedelta

import pytest
import typer
from django.db import connections, transaction
from typer.testing import CliRunner

from chaland.database.revision import read_revisions
from chaland.database.statements import fetch_all
from chaland.journeys import commands, worker
from chaland.journeys.price_scarcity import EVERY, is_time_to_price, price_scarcity
from chaland.kernel import clock
from chaland.network.queries import snapshot
from chaland.promise.types import COST_UNIT
from chaland.sourcing.operations import replace_shadow_prices
from chaland.sourcing.queries import unit_prices
from chaland.sourcing.queries.prices import GOOD_FOR
from chaland.sourcing.types import ShadowPrice
from tests.journeys.conftest import Build

PATIENCE_SECONDS = 20.0

LYON = {
    "method": "ship",
    "address": {
        "street": "1 place Bellecour", "postal_code": "69002", "city": "Lyon", "country": "FR",
        "latitude": 45.76, "longitude": 4.83,
    },
}  # fmt: skip


def prices() -> dict[tuple[str, str], int]:
    rows = fetch_all(
        "SELECT s.code, l.code, p.price FROM sourcing_shadow_price p"
        " JOIN catalog_sku s ON s.id = p.sku_id JOIN network_location l ON l.id = p.location_id"
    )
    return {(sku, location): price for sku, location, price in rows}


def test_scarce_units_are_priced_and_spared(build_retailer: Build) -> None:
    # Vases are scarce. Those of Lyon are ordered by Lyon, but an order from Paris may take them.
    retailer = build_retailer(
        {"VASE": {"WH": 3, "SHOP-LYON": 3}, "LAMP": {"WH": 900, "SHOP-LYON": 900}}
    )
    retailer.place({"VASE": 1})
    for _ in range(2):
        retailer.place({"VASE": 1, "LAMP": 1}, delivery=LYON)
    report = price_scarcity(now=clock.now())
    assert report is not None
    assert (report.orders, report.scarce) == (3, 1)
    found = prices()
    assert set(found) <= {("VASE", "WH"), ("VASE", "SHOP-LYON")}
    assert found
    assert all(price > 0 for price in found.values())
    order = retailer.place({"VASE": 1})
    (decision,) = retailer.client.get(f"/orders/{order['id']}/decisions").body["items"]
    (assignment,) = decision["explanation"]["assignments"]
    told = decision["explanation"]["cost"]["scarcity"]
    assert told == found["VASE", assignment["location"]] / COST_UNIT


def test_nothing_is_priced_where_there_is_plenty(build_retailer: Build) -> None:
    retailer = build_retailer({"VASE": {"WH": 9_000}})
    retailer.place({"VASE": 1})
    report = price_scarcity(now=clock.now())
    assert report is not None
    assert (report.scarce, list(report.prices)) == (0, [])
    assert not prices()


def test_the_same_past_gives_the_same_prices(build_retailer: Build) -> None:
    retailer = build_retailer({"VASE": {"WH": 5, "SHOP-LYON": 2}, "LAMP": {"SHOP-LYON": 4}})
    retailer.place({"VASE": 1})
    retailer.place({"VASE": 1, "LAMP": 1}, delivery=LYON)
    now = clock.now()
    first, again = price_scarcity(now=now), price_scarcity(now=now)
    assert first is not None
    assert first == again


def test_prices_end_when_more_arrives_or_nobody_works_them_out(build_retailer: Build) -> None:
    build_retailer({"VASE": {"WH": 5}, "LAMP": {"WH": 5}})
    ids = dict(fetch_all("SELECT code, id FROM catalog_sku"))
    network, now = snapshot(), clock.now()
    warehouse = network.locations[network.by_code["WH"]].id
    skus = [ids["VASE"], ids["LAMP"]]
    with transaction.atomic():
        replace_shadow_prices(
            [
                ShadowPrice(ids["VASE"], warehouse, 500, now + timedelta(hours=1)),
                ShadowPrice(ids["LAMP"], warehouse, 700, now + timedelta(days=1)),
            ],
            now=now,
        )
    revision = read_revisions()["shadow_prices"]

    def priced(hours: float) -> list[int]:
        at = now + timedelta(hours=hours)
        found = unit_prices(skus, network, revision, now=at)
        return [] if found is None else found[:, network.by_code["WH"]].tolist()

    assert priced(0) == [500, 700]
    assert priced(1) == [0, 700]
    assert priced(GOOD_FOR / timedelta(hours=1) + 0.1) == []
    assert unit_prices([ids["CHAIR"]], network, revision, now=now) is None
    assert not is_time_to_price(now=now)
    assert is_time_to_price(now=now + EVERY)


def test_a_strategy_that_does_not_look_at_scarcity_has_no_prices(build_retailer: Build) -> None:
    retailer = build_retailer({"VASE": {"WH": 3}})
    retailer.place({"VASE": 1})
    weightless = {"name": "Now only", "weights": {"scarcity": "0"}}
    assert retailer.client.put("/strategy-drafts/default", weightless).status == 201
    assert retailer.client.post("/strategy-drafts/default/activate", {}).status == 200
    report = price_scarcity(now=clock.now())
    assert report is not None
    assert not report.prices


def test_the_command_shows_what_is_dear(build_retailer: Build) -> None:
    retailer = build_retailer({"VASE": {"WH": 3, "SHOP-PARIS": 1}})
    retailer.place({"VASE": 1})
    app = typer.Typer()
    commands.register(app)
    result = CliRunner().invoke(app, ["sourcing", "price", "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["scarce"] == 1
    assert told["priced"] == len(prices())
    assert {item["sku"] for item in told["highest"]} == {"VASE"}


def test_the_worker_prices_by_itself(
    build_retailer: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    retailer = build_retailer({"VASE": {"WH": 3}})
    retailer.place({"VASE": 1})
    monkeypatch.setattr(worker, "EVERY", timedelta(seconds=0.2))
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
        while not prices():
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        stop.set()
        thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
    assert set(prices()) == {("VASE", "WH")}
