"""Holds through the API: where units are kept, for whom, and what a storefront is told."""

import pytest
from django.db import transaction

from chaland.inventory.models import Hold
from chaland.inventory.operations import expire_holds
from chaland.kernel import clock
from tests.retailer import Answer, ApiClient, Retailer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def retailer(transactional_db: None) -> Retailer:
    del transactional_db
    return Retailer.build(
        {
            "LAMP": {"WH": 5, "SHOP-PARIS": 3, "SHOP-LILLE": 9},
            "CHAIR": {"WH": 2, "SHOP-PARIS": 4},
            "VASE": {"SHOP-LYON": 1},
        }
    )


def hold(client: ApiClient, *lines: dict[str, object], **more: object) -> Answer:
    return client.post("/stock/holds", {"channel": "web", "lines": list(lines), **more})


def kept(answer: Answer) -> dict[tuple[str, str], int]:
    return {(line["sku"], line["location"]): line["quantity"] for line in answer.body["lines"]}


def test_a_basket_keeps_what_it_names_and_nobody_else_gets_it(retailer: Retailer) -> None:
    client = retailer.client
    line = {"sku": "LAMP", "quantity": 4, "location": "WH"}
    first = hold(client, line, reference="b-1", ttl_seconds=60)
    assert first.status == 201
    assert kept(first) == {("LAMP", "WH"): 4}
    assert (first.body["state"], first.body["reference"]) == ("open", "b-1")
    second = hold(client, line)
    assert second.status == 409
    assert second.body["code"] == "insufficient_stock"
    assert second.body["errors"][0]["field"] == "lines[0].quantity"
    assert "1 available" in second.body["errors"][0]["message"]
    assert client.get(f"/stock/holds/{first.body['id']}").body == first.body


def test_without_a_place_units_are_kept_together_where_most_are(retailer: Retailer) -> None:
    client = retailer.client
    lamp, chair = {"sku": "LAMP", "quantity": 2}, {"sku": "CHAIR", "quantity": 2}
    assert kept(hold(client, lamp, chair)) == {
        ("LAMP", "SHOP-PARIS"): 2,
        ("CHAIR", "SHOP-PARIS"): 2,
    }
    split = hold(client, {"sku": "CHAIR", "quantity": 4})
    assert kept(split) == {("CHAIR", "WH"): 2, ("CHAIR", "SHOP-PARIS"): 2}
    assert hold(client, {"sku": "CHAIR", "quantity": 1}).status == 409


def test_units_are_kept_where_the_order_would_be_sourced(retailer: Retailer) -> None:
    shop = {"method": "pickup", "location": "SHOP-PARIS"}
    assert kept(hold(retailer.client, {"sku": "LAMP", "quantity": 3}, delivery=shop)) == {
        ("LAMP", "SHOP-PARIS"): 3
    }
    home = {"method": "ship", "country": "FR", "postal_code": "75004"}
    (place,) = retailer.place({"CHAIR": 1})["fulfilment_orders"]
    assert kept(hold(retailer.client, {"sku": "CHAIR", "quantity": 1}, delivery=home)) == {
        ("CHAIR", place["location"]): 1
    }
    nowhere = {"method": "ship", "country": "FR", "postal_code": "00000"}
    answer = hold(retailer.client, {"sku": "LAMP", "quantity": 1}, delivery=nowhere)
    assert answer.body["errors"][0]["field"] == "delivery.postal_code"


def test_a_changed_basket_stays_where_it_is_and_is_refused_whole(retailer: Retailer) -> None:
    client = retailer.client
    first = hold(client, {"sku": "LAMP", "quantity": 2, "location": "WH"})
    path = f"/stock/holds/{first.body['id']}"
    more = client.put(
        path, {"lines": [{"sku": "LAMP", "quantity": 3}, {"sku": "VASE", "quantity": 1}]}
    )
    assert more.status == 200
    assert kept(more) == {("LAMP", "WH"): 3, ("VASE", "SHOP-LYON"): 1}
    refused = client.put(path, {"lines": [{"sku": "LAMP", "quantity": 99}]})
    assert refused.status == 409
    assert "17 available" in refused.body["errors"][0]["message"]
    assert kept(client.get(path)) == kept(more)


