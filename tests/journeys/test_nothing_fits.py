"""Orders that find no site: refused, waiting, asked about, or without what is missing."""

from typing import Any

import pytest

from chaland.catalog.queries import sku_facts
from chaland.inventory import operations as inventory
from chaland.inventory.types import OpeningStock
from chaland.journeys.nothing_fits import serve_waiting
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM
from chaland.network.queries import snapshot
from tests.retailer import Retailer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def retailer() -> Retailer:
    return Retailer.build({"LAMP": {"WH": 2}, "CHAIR": {"SHOP-PARIS": 5}})


def say(retailer: Retailer, choice: str, **more: Any) -> None:
    """Put a strategy into force that says what happens when nothing fits."""
    retailer.client.put("/strategy-drafts/default", {"name": "S", "nothing_fits": choice, **more})
    assert retailer.client.post("/strategy-drafts/default/activate").status == 200


def place(retailer: Retailer, units: dict[str, int]) -> Any:
    """Send an order; return the answer."""
    return retailer.client.post("/orders", retailer.order_body(units))


def deliver(sku: str, place: str, units: int) -> None:
    """Let stock arrive."""
    location = snapshot().location(place)
    assert location is not None
    inventory.load_opening_stock(
        stock=[OpeningStock(sku_facts([sku])[sku].id, location.id, units)],
        source="test",
        now=clock.now(),
        actor=SYSTEM,
    )


def test_without_a_word_the_channel_is_told_no(retailer: Retailer) -> None:
    refused = place(retailer, {"LAMP": 9})
    assert (refused.status, refused.body["code"]) == (409, "insufficient_stock")


def test_an_order_for_a_person_to_decide_is_taken_on_and_blocked(retailer: Retailer) -> None:
    say(retailer, "ask")
    taken = place(retailer, {"LAMP": 9, "CHAIR": 1})
    assert (taken.status, taken.body["state"]) == (201, "blocked")
    assert taken.body["fulfilment_orders"] == []
    order = retailer.client.get(f"/orders/{taken.body['id']}").body
    assert order["state"] == "blocked"
    (decision,) = retailer.client.get(f"/orders/{order['id']}/decisions").body["items"]
    assert decision["outcome"] == "unroutable"
    assert decision["explanation"]["shortages"][0]["short"] == 7
    deliver("LAMP", "SHOP-LYON", 20)
    assert serve_waiting(now=clock.now()) == 0  # a person decides
    again = retailer.client.post(f"/orders/{order['id']}/source")
    assert (again.status, again.body["state"]) == (200, "open")
    retailer.assert_stock_is_true()


def test_a_waiting_order_is_served_when_all_of_it_is_there(retailer: Retailer) -> None:
    say(retailer, "queue")
    first = place(retailer, {"LAMP": 9, "CHAIR": 1}).body
    second = place(retailer, {"LAMP": 9}).body
    assert serve_waiting(now=clock.now()) == 0
    decisions = retailer.client.get(f"/orders/{first['id']}/decisions").body["items"]
    assert len(decisions) == 1  # an attempt in vain leaves no trace
    deliver("LAMP", "SHOP-LYON", 9)
    assert serve_waiting(now=clock.now()) == 1
    states = [retailer.client.get(f"/orders/{o['id']}").body["state"] for o in (first, second)]
    assert states == ["open", "blocked"]
    assert serve_waiting(now=clock.now()) == 0
    retailer.assert_stock_is_true()


def test_what_cannot_be_had_is_cancelled(retailer: Retailer) -> None:
    say(retailer, "cancel")
    part = place(retailer, {"LAMP": 9, "CHAIR": 2})
    assert (part.status, part.body["state"]) == (201, "open")
    lines = {
        line["sku"]: line
        for line in retailer.client.get(f"/orders/{part.body['id']}").body["lines"]
    }
    assert (lines["LAMP"]["cancelled"], lines["CHAIR"]["cancelled"]) == (7, 0)
    nothing = place(retailer, {"LAMP": 1})
    assert (nothing.status, nothing.body["state"]) == (201, "cancelled")
    order = retailer.client.get(f"/orders/{nothing.body['id']}").body
    assert order["state"] == "cancelled"
    retailer.assert_stock_is_true()


def test_an_order_that_loses_its_site_loses_what_no_other_has(retailer: Retailer) -> None:
    say(retailer, "cancel")
    order = place(retailer, {"LAMP": 1, "CHAIR": 1}).body
    at = {part["location"]: part["id"] for part in order["fulfilment_orders"]}
    work = f"/fulfilment-orders/{at['WH']}"
    assert retailer.client.post(f"{work}/release").status in {200, 409}
    refused = retailer.client.post(f"{work}/refuse", {"reason": "not_found"})
    assert refused.status == 200, refused.body
    shown = retailer.client.get(f"/orders/{order['id']}").body
    lines = {line["sku"]: line["cancelled"] for line in shown["lines"]}
    assert lines == {"LAMP": 1, "CHAIR": 0}
    assert shown["state"] != "blocked"
    retailer.assert_stock_is_true()


def test_each_rule_has_its_own_word(retailer: Retailer) -> None:
    rule = {"code": "vip", "name": "VIP", "when": {"tags": ["vip"]}, "nothing_fits": "queue"}
    say(retailer, "refuse", rules=[rule])
    body = retailer.order_body({"LAMP": 9})
    assert retailer.client.post("/orders", {**body, "tags": ["vip"]}).body["state"] == "blocked"
    assert place(retailer, {"LAMP": 9}).status == 409


def test_goods_on_their_way_are_promised_and_filled(retailer: Retailer) -> None:
    say(retailer, "back_order")
    assert place(retailer, {"LAMP": 9}).status == 409  # no future sale allows it
    sale = {
        "name": "Lamps",
        "kind": "backorder",
        "skus": ["LAMP"],
        "needs_supply": False,
        "limit": 20,
    }
    assert retailer.client.put("/stock/future-sales/lamps", sale).status == 201
    first, second = (place(retailer, {"LAMP": 9, "CHAIR": 1}).body for _ in range(2))
    assert first["state"] == second["state"] == "blocked"
    assert place(retailer, {"LAMP": 9}).status == 409  # beyond the limit
    cancelled = retailer.client.post(f"/orders/{second['id']}/cancel", {"reason": "changed mind"})
    assert cancelled.status == 200
    deliver("LAMP", "SHOP-LYON", 9)
    assert serve_waiting(now=clock.now()) == 1
    waiting = retailer.client.get("/stock/backorders").body["items"]
    assert {item["reference"]: item["state"] for item in waiting} == {
        first["id"]: "filled",
        second["id"]: "cancelled",
    }
    retailer.assert_stock_is_true()
