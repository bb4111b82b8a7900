"""A lot or a serial is recalled: where it still is and who got it, by the public API."""

from typing import Any

from chaland.inventory.operations import expire_lots, forget_unfollowed
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM
from tests.journeys.conftest import Build
from tests.journeys.test_site_work import act, read, walk
from tests.retailer import Retailer

LAMP = {"name": "Lamp", "weight_grams": 500}


def report(shop: Retailer, *items: dict[str, Any], path: str = "/stock/adjustments") -> list[str]:
    """Send *items*; return the status, or the code of the first problem, of each."""
    answer = shop.client.post(path, {"items": list(items)})
    assert answer.status == 200, answer.body
    return [
        item["problem"]["errors"][0]["code"] if item["problem"] else item["status"]
        for item in answer.body["results"]
    ]


def receipt(units: int, **more: Any) -> dict[str, Any]:
    known = {"sku": "LAMP", "location": "WH", "kind": "receipt", "on_hand_delta": units}
    return {**known, **more}


def sold(shop: Retailer, units: int) -> Any:
    """Place an order and bring it to where its parcels are closed; return its part."""
    order = shop.place({"LAMP": units})
    [part] = order["fulfilment_orders"]
    walk(shop.client, part["id"], "release", "accept", "pick", "pack")
    return {**part, "order": order["id"]}


def test_a_lot_is_found_at_its_places_and_orders(build_retailer: Build) -> None:
    shop = build_retailer({"LAMP": {"WH": 2}})
    assert shop.client.put("/skus/LAMP", {**LAMP, "tracking": "lot"}).status == 200
    assert report(
        shop,
        receipt(3, lot="B", expires_on="2090-06-30"),
        receipt(3, lot="A", expires_on="2090-01-31"),
        receipt(1, lot="A", expires_on="2090-02-01"),
        receipt(1),
        receipt(1, serials=["S1"]),
        receipt(-4, kind="adjustment", lot="A"),
        receipt(-1, kind="adjustment"),
    ) == [
        "updated",
        "updated",
        "expiry_differs",
        "lot_required",
        "not_tracked",
        "not_in_lot",
        "updated",
    ]
    part = sold(shop, 4)
    act(shop.client, part["id"], "ship")
    found = shop.client.get("/stock/recalls", sku="LAMP", lot="A").body
    assert found["held"] == []
    assert [(item["order"], item["cause"], item["units"]) for item in found["deliveries"]] == [
        (part["order"], part["id"], 3)
    ]
    assert [(item["lot"], item["on_hand"]) for item in found["unknown"]] == [(None, 1)]
    lots = shop.client.get("/stock/lots", sku="LAMP").body["items"]
    assert [(item["lot"], item["on_hand"]) for item in lots] == [(None, 1), ("B", 2)]

    named = {"sku": "LAMP", "location": "WH", "quantity": 1, "lot": "C"}
    assert report(shop, named, named, path="/stock/lots/names") == ["updated", "too_few_unknown"]
    second = sold(shop, 2)
    [line] = read(shop.client, second["order"])["fulfilment_orders"][0]["lines"]
    wrong = {"scanned": [{"line": line["id"], "lot": "A", "quantity": 1}]}
    refused = shop.client.post(f"/fulfilment-orders/{second['id']}/ship", wrong)
    assert (refused.status, refused.body["errors"][0]["code"]) == (422, "not_in_lot")
    act(
        shop.client,
        second["id"],
        "ship",
        {"scanned": [{"line": line["id"], "lot": "C", "quantity": 1}]},
    )
    found = shop.client.get("/stock/recalls", sku="LAMP", lot="C").body
    assert [(item["order"], item["units"]) for item in found["deliveries"]] == [
        (second["order"], 1)
    ]
    lines = shop.client.get("/stock/movements", cause=second["id"]).body["items"]
    issued = [(item["lot"], item["on_hand_delta"]) for item in lines if item["kind"] == "issue"]
    assert sorted(issued) == [("B", -1), ("C", -1)]
    shop.assert_stock_is_true()


