"""Many clients at the front door at once: never a unit too many, never an order twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

from chaland.database.statements import fetch_one
from tests.journeys.conftest import Build
from tests.retailer import Answer, Retailer


def send_at_once(retailer: Retailer, bodies: list[dict[str, Any]], **headers: str) -> list[Answer]:
    """Post every body from a thread of its own."""

    def send(body: dict[str, Any]) -> Answer:
        try:
            return retailer.client.post("/orders", body, **headers)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=min(len(bodies), 64)) as threads:
        return list(threads.map(send, bodies))


def statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def test_400_buyers_of_100_units_make_100_orders(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 40, "SHOP-PARIS": 35, "SHOP-LYON": 25}})
    answers = send_at_once(retailer, [retailer.order_body({"LAMP": 1}) for _ in range(400)])
    assert statuses(answers) == {201: 100, 409: 300}
    refusals = {answer.body["code"] for answer in answers if answer.status == 409}
    assert refusals == {"insufficient_stock"}
    assert fetch_one("SELECT sum(reserved), sum(on_hand) FROM inventory_position") == (100, 100)
    assert fetch_one("SELECT sum(reserved_delta) FROM inventory_movement") == (100,)
    retailer.assert_stock_is_true()


def test_the_same_sku_on_two_lines_is_counted_twice(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 3}})
    body = retailer.order_body()
    line = body["lines"][0]
    body["lines"] = [{**line, "quantity": 2}, {**line, "quantity": 2}]
    (refused,) = send_at_once(retailer, [body])
    assert refused.body["code"] == "insufficient_stock"
    body = retailer.order_body()
    body["lines"] = [{**line, "quantity": 2}, {**line, "quantity": 1}]
    (placed,) = send_at_once(retailer, [body])
    assert placed.status == 201
    assert retailer.available("LAMP", "WH") == 0


def test_13_of_10_and_15_are_split_right_or_come_from_one_place(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 10, "SHOP-LYON": 15}})
    order = retailer.place({"LAMP": 13})
    units = {
        part["location"]: sum(line["quantity"] for line in part["lines"])
        for part in order["fulfilment_orders"]
    }
    assert units in ({"SHOP-LYON": 13}, {"WH": 10, "SHOP-LYON": 3})
    assert fetch_one("SELECT sum(reserved) FROM inventory_position") == (13,)
    only_together = retailer.place({"LAMP": 12})
    assert sum(len(part["lines"]) for part in only_together["fulfilment_orders"]) in {1, 2}
    assert fetch_one("SELECT sum(reserved) FROM inventory_position") == (25,)
    retailer.assert_stock_is_true()


def test_one_idempotency_key_from_20_clients_is_executed_once(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 100}})
    body = retailer.order_body({"LAMP": 1})
    answers = send_at_once(retailer, [body] * 20, Idempotency_Key="only-once")
    assert statuses(answers) == {201: 20}
    assert len({answer.body["id"] for answer in answers}) == 1
    assert retailer.available("LAMP", "WH") == 99


def test_one_key_with_20_different_orders_is_executed_once(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 100}})
    bodies = [retailer.order_body({"LAMP": 1}) for _ in range(20)]
    answers = send_at_once(retailer, bodies, Idempotency_Key="only-once")
    assert statuses(answers) == {201: 1, 409: 19}
    assert retailer.available("LAMP", "WH") == 99


def test_one_external_id_from_two_clients_makes_one_order(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 100}})
    for number in range(10):
        body = retailer.order_body({"LAMP": 1}, external_id=f"TWICE-{number}")
        answers = send_at_once(retailer, [body, body])
        assert statuses(answers) == {201: 1, 200: 1}
        assert len({answer.body["id"] for answer in answers}) == 1
    assert retailer.available("LAMP", "WH") == 90


def test_one_bad_order_never_fails_its_neighbours(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 100}})
    bad = [
        retailer.order_body({"GHOST": 1}),
        retailer.order_body({"LAMP": 1000}),
        retailer.order_body({"LAMP": 1}, currency="USD"),
        retailer.order_body(
            {"LAMP": 1},
            customer={"name": "x", "reference": b"y\\u0000".decode("unicode_escape")},
        ),
    ]
    good = [retailer.order_body({"LAMP": 1}) for _ in range(40)]
    answers = send_at_once(retailer, good[:20] + bad + good[20:])
    placed = [answer for answer in answers if answer.status == 201]
    assert len(placed) == 40
    assert all(answer.status in {409, 422} for answer in answers if answer not in placed)
    assert retailer.available("LAMP", "WH") == 60
    retailer.assert_stock_is_true()