def test_a_hold_is_renewed_released_and_then_over(retailer: Retailer) -> None:
    client = retailer.client
    first = hold(client, {"sku": "VASE", "quantity": 1}, ttl_seconds=60)
    path = f"/stock/holds/{first.body['id']}"
    renewed = client.post(f"{path}/renew", {"ttl_seconds": 600})
    assert renewed.body["expires_at"] > first.body["expires_at"]
    assert (
        client.post(f"{path}/renew", {"ttl_seconds": 99_999}).body["errors"][0]["code"]
        == "too_long"
    )
    assert client.delete(path).body["state"] == "released"
    assert client.delete(path).body["state"] == "released"
    assert client.post(f"{path}/renew", {}).body["code"] == "hold_closed"
    assert client.put(path, {"lines": [{"sku": "VASE", "quantity": 1}]}).status == 409
    assert hold(client, {"sku": "VASE", "quantity": 1}).status == 201


def test_an_expired_hold_says_so(retailer: Retailer) -> None:
    first = hold(retailer.client, {"sku": "VASE", "quantity": 1}, ttl_seconds=10)
    Hold.objects.update(expires_at=clock.now())
    with transaction.atomic():
        expire_holds(now=clock.now(), limit=10)
    shown = retailer.client.get(f"/stock/holds/{first.body['id']}").body
    assert (shown["state"], len(shown["lines"])) == ("expired", 1)
    assert hold(retailer.client, {"sku": "VASE", "quantity": 1}).status == 201


def test_the_same_key_holds_once(retailer: Retailer) -> None:
    client = retailer.client
    body = {"channel": "web", "lines": [{"sku": "VASE", "quantity": 1}]}
    first = client.post("/stock/holds", body, Idempotency_Key="h-1")
    again = client.post("/stock/holds", body, Idempotency_Key="h-1")
    assert (first.body, again.headers["Idempotency-Replayed"]) == (again.body, "true")
    other = {"channel": "web", "lines": [{"sku": "LAMP", "quantity": 1}]}
    assert client.post("/stock/holds", other, Idempotency_Key="h-1").body["code"] == (
        "idempotency_conflict"
    )
    assert Hold.objects.count() == 1


def test_a_merchant_holds_and_sees_only_its_own(retailer: Retailer) -> None:
    merchant = retailer.key(["orders:read", "orders:write"], organisations=["nord"])
    everywhere = hold(merchant, {"sku": "LAMP", "quantity": 2})
    assert kept(everywhere) == {("LAMP", "SHOP-LILLE"): 2}
    foreign = hold(merchant, {"sku": "LAMP", "quantity": 1, "location": "WH"})
    assert foreign.body["errors"][0]["code"] == "unknown_location"
    theirs = hold(retailer.client, {"sku": "LAMP", "quantity": 1, "location": "WH"}).body["id"]
    assert merchant.get(f"/stock/holds/{theirs}").status == 404
    assert merchant.delete(f"/stock/holds/{theirs}").status == 404
    assert merchant.get(f"/stock/holds/{everywhere.body['id']}").status == 200


def test_bad_baskets_are_told_every_field(retailer: Retailer) -> None:
    answer = hold(
        retailer.client,
        {"sku": "NO", "quantity": 1},
        {"sku": "LAMP", "quantity": 1, "location": "NOWHERE"},
        channel="nope",
    )
    assert answer.status == 422
    assert [item["field"] for item in answer.body["errors"]] == [
        "channel",
        "lines[0].sku",
        "lines[1].location",
    ]
    assert retailer.client.get("/stock/holds/hld_nonsense").status == 404
    assert Hold.objects.count() == 0
