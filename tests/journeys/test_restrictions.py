"""Goods go only where they are handled, and only by services that carry them."""

from typing import Any

import pytest

from tests.retailer import Retailer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def retailer() -> Retailer:
    """Lamps need care, chairs do not; both are in Paris and in Lyon."""
    stock = {"SHOP-PARIS": 9, "SHOP-LYON": 9}
    retailer = Retailer.build({"LAMP": stock, "CHAIR": stock})
    lamp = retailer.client.get("/skus/LAMP").body
    body = {"name": lamp["name"], "weight_grams": 500, "restrictions": ["hazardous"]}
    assert retailer.client.put("/skus/LAMP", body).status == 200
    return retailer


def refuse(retailer: Retailer, path: str, *words: str) -> None:
    """Let a location or a service refuse goods with *words*."""
    known = retailer.client.get(path).body
    special = ("code", "version", "paused", "paused_until", "pause_reason")
    body = {name: value for name, value in known.items() if name not in special}
    body["refused_restrictions"] = list(words)
    answer = retailer.client.put(path, body)
    assert (answer.status, answer.body["refused_restrictions"]) == (200, sorted(words))


def sites(order: dict[str, Any]) -> list[str]:
    """Return where an order's parts come from."""
    return sorted(part["location"] for part in order["fulfilment_orders"])


def quote(retailer: Retailer, skus: dict[str, int]) -> list[dict[str, Any]]:
    """Return the options of a basket that goes to Paris."""
    lines = [{"sku": sku, "quantity": units} for sku, units in skus.items()]
    to = {"destination": {"country": "FR", "postal_code": "75004"}}
    answer = retailer.client.post("/promises", {"channel": "web", "lines": lines, **to})
    assert answer.status == 200, answer.body
    options: list[dict[str, Any]] = answer.body["options"]
    return options


def test_a_site_gets_only_goods_that_it_handles(retailer: Retailer) -> None:
    assert sites(retailer.place({"LAMP": 1})) == ["SHOP-PARIS"]
    refuse(retailer, "/locations/SHOP-PARIS", "hazardous")
    assert sites(retailer.place({"CHAIR": 1})) == ["SHOP-PARIS"]
    order = retailer.place({"LAMP": 1})
    assert sites(order) == ["SHOP-LYON"]
    (decision,) = retailer.client.get(f"/orders/{order['id']}/decisions").body["items"]
    eliminated = {
        item["reason"]: item["nearest"][0]["location"]
        for item in decision["explanation"]["eliminated"]
    }
    assert eliminated["restricted"] == "SHOP-PARIS"
    refuse(retailer, "/locations/SHOP-LYON", "hazardous", "cold")
    nowhere = retailer.client.post("/orders", retailer.order_body({"LAMP": 1}))
    assert (nowhere.status, nowhere.body["code"]) == (409, "insufficient_stock")


def test_what_ships_alone_shares_its_parcel_with_no_other_line(retailer: Retailer) -> None:
    body = {"name": "Lamp", "weight_grams": 500, "ships_alone": True}
    assert retailer.client.put("/skus/LAMP", body).body["ships_alone"] is True
    order = retailer.place({"LAMP": 2, "CHAIR": 1})
    assert sites(order) == ["SHOP-PARIS", "SHOP-PARIS"]
    parts = [
        [(line["sku"], line["quantity"]) for line in part["lines"]]
        for part in order["fulfilment_orders"]
    ]
    assert sorted(parts) == [[("CHAIR", 1)], [("LAMP", 2)]]
    retailer.assert_stock_is_true()


def test_a_service_gets_only_goods_that_it_carries(retailer: Retailer) -> None:
    assert any(option["method"] == "ship" for option in quote(retailer, {"LAMP": 1}))
    for service in retailer.client.get("/carrier-services").body["items"]:
        refuse(retailer, f"/carrier-services/{service['code']}", "hazardous")
    assert not any(option["method"] == "ship" for option in quote(retailer, {"LAMP": 1}))
    assert any(option["method"] == "ship" for option in quote(retailer, {"CHAIR": 1}))
