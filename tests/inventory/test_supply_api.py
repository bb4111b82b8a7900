"""Goods on their way over HTTP: what purchasing, a warehouse and a shop may say and see."""

from typing import Any

import pytest

from chaland.database.statements import fetch_all
from tests.retailer import ApiClient, Retailer

pytestmark = pytest.mark.django_db
SOON, PAST = "2099-01-05T08:00:00+01:00", "2026-01-05T08:00:00+01:00"


@pytest.fixture
def shop() -> Retailer:
    return Retailer.build({"LAMP": {"WH": 10, "SHOP-PARIS": 2, "SHOP-LILLE": 1}})


def send(client: ApiClient, path: str, *items: dict[str, Any], **fields: Any) -> list[Any]:
    """Send *items*; return the status (or the code of the first problem) and the id of each."""
    answer = client.post(f"/stock/supply{path}", {"items": items, **fields})
    assert answer.status == 200, answer.body
    return [
        (item["problem"]["errors"][0]["code"] if item["problem"] else item["status"], item["code"])
        for item in answer.body["results"]
    ]


def line(**changes: Any) -> dict[str, Any]:
    known = {"reference": "PO-1", "line": "1", "sku": "LAMP", "destination": "WH", "quantity": 10}
    return {**known, "expected_at": SOON, **changes}


def position(shop: Retailer, location: str = "WH") -> tuple[int, int, int]:
    (found,) = shop.client.get("/stock/positions", sku="LAMP", location=location).body["items"]
    return (found["on_hand"], found["unavailable"], found["incoming"])


def test_a_purchase_is_announced_changed_received_in_parts_and_closed(shop: Retailer) -> None:
    [(status, key)] = send(shop.client, "", line(), source="erp")
    assert (status, position(shop)) == ("created", (10, 0, 10))
    assert send(shop.client, "", line(), source="erp") == [("unchanged", key)]
    assert send(shop.client, "", line(quantity=12), source="erp") == [("updated", key)]
    assert position(shop) == (10, 0, 12)
    note = {"supply": key, "quantity": 7, "damaged": 2, "source_ref": "DN-1"}
    assert send(shop.client, "/receipts", note, note) == [("updated", key), ("duplicate", key)]
    assert position(shop) == (17, 2, 5)
    assert send(shop.client, "/receipts", {"supply": key, "quantity": 3, "close": True}) == [
        ("updated", key)
    ]
    assert position(shop) == (20, 2, 0)
    read = shop.client.get(f"/stock/supply/{key}")
    assert read.headers["ETag"] == f'"{read.body["version"]}"'
    numbers = {"quantity": 12, "received": 10, "damaged": 2, "cancelled": 2, "lost": 0, "open": 0}
    assert numbers.items() <= read.body.items()
    assert (read.body["state"], read.body["late"]) == ("received", False)
    told = shop.client.get("/stock/movements", cause=key).body["items"]
    assert [(item["kind"], item["on_hand_delta"], item["incoming_delta"]) for item in told] == [
        ("expectation", 0, -2),
        ("receipt", 3, -3),
        ("receipt", 7, -7),
        ("expectation", 0, 2),
        ("expectation", 0, 10),
    ]
    shop.assert_stock_is_true()


def test_a_supplier_may_send_too_much_and_nothing_arrives_twice(shop: Retailer) -> None:
    [(_, key)] = send(shop.client, "", line())
    assert send(shop.client, "/receipts", {"supply": key, "quantity": 13}) == [("updated", key)]
    assert position(shop) == (23, 0, 0)
    assert send(
        shop.client,
        "/receipts",
        {"supply": key, "quantity": 1},
        {"supply": "sup_nothing", "quantity": 1},
        {"supply": key, "quantity": 0},
    ) == [("supply_closed", key), ("unknown_supply", "sup_nothing"), ("out_of_range", key)]


