"""Who finds and sees which orders, and what of them."""

from typing import Any

import pytest

from chaland.access.types import Scope
from chaland.kernel.ids import from_public
from chaland.orders.tracking import make_token, verify_token
from tests.journeys.conftest import Build
from tests.journeys.test_site_work import part_at, read, try_to, walk
from tests.retailer import ApiClient, Retailer

NEARBY = {"method": "pickup", "location": "SHOP-LILLE"}
EVERYTHING = [scope.value for scope in Scope]


def ids_of(client: ApiClient, **query: Any) -> list[str]:
    answer = client.get("/orders", **query)
    assert answer.status == 200, answer.body
    return [item["id"] for item in answer.body["items"]]


@pytest.fixture
def shared(build_retailer: Build) -> tuple[Retailer, Any]:
    """An order that the group's warehouse and the franchised shop in Lille serve together."""
    retailer = build_retailer({"LAMP": {"WH": 5}, "VASE": {"SHOP-LILLE": 5}})
    return retailer, retailer.place({"LAMP": 2, "VASE": 3})


def test_a_franchisee_sees_its_own_lines_only(shared: tuple[Retailer, Any]) -> None:
    retailer, order = shared
    elsewhere = retailer.place({"LAMP": 1})
    franchisee = retailer.key(EVERYTHING, organisations=["nord"])
    (found,) = franchisee.get("/orders").body["items"]
    assert (found["id"], found["units"], found["total"]) == (order["id"], 3, None)
    assert found["locations"] == ["SHOP-LILLE"]

    seen = read(franchisee, order["id"])
    assert [(line["sku"], line["quantity"]) for line in seen["lines"]] == [("VASE", 3)]
    assert [part["location"] for part in seen["fulfilment_orders"]] == ["SHOP-LILLE"]
    assert seen["total"] is None
    assert seen["lines"][0]["unit_price"] is None
    assert seen["tracking_url"] is None
    assert franchisee.get(f"/orders/{elsewhere['id']}").status == 404
    assert franchisee.get(f"/orders/{elsewhere['id']}/timeline").status == 404
    assert franchisee.get(f"/orders/{order['id']}/decisions").body["items"] == []

    timeline = franchisee.get(f"/orders/{order['id']}/timeline").body["items"]
    assert "LAMP" not in str(timeline)
    assert "VASE" in str(timeline)
    assert ids_of(franchisee, location="SHOP-LILLE") == [order["id"]]
    assert franchisee.get("/orders", location="WH").status == 422


def test_a_franchisee_works_at_its_own_sites_only(shared: tuple[Retailer, Any]) -> None:
    retailer, order = shared
    franchisee = retailer.key(EVERYTHING, organisations=["nord"])
    whole = read(retailer.client, order["id"])
    mine, theirs = part_at(whole, "SHOP-LILLE")["id"], part_at(whole, "WH")["id"]
    work = franchisee.get("/fulfilment-orders").body["items"]
    assert [item["id"] for item in work] == [mine]
    walk(franchisee, mine, "release", "accept")
    for action, body in (("release", None), ("refuse", {"reason": "other"})):
        assert try_to(franchisee, theirs, action, body).status == 404
    assert franchisee.get(f"/fulfilment-orders/{theirs}").status == 404
    with_version = try_to(franchisee, theirs, "release", If_Match='"1"')
    assert with_version.status == 404
    refused = franchisee.post(f"/orders/{order['id']}/cancel", {"reason": "no"})
    assert (refused.status, refused.body["code"]) == (403, "beyond_your_sites")
    assert part_at(read(retailer.client, order["id"]), "WH")["state"] == "planned"


def test_a_store_key_sees_its_own_store_only(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"SHOP-PARIS": 5, "SHOP-LYON": 5}})
    paris = retailer.place(delivery={"method": "pickup", "location": "SHOP-PARIS"})
    retailer.place(delivery={"method": "pickup", "location": "SHOP-LYON"})
    store = retailer.key(["orders:read", "fulfilment:read"], locations=["SHOP-PARIS"])
    assert ids_of(store) == [paris["id"]]
    assert read(store, paris["id"])["customer"] is None, "needs customers:read"
    assert read(store, paris["id"])["pickup_codes"] == {}


