"""What a product page is told, by channel and for a key that sees some shops only."""

from typing import Any

import pytest

from tests.retailer import ApiClient, Retailer

LEAVES = {"kind": "adjustment", "sku": "LAMP", "location": "WH"}


def ask(client: ApiClient, *skus: str, **query: Any) -> list[dict[str, Any]]:
    answer = client.get("/stock/availability", sku=list(skus), **query)
    assert answer.status == 200, answer.body
    items: list[dict[str, Any]] = answer.body["items"]
    return items


def adjust(client: ApiClient, delta: int, **where: str) -> None:
    items = [{**LEAVES, **where, "on_hand_delta": delta}]
    (result,) = client.post("/stock/adjustments", {"items": items}).body["results"]
    assert result["status"] == "updated", result


def test_a_channel_sells_what_its_pool_has(shop: Retailer) -> None:
    (lamp,) = ask(shop.client, "LAMP", channel="web")
    assert lamp == {
        "sku": "LAMP",
        "state": "in_stock",
        "available": 13,
        "ship": 13,
        "pickup": 3,
        "band": "10+",
        "ship_band": "10+",
        "pickup_band": "3-9",
        "next_supply": None,
    }
    lamp, vase = ask(shop.client, "LAMP", "VASE", channel="market")
    assert (lamp["available"], lamp["state"]) == (2, "low")
    assert (vase["available"], vase["state"]) == (1, "low")
    (table,) = ask(shop.client, "TABLE", channel="market")
    assert (table["available"], table["band"], table["state"]) == (0, "0", "out")


def test_locations_are_listed_when_asked_for(shop: Retailer) -> None:
    (lamp,) = ask(shop.client, "LAMP", channel="market", locations="true")
    assert lamp["locations"] == [{"location": "SHOP-PARIS", "available": 2, "band": "1-2"}]
    (lamp,) = ask(shop.client, "LAMP")
    assert [item["location"] for item in lamp["locations"]] == ["WH", "SHOP-PARIS", "SHOP-LILLE"]
    (lamp,) = ask(shop.client, "LAMP", locations="false")
    assert "locations" not in lamp


def test_a_kit_is_there_as_often_as_one_place_has_all_its_parts(shop: Retailer) -> None:
    # 10 lamps, but only 5 chairs, two for each; the shop has one chair of two.
    assert ask(shop.client, "CORNER", channel="web")[0]["available"] == 2
    (corner,) = ask(shop.client, "CORNER")
    assert corner["available"] == 2
    assert corner["locations"] == [{"location": "WH", "available": 2, "band": "1-2"}]


def test_a_channel_that_shows_bands_tells_no_units(shop: Retailer) -> None:
    display = {"exact": False, "bands": [1, 5], "low_at": 1, "low_by_category": {"": 1}}
    refused = shop.client.put("/channels/web/stock-display", display)
    assert refused.body["errors"][0]["field"].startswith("low_by_category")
    display["low_by_category"] = {"Lamps": 20}
    assert shop.client.put("/channels/web/stock-display", display).status == 200
    shop.client.put("/skus/LAMP", {"name": "Lamp", "weight_grams": 1, "category": "Lamps/Desk"})
    lamp, chair = ask(shop.client, "LAMP", "CHAIR", channel="web")
    assert (lamp["available"], lamp["ship"], lamp["band"]) == (None, None, "5+")
    assert (lamp["state"], chair["state"]) == ("low", "in_stock")
    (lamp,) = ask(shop.client, "LAMP", channel="web", locations="true")
    assert lamp["locations"][1] == {"location": "SHOP-PARIS", "available": None, "band": "1-4"}
    (lamp,) = ask(shop.client, "LAMP", channel="market")
    assert lamp["available"] == 2


def test_how_a_channel_shows_stock_is_guarded(shop: Retailer) -> None:
    read = shop.client.get("/channels/web/stock-display")
    assert (read.body["exact"], read.body["version"], read.headers["ETag"]) == (True, 0, '"0"')
    body = {"exact": True, "bands": [3, 3]}
    answer = shop.client.put("/channels/web/stock-display", body)
    assert [item["field"] for item in answer.body["errors"]] == ["bands"]
    assert shop.client.put("/channels/nope/stock-display", {}).status == 404
    assert shop.client.put("/channels/web/stock-display", {"low_at": 9}).body["version"] == 1
    assert shop.client.put("/channels/web/stock-display", {"low_at": 9}).body["version"] == 1
    stale = shop.client.put("/channels/web/stock-display", {"low_at": 8}, If_Match='"0"')
    assert stale.status == 412
    limited = shop.key(["network:write"], organisations=["nord"])
    assert limited.put("/channels/web/stock-display", {}).status == 403


def test_an_answer_is_known_again_by_its_tag(shop: Retailer) -> None:
    def read(**headers: str) -> Any:
        from django.test import Client

        return Client().get(
            "/api/v1/stock/availability?channel=web&sku=LAMP&sku=VASE",
            headers={"Authorization": f"Bearer {shop.client.token}", **headers},
        )

    first = read()
    assert first.headers["Cache-Control"] == "private, max-age=1"
    assert first.headers["Age"] == "0"
    tag = first.headers["ETag"]
    same = read(**{"If-None-Match": f'"x", {tag}'})
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", tag)
    adjust(shop.client, -1)
    other = read(**{"If-None-Match": tag})
    assert other.status_code == 200
    adjust(shop.client, 1)
    assert read(**{"If-None-Match": tag}).status_code == 304
    assert read(**{"If-None-Match": "*"}).status_code == 304


def test_a_key_sees_the_stock_of_its_organisation_only(shop: Retailer) -> None:
    franchisee = shop.key(["stock:read"], organisations=["nord"])
    (lamp,) = ask(franchisee, "LAMP")
    assert (lamp["available"], [item["location"] for item in lamp["locations"]]) == (
        1,
        ["SHOP-LILLE"],
    )
    assert ask(franchisee, "LAMP", channel="web")[0]["available"] == 1
    assert ask(franchisee, "LAMP", channel="market")[0]["available"] == 0


def test_many_skus_may_be_asked_for_in_a_body(shop: Retailer) -> None:
    body = {"channel": "market", "skus": ["LAMP", "VASE", "LAMP"]}
    answer = shop.client.post("/stock/availability/query", body)
    assert [item["available"] for item in answer.body["items"]] == [2, 1, 2]
    assert answer.body["channel"] == "market"
    assert answer.body["items"][:2] == [
        {**item, "locations": None} for item in ask(shop.client, "LAMP", "VASE", channel="market")
    ]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"sku": "NOPE"}, "sku"),
        ({"sku": "NOPE", "channel": "web"}, "sku"),
        ({"sku": "LAMP", "channel": "nope"}, "channel"),
        ({"sku": ["LAMP"] * 201}, "sku"),
        ({}, "sku"),
        ({"sku": "no code"}, "sku[0]"),
        ({"sku": "LAMP", "chanel": "web"}, "chanel"),
    ],
)
def test_bad_input_is_named(shop: Retailer, query: dict[str, Any], field: str) -> None:
    answer = shop.client.get("/stock/availability", **query)
    assert answer.status == 422
    assert [item["field"] for item in answer.body["errors"]] == [field]
    assert all(item["fix"] for item in answer.body["errors"])
