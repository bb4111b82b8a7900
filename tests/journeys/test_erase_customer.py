"""A customer asks to be forgotten: through the public API, as the retailer's CRM would."""

from chaland.customers.models import Customer
from chaland.orders.models import Order
from tests.journeys.conftest import Build


def test_a_customer_is_erased_once_nothing_is_under_way(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}})
    customer = {"name": "Camille Martin", "email": "camille@example.org", "reference": "C-7"}
    placed = retailer.place(customer=customer, note="Second door on the left")
    api = retailer.client
    [found] = api.get("/customers", reference="C-7").body["items"]
    path = f"/customers/{found['id']}"

    early = api.post(f"{path}/erase", {"reason": "asked by letter"})
    assert (early.status, early.body["code"]) == (409, "customer_has_open_orders")
    assert early.body["orders"] == [placed["id"]]
    assert api.get(path).body["name"] == "Camille Martin"

    assert api.post(f"/orders/{placed['id']}/cancel", {"reason": "changed my mind"}).status == 200
    total = api.get(f"/orders/{placed['id']}").body["total"]
    erased = api.post(f"{path}/erase", {"reason": "asked by letter"}, Idempotency_Key="forget-7")
    assert (erased.status, erased.body["id"]) == (200, found["id"])
    assert erased.body["erased_at"] is not None
    again = api.post(f"{path}/erase", {"reason": "asked by letter"})
    assert again.body == erased.body

    left = api.get(path).body
    assert (left["name"], left["email"], left["addresses"]) == ("", "", [])
    assert api.get("/customers", reference="C-7").body["items"] == []
    order = api.get(f"/orders/{placed['id']}")
    assert (order.status, order.body["total"]) == (200, total)
    row = Order.objects.get()
    assert row.note == ""
    assert (row.destination_latitude, row.destination_longitude) == (48.9, 2.4)
    assert Customer.objects.get().data_key is None

    later = retailer.place(customer=customer)
    assert later["id"] != placed["id"]
    [new] = api.get("/customers", reference="C-7").body["items"]
    assert new["id"] != found["id"]


def test_erasing_needs_the_right_an_existing_person_and_a_reason(build_retailer: Build) -> None:
    retailer = build_retailer({"LAMP": {"WH": 5}})
    retailer.place()
    [found] = retailer.client.get("/customers", email="camille@example.org").body["items"]
    path = f"/customers/{found['id']}/erase"
    body = {"reason": "asked"}
    assert retailer.key(["customers:read"]).post(path, body).status == 403
    franchisee = retailer.key(["customers:write"], organisations=["nord"])
    assert franchisee.post(path, body).status == 403
    assert retailer.client.post(path, {}).status == 422
    nobody = "cus_" + "0" * 26
    assert retailer.client.post(f"/customers/{nobody}/erase", body).status == 404
    assert Customer.objects.get().data_key is not None
