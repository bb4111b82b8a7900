"""Every kind of stock of one SKU in one view, by the public API."""

from typing import Any

import pytest
from django.db import transaction

from chaland.catalog.queries import sku_facts
from chaland.inventory.operations import reserve
from chaland.inventory.queries import verify
from chaland.kernel.actor import SYSTEM
from chaland.network.queries import snapshot
from tests.inventory.conftest import NOW, request_for
from tests.retailer import Retailer

pytestmark = pytest.mark.django_db
DEPOT = {
    "country": "FR", "postal_code": "69002", "city": "Lyon", "capabilities": ["ship"],
    "latitude": 45.76, "longitude": 4.83,
}  # fmt: skip


def tell(shop: Retailer, path: str, *items: dict[str, Any]) -> list[Any]:
    """Send *items*; each must be accepted."""
    answer = shop.client.post(path, {"items": list(items)})
    assert answer.status == 200, answer.body
    assert all(item["problem"] is None for item in answer.body["results"]), answer.body
    return [item["code"] for item in answer.body["results"]]


def change(location: str, kind: str = "adjustment", **more: Any) -> dict[str, Any]:
    return {"sku": "LAMP", "location": location, "kind": kind, **more}


@pytest.fixture
def shop() -> Retailer:
    """A retailer whose supplier declares stock and who keeps some in a marketplace's depot."""
    shop = Retailer.build({"LAMP": {"WH": 10, "SHOP-PARIS": 2}})
    acme = {"name": "Acme", "kind": "supplier", "country": "FR"}
    assert shop.client.put("/organisations/acme", acme).status == 201
    for code, kind, owner in [("ACME", "supplier", "acme"), ("DEPOT", "marketplace", "group")]:
        body = {**DEPOT, "name": code, "kind": kind, "organisation": owner}
        made = shop.client.put(f"/locations/{code}", body)
        assert made.status == 201, made.body
    return shop


def test_each_kind_of_stock_is_told_apart(shop: Retailer) -> None:
    tell(
        shop,
        "/stock/adjustments",
        change("ACME", "count", on_hand=40),
        change("DEPOT", "receipt", on_hand_delta=7),
        change("WH", "blocking", unavailable_delta=1, status="damaged"),
        change("WH", "blocking", unavailable_delta=2, status="quarantine"),
        change("SHOP-PARIS", "blocking", unavailable_delta=1, status="counting"),
    )
    line = {"sku": "LAMP", "quantity": 5, "expected_at": "2099-01-05T08:00:00Z"}
    order = {**line, "reference": "PO", "destination": "WH", "expected_at": "2026-01-05T08:00:00Z"}
    transfer = {**line, "reference": "T", "kind": "transfer", "origin": "WH", "quantity": 3}
    keys = tell(shop, "/stock/supply", order, {**transfer, "destination": "SHOP-PARIS"})
    tell(shop, "/stock/supply/dispatches", {"supply": keys[1]})
    warehouse = snapshot().location("WH")
    assert warehouse
    with transaction.atomic():
        sku = sku_facts(["LAMP"])["LAMP"].id
        reserve(requests=[request_for(sku, warehouse.id, 2)], now=NOW, actor=SYSTEM)
    lamp = shop.client.get("/skus/LAMP/stock").body
    places = {place["location"]: place for place in lamp["locations"]}
    told = ("kind", "on_hand", "reserved", "held", "sellable", "incoming", "statuses")
    assert {code: tuple(place[name] for name in told) for code, place in places.items()} == {
        "ACME": ("supplier", 40, 0, 0, 40, 0, {}),
        "DEPOT": ("marketplace", 7, 0, 0, 7, 0, {}),
        "WH": ("warehouse", 7, 2, 0, 2, 5, {"damaged": 1, "quarantine": 2}),
        "SHOP-PARIS": ("store", 2, 0, 0, 1, 3, {"counting": 1}),
    }
    assert [line["id"] for line in places["WH"]["inbound"]] == [keys[0]]
    assert [line["id"] for line in places["WH"]["outbound"]] == [keys[1]]
    assert [line["id"] for line in places["SHOP-PARIS"]["inbound"]] == [keys[1]]
    assert (lamp["in_transit"], lamp["on_order"], lamp["late"]) == (3, 5, 5)
    assert places["ACME"]["counted_at"]
    assert places["WH"]["counted_at"] is None
    kinds = {item["kind"]: (item["on_hand"], item["sellable"]) for item in lamp["kinds"]}
    assert kinds == {
        "supplier": (40, 40), "marketplace": (7, 7), "warehouse": (7, 2), "store": (2, 1),
    }  # fmt: skip
    assert verify().clean


def test_a_supplier_sees_and_reports_its_own_stock_only(shop: Retailer) -> None:
    supplier = shop.key(["stock:read", "stock:write"], organisations=["acme"])
    body = {"items": [change("ACME", "count", on_hand=12), change("WH", "count", on_hand=0)]}
    answer = supplier.post("/stock/adjustments", body)
    assert [item["status"] for item in answer.body["results"]] == ["updated", "rejected"]
    seen = supplier.get("/skus/LAMP/stock").body
    assert [place["location"] for place in seen["locations"]] == ["ACME"]
    assert seen["kinds"][0]["on_hand"] == 12
    assert supplier.get("/skus/NOTHING/stock").status == 404


def test_declared_stock_is_sold_by_the_channels_whose_pool_has_it(shop: Retailer) -> None:
    tell(shop, "/stock/adjustments", change("ACME", "count", on_hand=40))
    agreed = shop.client.get("/stock/availability", sku="LAMP", channel="web")
    assert agreed.status == 200, agreed.body
    everything = shop.client.get("/stock/availability", sku="LAMP").body["items"][0]
    assert everything["available"] >= 12