def test_a_transfer_leaves_arrives_and_what_is_missing_is_named(shop: Retailer) -> None:
    transfer = line(kind="transfer", origin="WH", destination="SHOP-PARIS", reference="T-1")
    [(_, key)] = send(shop.client, "", transfer)
    assert (position(shop), position(shop, "SHOP-PARIS")) == ((10, 0, 0), (2, 0, 0))
    shown = {"sku": "LAMP", "location": "WH", "kind": "blocking", "unavailable_delta": 1}
    shop.client.post("/stock/adjustments", {"items": [{**shown, "status": "display"}]})
    assert send(shop.client, "/dispatches", {"supply": key})[0][0] == "too_few_available"
    assert send(shop.client, "/dispatches", {"supply": key, "quantity": 6}) == [("updated", key)]
    assert send(shop.client, "/dispatches", {"supply": key}) == [("already_dispatched", key)]
    assert send(shop.client, "/cancellations", {"supply": key}) == [("already_dispatched", key)]
    assert (position(shop), position(shop, "SHOP-PARIS")) == ((4, 1, 0), (2, 0, 6))
    arrived = {"supply": key, "quantity": 5, "close": True, "reason": "one box short"}
    assert send(shop.client, "/receipts", arrived) == [("updated", key)]
    assert position(shop, "SHOP-PARIS") == (7, 0, 0)
    read = shop.client.get(f"/stock/supply/{key}").body
    assert (read["received"], read["lost"], read["cancelled"], read["state"]) == (
        5, 1, 4, "received",
    )  # fmt: skip
    told = fetch_all("SELECT type FROM outbox_event WHERE subject = %s ORDER BY id", [key])
    assert [row[0] for row in told] == [
        "supply.changed",
        "supply.changed",
        "transfer.dispatched",
        "supply.changed",
        "transfer.received",
    ]
    shop.assert_stock_is_true()


def test_incoming_units_of_a_line_cannot_be_reported_away(shop: Retailer) -> None:
    send(shop.client, "", line())
    change = {"sku": "LAMP", "location": "WH", "kind": "expectation", "incoming_delta": -1}
    answer = shop.client.post("/stock/adjustments", {"items": [change]})
    assert answer.body["results"][0]["problem"]["errors"][0]["code"] == "announced_by_supply"
    more = {**change, "incoming_delta": 2}
    answer = shop.client.post("/stock/adjustments", {"items": [more, change, change, change]})
    assert [item["status"] for item in answer.body["results"]] == [
        "updated", "updated", "updated", "rejected",
    ]  # fmt: skip


def test_bad_lines_are_refused_alone_and_name_the_field(shop: Retailer) -> None:
    found = send(
        shop.client,
        "",
        line(sku="CORNER"),
        line(sku="NOTHING"),
        line(destination="NOWHERE"),
        line(kind="transfer"),
        line(kind="transfer", origin="WH"),
        line(origin="SHOP-PARIS"),
        line(supplier="nobody"),
        line(quantity=0),
        line(supplier="nord"),
        line(destination="SHOP-PARIS"),
    )
    assert [status for status, _ in found] == [
        "kit_has_no_stock",
        "unknown_sku",
        "unknown_location",
        "missing",
        "same_place",
        "only_for_transfers",
        "unknown_supplier",
        "greater_than_equal",
        "created",
        "supply_moved",
    ]


def test_the_list_is_filtered_and_late_supply_is_seen(shop: Retailer) -> None:
    shop_line = line(reference="PO-2", destination="SHOP-PARIS", expected_at=PAST)
    transfer = line(kind="transfer", origin="WH", destination="SHOP-LILLE", reference="T-1")
    keys = [key for _, key in send(shop.client, "", line(), shop_line, transfer)]
    send(shop.client, "/cancellations", {"supply": keys[0]})

    def seen(client: ApiClient = shop.client, **filters: Any) -> list[int]:
        found = client.get("/stock/supply", **filters).body["items"]
        return [keys.index(item["id"]) for item in found]

    assert seen() == [2, 1, 0]
    assert (seen(late="true"), seen(open="false"), seen(state="planned")) == ([1], [0], [2])
    assert (seen(location="SHOP-LILLE"), seen(origin="WH"), seen(kind="purchase")) == (
        [2], [2], [1, 0],
    )  # fmt: skip
    assert (seen(reference="PO-2"), seen(sku="LAMP", late="false")) == ([1], [2, 0])
    franchisee = shop.key(["stock:read", "stock:write"], organisations=["nord"])
    assert seen(franchisee) == [2]
    assert franchisee.get(f"/stock/supply/{keys[1]}").status == 404
    assert send(franchisee, "/dispatches", {"supply": keys[2]}) == [("unknown_supply", keys[2])]
    assert send(shop.client, "/dispatches", {"supply": keys[2]}) == [("updated", keys[2])]
    assert send(franchisee, "/receipts", {"supply": keys[2], "quantity": 10}) == [
        ("updated", keys[2])
    ]
    assert position(shop, "SHOP-LILLE") == (11, 0, 0)
