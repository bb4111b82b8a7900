"""An order goes in at the front door: what comes out, and what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chaland.database.statements import fetch_all, fetch_one
from tests.journeys.conftest import Build
from tests.retailer import PARIS, ApiClient

HUGE = 10**9


def sites_of(order: Any) -> dict[str, dict[str, int]]:
    """Return units by SKU and location, as the answer says."""
    return {
        part["location"]: {line["sku"]: line["quantity"] for line in part["lines"]}
        for part in order["fulfilment_orders"]
    }


def assert_nothing_was_written() -> None:
    row = fetch_one(
        "SELECT (SELECT count(*) FROM orders_order), (SELECT count(*) FROM inventory_reservation),"
        " (SELECT count(*) FROM customers_customer), (SELECT count(*) FROM fulfilment_order),"
        " (SELECT count(*) FROM outbox_event WHERE type LIKE 'order%%')"
    )
    assert row == (0, 0, 0, 0, 0)


def test_a_warehouse_serves_a_home_when_it_is_cheapest(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 10, "SHOP-LYON": 10}})
    order = retailer.place({"LAMP": 2})
    assert sites_of(order) == {"WH": {"LAMP": 2}}
    assert order["state"] == "open"
    assert not order["duplicate"]
    assert order["promise"]["earliest"] < order["promise"]["latest"]
    assert 0 < order["promise"]["confidence"] <= 1
    assert retailer.available("LAMP", "WH") == 8
    retailer.assert_stock_is_true()


def test_a_shop_ships_when_the_warehouse_has_none(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 1, "SHOP-LYON": 5}})
    order = retailer.place({"LAMP": 2})
    assert sites_of(order) == {"SHOP-LYON": {"LAMP": 2}}
    (part,) = order["fulfilment_orders"]
    assert part["method"] == "ship"
    assert part["service"] == "home-standard"


def test_a_pickup_is_served_by_the_shop_that_the_customer_chose(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 9, "SHOP-PARIS": 3, "SHOP-LYON": 3}})
    order = retailer.place({"LAMP": 1}, delivery={"method": "pickup", "location": "SHOP-LYON"})
    assert sites_of(order) == {"SHOP-LYON": {"LAMP": 1}}
    assert order["fulfilment_orders"][0]["method"] == "pickup"


def test_lines_in_two_places_make_two_fulfilment_orders(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 4}, "VASE": {"SHOP-LYON": 4}})
    order = retailer.place({"LAMP": 1, "VASE": 1})
    assert sites_of(order) == {"WH": {"LAMP": 1}, "SHOP-LYON": {"VASE": 1}}
    retailer.assert_stock_is_true()


def test_a_kit_is_found_as_its_components(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}, "CHAIR": {"WH": 5}})
    order = retailer.place({"CORNER": 2})
    assert sites_of(order) == {"WH": {"LAMP": 2, "CHAIR": 4}}
    assert [line["sku"] for line in order["lines"]] == ["CORNER"]
    assert retailer.available("CHAIR", "WH") == 1


def test_an_order_sent_twice_is_placed_once(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 10}})
    body = retailer.order_body({"LAMP": 1})
    first = retailer.client.post("/orders", body)
    again = retailer.client.post("/orders", body)
    assert (first.status, again.status) == (201, 200)
    assert again.body == {**first.body, "duplicate": True}
    assert retailer.available("LAMP", "WH") == 9


def test_another_order_under_the_same_number_is_refused(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 10}})
    order = retailer.place({"LAMP": 1}, external_id="SAME")
    answer = retailer.client.post("/orders", retailer.order_body({"LAMP": 2}, external_id="SAME"))
    assert answer.status == 409
    assert answer.body["code"] == "external_id_conflict"
    assert answer.body["order"] == order["id"]
    assert retailer.available("LAMP", "WH") == 9


def test_too_little_stock_names_the_line_and_changes_nothing(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 3, "SHOP-LYON": 2}, "VASE": {"WH": 9}})
    answer = retailer.client.post("/orders", retailer.order_body({"VASE": 1, "LAMP": 6}))
    assert answer.status == 409
    assert answer.body["code"] == "insufficient_stock"
    (error,) = answer.body["errors"]
    assert error["field"] == "lines[1].quantity"
    assert error["fix"] == "Send 5 or fewer."
    assert retailer.available("VASE", "WH") == 9
    assert_nothing_was_written()


def test_an_unknown_sku_is_named_and_nothing_is_changed(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 3}})
    answer = retailer.client.post("/orders", retailer.order_body({"LAMP": 1, "GHOST": 1}))
    assert answer.status == 422
    assert [error["field"] for error in answer.body["errors"]] == ["lines[1].sku"]
    assert_nothing_was_written()


def _line(**changes: Any) -> dict[str, Any]:
    price = {"amount": "10.00", "currency": "EUR"}
    return {"sku": "LAMP", "quantity": 1, "unit_price": price, **changes}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lines": [_line(quantity=0)]}, "lines[0].quantity"),
        ({"lines": [_line(quantity=-1)]}, "lines[0].quantity"),
        ({"lines": [_line(quantity=HUGE)]}, "lines[0].quantity"),
        ({"lines": [_line(quantity="2")]}, "lines[0].quantity"),
        ({"lines": [_line(quantity=1.5)]}, "lines[0].quantity"),
        ({"lines": []}, "lines"),
        ({"lines": [_line()] * 1000}, "lines"),
        (
            {"lines": [_line(unit_price={"amount": "1", "currency": "USD"})]},
            "lines[0].unit_price.currency",
        ),
        (
            {"lines": [_line(unit_price={"amount": "-1", "currency": "EUR"})]},
            "lines[0].unit_price.amount",
        ),
        ({"currency": "USD", "lines": [_line()]}, "currency"),
        ({"placed_at": "2026-02-30T10:00:00+01:00"}, "placed_at"),
        ({"placed_at": "2026-02-20T10:00:00"}, "placed_at"),
        ({"placed_at": (datetime.now(UTC) + timedelta(days=2)).isoformat()}, "placed_at"),
        ({"channel": "nowhere"}, "channel"),
        ({"surprise": 1}, "surprise"),
        (
            {"delivery": {"method": "ship", "address": {**PARIS, "country": "DE"}}},
            "delivery.address.country",
        ),
        (
            {"delivery": {"method": "ship", "address": {**PARIS, "postal_code": "XX"}}},
            "delivery.address.postal_code",
        ),
        (
            {"delivery": {"method": "ship", "address": {**PARIS, "latitude": 48.0}}},
            "delivery.address.longitude",
        ),
        (
            {"delivery": {"method": "ship", "service": "teleport", "address": PARIS}},
            "delivery.service",
        ),
        ({"delivery": {"method": "pickup", "location": "WH"}}, "delivery.location"),
        ({"customer": {"name": "Camille", "email": "not an address"}}, "customer.email"),
        ({"note": "card 4111 1111 1111 1111"}, "note"),
    ],
)
def test_bad_input_names_the_field_and_the_fix(
    build_retailer: Build, changes: dict[str, Any], field: str
) -> None:
    retailer = build_retailer({"LAMP": {"WH": 3}})
    answer = retailer.client.post("/orders", retailer.order_body(**changes))
    assert answer.status == 422, answer.body
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert field in [error["field"] for error in answer.body["errors"]]
    assert all(error["fix"] for error in answer.body["errors"])
    assert_nothing_was_written()


def test_a_key_without_the_scope_or_no_key_at_all_is_refused(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 3}})
    reader = retailer.key(["orders:read"])
    assert reader.post("/orders", retailer.order_body()).body["code"] == "missing_scope"
    stranger = ApiClient("chl_wrong_key")
    assert stranger.post("/orders", retailer.order_body()).status == 401
    assert_nothing_was_written()


def test_the_same_key_gets_the_same_answer_and_another_body_a_conflict(
    build_retailer: Build,
) -> None:
    retailer = build_retailer({"LAMP": {"WH": 3}})
    body = retailer.order_body()
    first = retailer.client.post("/orders", body, Idempotency_Key="k-1")
    again = retailer.client.post("/orders", body, Idempotency_Key="k-1")
    assert again.status == first.status == 201
    assert again.body == first.body
    assert again.headers["Idempotency-Replayed"] == "true"
    other = retailer.client.post("/orders", retailer.order_body(), Idempotency_Key="k-1")
    assert other.status == 409
    assert other.body["code"] == "idempotency_conflict"


def test_a_refusal_is_given_again_under_the_same_key(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 1}})
    body = retailer.order_body({"LAMP": 2})
    first = retailer.client.post("/orders", body, Idempotency_Key="k-1")
    assert first.status == 409
    again = retailer.client.post("/orders", body, Idempotency_Key="k-1")
    assert (again.status, again.body) == (409, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_franchisee_sells_only_its_own_stock(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5, "SHOP-LILLE": 1}})
    franchisee = retailer.key(["orders:write"], organisations=["nord"])
    answer = franchisee.post("/orders", retailer.order_body({"LAMP": 1}))
    assert sites_of(answer.body) == {"SHOP-LILLE": {"LAMP": 1}}
    refused = franchisee.post("/orders", retailer.order_body({"LAMP": 1}))
    assert refused.body["code"] == "insufficient_stock"


def test_bulk_answers_item_by_item(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 2}})
    good, twin = retailer.order_body({"LAMP": 1}), retailer.order_body({"LAMP": 1})
    too_many = retailer.order_body({"LAMP": 3})
    unknown = retailer.order_body({"GHOST": 1})
    answer = retailer.client.post(
        "/orders/bulk",
        {"orders": [good, unknown, {"nonsense": True}, too_many, twin, good]},
    )
    assert answer.status == 200
    results = answer.body["results"]
    assert [item["status"] for item in results] == [
        "created",
        "rejected",
        "rejected",
        "rejected",
        "created",
        "duplicate",
    ]
    assert [item["index"] for item in results] == list(range(6))
    assert results[3]["problem"]["code"] == "insufficient_stock"
    assert results[0]["id"] == results[5]["id"]
    retailer.assert_stock_is_true()


def test_the_decision_and_the_events_are_kept_with_the_order(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 2, "SHOP-LYON": 2, "SHOP-LILLE": 0}})
    order = retailer.place({"LAMP": 1})
    types = fetch_all("SELECT type FROM outbox_event WHERE stream = %s ORDER BY seq", [order["id"]])
    assert [row[0] for row in types] == ["order.placed", "fulfilment_order.planned"]
    decisions = retailer.client.get(f"/orders/{order['id']}/decisions").body["items"]
    assert len(decisions) == 1
    assert fetch_one("SELECT count(*) FROM access_audit_entry WHERE action = 'order.place'") == (1,)


def test_personal_data_is_nowhere_but_in_the_customers_room(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 2}})
    retailer.place({"LAMP": 1}, customer={"name": "Zzyzx Unusual", "email": "zzyzx@example.org"})
    tables = fetch_all(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    for (table,) in tables:
        hit = fetch_one(
            f"SELECT count(*) FROM {table} AS t WHERE t::text ILIKE '%%zzyzx%%'"  # noqa: S608
        )
        assert hit == (0,), table
