"""Goods promised before they are there: within limits, once, and never from another's delivery."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from chaland.kernel import clock
from tests.retailer import Answer, Retailer

pytestmark = pytest.mark.django_db

Put = Callable[..., Answer]


@pytest.fixture
def shop() -> Retailer:
    retailer = Retailer.build({"LAMP": {"WH": 2}, "CHAIR": {"WH": 5}})
    deliver(retailer, "PO-1", 10, days=5)
    deliver(retailer, "PO-2", 6, days=12)
    return retailer


def deliver(retailer: Retailer, reference: str, quantity: int, *, days: int) -> None:
    """Announce a delivery of lamps to the warehouse."""
    item = {
        "reference": reference,
        "line": "1",
        "sku": "LAMP",
        "destination": "WH",
        "quantity": quantity,
        "expected_at": (clock.now() + timedelta(days=days)).isoformat(),
    }
    answer = retailer.client.post("/stock/supply", {"items": [item], "source": "erp"})
    assert answer.status == 200, answer.body
    assert [result["status"] for result in answer.body["results"]] == ["created"], answer.body


def allow(retailer: Retailer, **values: object) -> None:
    body = {"name": "Lamps", "kind": "backorder", "skus": ["LAMP"], **values}
    answer = retailer.client.put("/stock/future-sales/lamps", body)
    assert answer.status in (200, 201), answer.body


def promise(retailer: Retailer, reference: str, quantity: int, sku: str = "LAMP") -> Answer:
    return retailer.client.post(
        "/stock/backorders",
        {"channel": "web", "reference": reference, "lines": [{"sku": sku, "quantity": quantity}]},
    )


def outlook(retailer: Retailer, **query: object) -> dict[str, object]:
    answer = retailer.client.get("/stock/availability/outlook", sku="LAMP", channel="web", **query)
    assert answer.status == 200, answer.body
    item: dict[str, object] = answer.body["items"][0]
    return item


def promisable(retailer: Retailer, **query: object) -> list[int]:
    days = outlook(retailer, **query)["days"]
    assert isinstance(days, list)
    return [day["promisable"] for day in days]


def test_deliveries_add_up_and_promises_are_taken_off(shop: Retailer) -> None:
    assert promisable(shop) == [2, 12, 18]
    assert promise(shop, "A", 4).body["code"] == "not_promisable"  # nobody allowed it
    allow(shop, limit=12)
    first = promise(shop, "A", 4)
    assert first.status == 201, first.body
    due = first.body["lines"][0]["due"]
    assert promisable(shop) == [2, 8, 14]
    known = outlook(shop)["limit"]
    assert isinstance(known, dict)
    assert (known["limit"], known["taken"], known["left"]) == (12, 4, 8)
    assert promise(shop, "A", 4).body["lines"][0]["due"] == due  # the same again is the same
    assert promise(shop, "A", 5).body["code"] == "reference_reused"
    too_many = promise(shop, "B", 9)
    assert (too_many.status, too_many.body["code"]) == (409, "not_promisable")
    assert too_many.body["shortages"] == [{"sku": "LAMP", "wanted": 9, "promisable": 8}]
    later = promise(shop, "C", 8)
    assert later.body["lines"][0]["due"] == due
    assert promisable(shop) == [0, 0, 6] or promisable(shop) == [0, 6]


def test_what_waits_is_free_again_once_filled_or_cancelled(shop: Retailer) -> None:
    allow(shop, limit=5)
    one = promise(shop, "A", 5).body["lines"][0]["id"]
    assert promise(shop, "B", 1).status == 409
    assert shop.client.post(f"/stock/backorders/{one}/fill").body["state"] == "filled"
    again = shop.client.post(f"/stock/backorders/{one}/cancel")
    assert (again.status, again.body["code"]) == (409, "backorder_closed")
    two = promise(shop, "B", 5).body["lines"][0]["id"]
    assert shop.client.post(f"/stock/backorders/{two}/cancel").status == 200
    states = shop.client.get("/stock/backorders", sku="LAMP").body["items"]
    assert [item["state"] for item in states] == ["cancelled", "filled"]
    assert shop.client.get("/stock/backorders", state="open").body["items"] == []


def test_without_supply_only_where_the_retailer_says_so(shop: Retailer) -> None:
    allow(shop, limit=100, horizon_days=7)
    assert promise(shop, "A", 13).body["shortages"][0]["promisable"] == 12  # the second is too far
    allow(shop, limit=100, needs_supply=False, horizon_days=7)
    unknown = promise(shop, "A", 13).body["lines"][0]
    assert unknown["due"] is None
    assert promisable(shop) == [2, 12, 18]  # no day counts on it
    known = outlook(shop)["limit"]
    assert isinstance(known, dict)
    assert known["left"] == 87


def test_a_preorder_waits_for_its_day(shop: Retailer) -> None:
    release = (clock.now() + timedelta(days=8)).date().isoformat()
    allow(shop, kind="preorder", not_before=release)
    line = promise(shop, "A", 1).body["lines"][0]
    assert (line["kind"], line["due"]) == ("preorder", release)


def test_late_supply_is_told_and_counts_on_no_day(shop: Retailer) -> None:
    deliver(shop, "PO-0", 7, days=-1)
    item = outlook(shop)
    assert item["late"] == 7
    assert promisable(shop) == [2, 12, 18]


def test_a_place_an_area_and_a_group_have_outlooks_of_their_own(shop: Retailer) -> None:
    assert promisable(shop, location="WH") == [2, 12, 18]
    assert promisable(shop, location="SHOP-PARIS") == [0]
    assert promisable(shop, country="FR", postal_code="75004", radius_km=10) == [0]
    refused = shop.client.get(
        "/stock/availability/outlook", sku="LAMP", channel="web", country="FR", postal_code="00000"
    )
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "postal_code")
    kit = shop.client.get("/stock/availability/outlook", sku="CORNER", channel="web").body["items"]
    assert kit[0]["limit"] is None


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_forty_buyers_of_a_limit_and_a_delivery_get_neither_twice(shop: Retailer) -> None:
    allow(shop, limit=9)

    def buy(number: int) -> int:
        try:
            return promise(shop, f"R-{number}", 1).status
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as buyers:
        statuses = list(buyers.map(buy, range(40)))
    assert sorted(set(statuses)) == [201, 409]
    assert statuses.count(201) == 9


def test_bad_input_is_named_and_changes_nothing(shop: Retailer) -> None:
    body = {"name": "x", "kind": "backorder", "skus": ["NOPE"], "channels": ["NOWHERE"]}
    wrong = shop.client.put("/stock/future-sales/x", body)
    assert [item["field"] for item in wrong.body["errors"]] == ["channels[0]", "skus"]
    assert shop.client.get("/stock/future-sales/x").status == 404
    dated = {"name": "x", "kind": "backorder", "not_before": "2027-01-01"}
    refused = shop.client.put("/stock/future-sales/x", dated)
    assert refused.body["errors"][0]["field"] == "not_before"
    unknown = promise(shop, "A", 1, sku="NOPE").body["errors"][0]
    assert (unknown["field"], unknown["code"]) == ("lines[0].sku", "unknown_sku")
    assert promise(shop, "A", 1, sku="CORNER").body["errors"][0]["code"] == "kit_has_no_stock"
    twice = shop.client.post(
        "/stock/backorders",
        {
            "channel": "web",
            "reference": "A",
            "lines": [{"sku": "LAMP", "quantity": 1}, {"sku": "LAMP", "quantity": 1}],
        },
    )
    assert twice.body["errors"][0]["field"] == "lines[1].sku"
    stale = shop.client.put(
        "/stock/future-sales/lamps", {"name": "x", "kind": "backorder"}, If_Match='"7"'
    )
    assert stale.status == 412
