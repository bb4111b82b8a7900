"""A storefront shows stock, sells some, and keeps its own table true, by the public API alone."""

from datetime import timedelta
from typing import Any

from django.test import Client

from chaland.availability.operations import publish_channel
from chaland.kernel import clock
from chaland.network.queries import snapshot
from tests.journeys.conftest import Build
from tests.retailer import Retailer


def publish(seconds: int) -> int:
    """Do what the worker does once a second."""
    moment = clock.now() + timedelta(seconds=seconds)
    return publish_channel(channel=snapshot().channels["web"], now=moment)


def file_of(shop: Retailer) -> tuple[dict[str, int], str]:
    response: Any = Client().get(
        "/api/v1/stock/export/file?channel=web",
        headers={"Authorization": f"Bearer {shop.client.token}"},
    )
    lines = b"".join(response.streaming_content).decode().splitlines()[1:]
    table = {sku: int(units) for sku, units, *_ in (line.split(",") for line in lines)}
    return table, response.headers["X-Next-Cursor"]


def page_of(shop: Retailer, *skus: str) -> dict[str, tuple[str, int]]:
    answer = shop.client.get("/stock/availability", channel="web", sku=list(skus))
    return {item["sku"]: (item["state"], item["available"]) for item in answer.body["items"]}


def test_from_the_first_export_to_sold_out_and_back(build_retailer: Build) -> None:
    shop = build_retailer({"LAMP": {"WH": 2, "SHOP-PARIS": 1}, "VASE": {"WH": 9}})
    publish(0)
    mine, cursor = file_of(shop)
    assert (mine["LAMP"], mine["VASE"]) == (3, 9)
    assert page_of(shop, "LAMP", "VASE") == {"LAMP": ("low", 3), "VASE": ("in_stock", 9)}

    order = shop.place({"LAMP": 3})
    assert page_of(shop, "LAMP") == {"LAMP": ("out", 0)}
    near = {"country": "FR", "postal_code": "75004", "channel": "web", "sku": "LAMP"}
    (paris,) = shop.client.get("/stock/availability/nearby", **near).body["shops"]
    assert (paris["stock"][0]["available"], paris["pickup_now"]) == (0, False)
    assert publish(2) == 1
    assert shop.client.post(f"/orders/{order['id']}/cancel", {"reason": "t"}).status == 200
    assert publish(4) == 1

    events = [
        (item["type"], item["data"]["available"])
        for item in shop.client.get("/events", limit=200).body["items"]
        if item["partitionkey"] == "stock:web:LAMP"
    ]
    assert events == [("chaland.stock.out.v1", 0), ("chaland.stock.back.v1", 3)]
    news = shop.client.get("/stock/export", channel="web", cursor=cursor).body
    mine.update((item["sku"], item["available"]) for item in news["items"])
    assert mine == file_of(shop)[0]
    assert news["next"] is None
    shop.assert_stock_is_true()
