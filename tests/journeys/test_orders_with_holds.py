"""An order of a basket for which units are kept: they are its own, and it may do without them."""

from typing import Any

import pytest
from django.db import transaction
from django.db.models import F

from chaland.inventory.models import Hold, Position
from chaland.inventory.operations import expire_holds, reserve
from chaland.inventory.types import ReservationRequest
from chaland.journeys.place_orders.body import OrderBody
from chaland.journeys.place_orders.requests import placement_request
from chaland.journeys.place_orders.service import place_orders
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM
from chaland.kernel.ids import new_uuid
from tests.inventory.other import PATIENCE, Other
from tests.retailer import ApiClient, Retailer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def retailer(transactional_db: None) -> Retailer:
    del transactional_db
    return Retailer.build(
        {"LAMP": {"WH": 2, "SHOP-PARIS": 2, "SHOP-LILLE": 2}, "VASE": {"SHOP-LYON": 1}}
    )


def hold(client: ApiClient, sku: str, quantity: int, **more: Any) -> str:
    line = {"sku": sku, "quantity": quantity, **more.pop("line", {})}
    answer = client.post("/stock/holds", {"channel": "web", "lines": [line], **more})
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


def state(client: ApiClient, hold_id: str) -> tuple[str, str | None]:
    shown = client.get(f"/stock/holds/{hold_id}").body
    return shown["state"], shown["order"]


def test_an_order_gets_what_its_basket_kept_and_nobody_else_does(retailer: Retailer) -> None:
    client = retailer.client
    kept = hold(client, "VASE", 1, reference="b-1")
    assert client.post("/orders", retailer.order_body({"VASE": 1})).status == 409
    body = retailer.order_body({"VASE": 1}, hold=kept, basket="b-1")
    placed = client.post("/orders", body)
    assert placed.status == 201
    assert state(client, kept) == ("converted", placed.body["id"])
    again = client.post("/orders", {**body, "hold": None})
    assert (again.status, again.body["id"]) == (200, placed.body["id"])
    other = client.post("/orders", retailer.order_body({"VASE": 1}, hold=kept))
    assert (other.status, other.body["code"]) == (409, "hold_used")
    assert other.body["order"] == placed.body["id"]
    retailer.assert_stock_is_true()


def test_what_the_order_does_not_take_goes_back_with_the_same_commit(retailer: Retailer) -> None:
    client = retailer.client
    kept = hold(client, "LAMP", 2, line={"location": "SHOP-LILLE"})
    pickup = {"method": "pickup", "location": "SHOP-PARIS"}
    placed = client.post("/orders", retailer.order_body({"LAMP": 1}, delivery=pickup, hold=kept))
    assert placed.body["fulfilment_orders"][0]["location"] == "SHOP-PARIS"
    assert state(client, kept) == ("converted", placed.body["id"])
    rest = client.post("/orders", retailer.order_body({"LAMP": 5}))
    assert rest.status == 201
    retailer.assert_stock_is_true()


def test_an_order_that_is_refused_keeps_its_hold(retailer: Retailer) -> None:
    client = retailer.client
    kept = hold(client, "LAMP", 2)
    refused = client.post("/orders", retailer.order_body({"LAMP": 7}, hold=kept))
    assert refused.status == 409
    assert "6 available" in refused.body["errors"][0]["message"]
    assert state(client, kept) == ("open", None)
    assert client.post("/orders", retailer.order_body({"LAMP": 6}, hold=kept)).status == 201
    retailer.assert_stock_is_true()


def test_a_hold_that_is_over_is_no_error(retailer: Retailer) -> None:
    client = retailer.client
    lost, given_up = hold(client, "VASE", 1), hold(client, "LAMP", 1)
    client.delete(f"/stock/holds/{given_up}")
    Hold.objects.filter(closed_at=None).update(expires_at=clock.now())
    with transaction.atomic():
        expire_holds(now=clock.now(), limit=10)
    faster = hold(client, "VASE", 1)
    assert client.post("/orders", retailer.order_body({"VASE": 1}, hold=lost)).status == 409
    assert client.post("/orders", retailer.order_body({"LAMP": 1}, hold=given_up)).status == 201
    assert state(client, lost) == ("expired", None)
    assert state(client, faster) == ("open", None)


def test_a_hold_of_somebody_else_is_refused_by_name(retailer: Retailer) -> None:
    client = retailer.client
    kept = hold(client, "LAMP", 1, reference="b-1")
    merchant = retailer.key(["orders:read", "orders:write"], organisations=["nord"])
    channel = {"name": "Till", "kind": "store", "currency": "EUR", "countries": ["FR"]}
    assert client.put("/channels/till", channel).status == 201
    attempts = [
        (client, {"basket": "b-2"}, "hold_of_another_basket"),
        (client, {"channel": "till"}, "hold_of_another_channel"),
        (merchant, {}, "hold_of_another_organisation"),
        (client, {"hold": "hld_nonsense"}, "invalid_input"),
    ]
    for who, changes, code in attempts:
        body = {**retailer.order_body({"LAMP": 1}, hold=kept), **changes}
        answer = who.post("/orders", body)
        assert answer.body["code"] == code, answer.body
    assert state(client, kept) == ("open", None)


def test_orders_of_a_batch_see_only_their_own(retailer: Retailer) -> None:
    client = retailer.client
    first, second = hold(client, "LAMP", 3), hold(client, "VASE", 1)
    bodies = [
        retailer.order_body({"LAMP": 4}),
        retailer.order_body({"LAMP": 3}),
        retailer.order_body({"VASE": 1}, hold=second),
        retailer.order_body({"LAMP": 3}, hold=first),
        retailer.order_body({"LAMP": 1}, hold=first),
    ]
    answer = client.post("/orders/bulk", {"orders": bodies})
    states = [item["status"] for item in answer.body["results"]]
    assert states == ["rejected", "created", "created", "created", "rejected"]
    assert answer.body["results"][4]["problem"]["code"] == "hold_used"
    retailer.assert_stock_is_true()


def test_rules_that_came_after_the_hold_do_not_take_it_away(retailer: Retailer) -> None:
    client = retailer.client
    kept = hold(client, "VASE", 1)
    rule = {"name": "One stays", "kind": "safety_stock", "units": 5}
    assert client.put("/stock/rules/stays", rule).status == 201
    assert client.post("/orders", retailer.order_body({"VASE": 1}, hold=kept)).status == 201
    retailer.assert_stock_is_true()


@pytest.mark.concurrency
def test_a_basket_whose_order_has_to_wait_keeps_its_units(retailer: Retailer) -> None:
    """Between choice and lock somebody takes the unit that the order wanted on top."""
    client = retailer.client
    kept = hold(client, "LAMP", 5)
    other = Other()
    (left,) = Position.objects.filter(sku__code="LAMP", on_hand__gt=F("reserved"))
    body = OrderBody.model_validate(retailer.order_body({"LAMP": 6}, hold=kept))
    asked = placement_request(body, actor=SYSTEM)
    last = ReservationRequest(new_uuid(), left.sku_id, left.location_id, 1, new_uuid(), new_uuid())
    with transaction.atomic():
        reserve(requests=[last], now=clock.now(), actor=SYSTEM)
        second = other.start(lambda: place_orders([asked], now=clock.now()))
    answers: Any = second.result(PATIENCE)
    (answer,) = answers
    other.close()
    assert answer.status == 409
    assert state(client, kept) == ("open", None)
    assert client.post("/orders", retailer.order_body({"LAMP": 5}, hold=kept)).status == 201