def test_a_transfer_takes_its_lots_along(build_retailer: Build) -> None:
    shop = build_retailer({"LAMP": {"WH": 0, "SHOP-LYON": 0}})
    shop.client.put("/skus/LAMP", {**LAMP, "tracking": "lot"})
    report(shop, receipt(2, lot="A"), receipt(2, lot="B", expires_on="2090-01-01"))
    line = {"sku": "LAMP", "reference": "T", "kind": "transfer", "origin": "WH", "quantity": 3}
    later = {"destination": "SHOP-LYON", "expected_at": "2099-01-05T08:00:00Z"}
    made = shop.client.post("/stock/supply", {"items": [{**line, **later}]}).body["results"]
    key = made[0]["code"]
    assert report(shop, {"supply": key}, path="/stock/supply/dispatches") == ["updated"]
    found = shop.client.get("/stock/recalls", sku="LAMP", lot="B").body
    assert (found["held"], found["in_transit"]) == ([], [{"transfer": key, "units": 2}])
    assert report(
        shop,
        {"supply": key, "quantity": 2, "lot": "A"},
        {"supply": key, "quantity": 1, "lot": "A", "source_ref": "DN"},
        {"supply": key, "quantity": 1, "lot": "A", "source_ref": "DN"},
        {"supply": key, "quantity": 1, "close": True},
        path="/stock/supply/receipts",
    ) == ["not_in_transfer", "updated", "duplicate", "updated"]
    lots = shop.client.get("/stock/lots", location="SHOP-LYON").body["items"]
    assert [(item["lot"], item["expires_on"], item["on_hand"]) for item in lots] == [
        ("A", None, 1),
        ("B", "2090-01-01", 1),
    ]
    shop.assert_stock_is_true()


def test_what_has_expired_is_out_of_sale_and_written_off_by_its_lot(build_retailer: Build) -> None:
    shop = build_retailer({"LAMP": {"WH": 0}})
    shop.client.put("/skus/LAMP", {**LAMP, "tracking": "lot"})
    report(shop, receipt(3, lot="OLD", expires_on="2026-01-31"), receipt(1, lot="NEW"))
    elsewhere = {"location": "SHOP-LYON", "lot": "OLD"}
    assert report(shop, receipt(1, **elsewhere)) == ["updated"]
    report(shop, receipt(1, location="SHOP-PARIS", lot="LATE"))
    report(shop, receipt(1, lot="LATE", expires_on="2026-01-31"))
    lots = shop.client.get("/stock/lots", expires_before="2026-02-01").body["items"]
    assert sorted((item["location"], item["lot"]) for item in lots) == [
        ("SHOP-LYON", "OLD"),
        ("SHOP-PARIS", "LATE"),
        ("WH", "LATE"),
        ("WH", "OLD"),
    ]
    report(
        shop,
        *(
            receipt(-1, kind="adjustment", **place)
            for place in (
                {"location": "SHOP-LYON", "lot": "OLD"},
                {"location": "SHOP-PARIS", "lot": "LATE"},
                {"lot": "LATE"},
            )
        ),
    )
    assert expire_lots(now=clock.now(), actor=SYSTEM) == 3
    assert expire_lots(now=clock.now(), actor=SYSTEM) == 0
    assert shop.available("LAMP", "WH") == 1
    places = shop.client.get("/skus/LAMP/stock").body["locations"]
    [place] = [item for item in places if item["location"] == "WH"]
    assert place["statuses"] == {"expired": 3}
    assert [(lot["lot"], lot["on_hand"], lot["expired"]) for lot in place["lots"]] == [
        ("NEW", 1, 0),
        ("OLD", 3, 3),
    ]
    later = {"sku": "LAMP", "lot": "OLD", "expires_on": "2090-01-31"}
    wrong = {**later, "lot": "NONE"}
    assert report(shop, later, wrong, path="/stock/lots/dates") == ["updated", "unknown_lot"]
    assert shop.available("LAMP", "WH") == 4
    report(shop, {**later, "expires_on": "2026-01-30"}, path="/stock/lots/dates")
    assert expire_lots(now=clock.now(), actor=SYSTEM) == 3
    franchisee = shop.key(["stock:write"], organisations=["nord"])
    assert franchisee.post("/stock/lots/dates", {"items": [later]}).status == 403
    gone = receipt(-3, kind="adjustment", lot="OLD")
    whole = {**gone, "unavailable_delta": -3, "status": "expired"}
    assert report(shop, gone, whole) == ["too_few_available", "updated"]
    lots = shop.client.get("/stock/lots", sku="LAMP").body["items"]
    assert [(item["lot"], item["on_hand"]) for item in lots] == [("NEW", 1)]
    shop.assert_stock_is_true()