def test_an_order_is_found_by_whatever_is_in_hand(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 9, "SHOP-LYON": 9}})
    customer = {"name": "Zoé Durand", "email": "zoe@example.org", "phone": "+33612345678"}
    order = retailer.place(external_id="W-77", customer={**customer, "reference": "C-9"})
    other = retailer.place(delivery={"method": "pickup", "location": "SHOP-LYON"})
    work = order["fulfilment_orders"][0]["id"]
    for text in (order["id"], work, "W-77", "zoe@example.org", "0612345678", "C-9", "durand"):
        assert ids_of(retailer.client, q=text) == [order["id"]], text
    assert ids_of(retailer.client, q="nobody") == []
    stranger = retailer.key(["orders:read"])
    assert ids_of(stranger, q="zoe@example.org") == [], "needs customers:read"

    assert ids_of(retailer.client, method="pickup") == [other["id"]]
    assert ids_of(retailer.client, location="SHOP-LYON") == [other["id"]]
    retailer.client.post(f"/orders/{other['id']}/cancel", {"reason": "x"})
    assert ids_of(retailer.client, state="cancelled") == [other["id"]]
    assert ids_of(retailer.client, state=["open", "cancelled"]) == [other["id"], order["id"]]
    assert ids_of(retailer.client, channel="web", placed_from="2020-01-01T00:00:00Z") == [
        other["id"],
        order["id"],
    ]
    assert ids_of(retailer.client, placed_to="2020-01-01T00:00:00Z") == []
    assert retailer.client.get("/orders", channel="nowhere").status == 422
    assert retailer.client.get("/orders", state="lost").status == 422


def test_pages_follow_each_other_without_gap_or_repetition(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 9}})
    placed = [retailer.place()["id"] for _ in range(5)]
    for path in ("/orders", "/fulfilment-orders"):
        seen: list[str] = []
        query: dict[str, Any] = {"limit": 2}
        for _ in range(4):
            page = retailer.client.get(path, **query).body
            seen += [item.get("order", item["id"]) for item in page["items"]]
            if page["next"] is None:
                break
            query = {"limit": 2, "cursor": page["next"].split("cursor=")[1]}
        assert seen == placed[::-1]
        assert retailer.client.get(path, cursor="rubbish").status == 422
        assert retailer.client.get(path, limit=0).status == 422


def test_a_list_costs_the_same_number_of_queries_however_long(
    build_retailer: Build, django_assert_max_num_queries: Any
) -> None:
    retailer = build_retailer({"LAMP": {"WH": 20}})
    for _ in range(12):
        retailer.place()
    with django_assert_max_num_queries(10):
        assert len(retailer.client.get("/orders").body["items"]) == 12
    with django_assert_max_num_queries(10):
        assert len(retailer.client.get("/fulfilment-orders").body["items"]) == 12


def test_the_page_shows_the_customer_to_those_who_may_read_customers(
    build_retailer: Build,
) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}})
    order = retailer.place()
    seen = read(retailer.client, order["id"])
    assert seen["customer"]["email"] == "camille@example.org"
    assert seen["customer"]["address"]["city"] == "Paris"
    work = retailer.client.get(f"/fulfilment-orders/{order['fulfilment_orders'][0]['id']}")
    assert work.body["customer"]["name"] == "Camille Martin"
    assert verify_token(seen["tracking_url"].removeprefix("/t/")) == from_public("ord", seen["id"])
    assert retailer.key(["stock:read"]).get(f"/orders/{order['id']}").status == 403


def test_a_tracking_token_cannot_be_guessed(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}})
    one, two = (from_public("ord", retailer.place()["id"]) for _ in range(2))
    token = make_token(one)
    assert verify_token(make_token(two)[:26] + token[26:]) is None
    for place in range(len(token)):
        other = "0" if token[place] != "0" else "1"
        assert verify_token(token[:place] + other + token[place + 1 :]) is None
    assert verify_token("") is None
    assert verify_token(token + "0") is None
    assert verify_token("é" * 52) is None