def test_what_is_not_followed_any_more_is_forgotten_and_counts_go_on(
    build_retailer: Build,
) -> None:
    shop = build_retailer({"LAMP": {"WH": 2}})
    shop.client.put("/skus/LAMP", {**LAMP, "tracking": "lot"})
    report(shop, receipt(3, lot="A"))
    shop.client.put("/skus/LAMP", LAMP)
    count = {"sku": "LAMP", "location": "WH", "kind": "count", "on_hand": 1}
    assert report(shop, count, receipt(2)) == ["updated", "updated"]
    shop.assert_stock_is_true()
    assert forget_unfollowed(now=clock.now(), actor=SYSTEM) == 1
    assert shop.client.get("/stock/lots", sku="LAMP").body["items"] == []
    shop.client.put("/skus/LAMP", {**LAMP, "tracking": "lot"})
    [unknown] = shop.client.get("/stock/lots", sku="LAMP").body["items"]
    assert (unknown["lot"], unknown["on_hand"]) == (None, 3)
    shop.assert_stock_is_true()


def test_a_serial_is_followed_from_the_supplier_to_the_customer(build_retailer: Build) -> None:
    shop = build_retailer({"LAMP": {"WH": 0, "SHOP-LYON": 0}})
    shop.client.put("/skus/LAMP", {**LAMP, "tracking": "serial"})
    order = {"sku": "LAMP", "reference": "PO", "destination": "WH", "quantity": 4}
    line = {**order, "expected_at": "2099-01-05T08:00:00Z"}
    made = shop.client.post("/stock/supply", {"items": [line]}).body["results"]
    came = {"supply": made[0]["code"], "quantity": 4}
    assert report(
        shop,
        came,
        {**came, "serials": ["S1", "S2", "S3"]},
        {**came, "serials": ["S1", "S2", "S3", "S4"]},
        path="/stock/supply/receipts",
    ) == ["serials_required", "wrong_number", "updated"]
    assert report(shop, receipt(1, serials=["S1"])) == ["serial_in_stock"]
    assert report(shop, receipt(-1, kind="adjustment", serials=["S9"])) == ["serial_not_here"]
    part = sold(shop, 2)
    [asked] = read(shop.client, part["order"])["fulfilment_orders"][0]["lines"]
    act(shop.client, part["id"], "ship", {"scanned": [{"line": asked["id"], "serials": ["S3"]}]})
    recalled = shop.client.get("/stock/recalls", sku="LAMP", serial="S3").body
    assert [(item["order"], item["presumed"]) for item in recalled["deliveries"]] == [
        (part["order"], False)
    ]
    serials = shop.client.get("/stock/serials", sku="LAMP").body["items"]
    assert [(item["serial"], item["state"], item["presumed"]) for item in serials] == [
        ("S1", "gone", True),
        ("S2", "in_stock", False),
        ("S3", "gone", False),
        ("S4", "in_stock", False),
    ]
    assert (
        shop.client.get("/stock/recalls", sku="LAMP", serial="S2").body["serials"][0]["location"]
        == "WH"
    )
    assert report(shop, receipt(1, serials=["S3"])) == ["updated"]
    shop.assert_stock_is_true()
