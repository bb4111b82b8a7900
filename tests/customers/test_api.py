"""Customers by the public API: looked up one by one, never listed."""

from typing import Any

import pytest

from chaland.access.authentication import forget_keys
from chaland.access.operations import create_api_key
from chaland.access.types import Scope
from chaland.kernel.actor import SYSTEM
from chaland.kernel.ids import new_uuid, to_public
from tests.customers.conftest import NOW, person, told
from tests.retailer import ApiClient

pytestmark = pytest.mark.django_db


def client(*scopes: str, **limits: Any) -> ApiClient:
    forget_keys()
    key = create_api_key(name="t", scopes=list(scopes), now=NOW, actor=SYSTEM, **limits)
    return ApiClient(key.token)


def test_somebody_is_read_by_id_and_found_by_what_is_known() -> None:
    api = client(Scope.CUSTOMERS_READ)
    [one] = told(person(reference="C-1"))
    public = to_public("cus", one.customer_id)
    read = api.get(f"/customers/{public}")
    assert (read.status, read.headers["ETag"]) == (200, '"1"')
    assert (read.body["id"], read.body["name"]) == (public, "Camille Martin")
    assert read.body["addresses"][0]["street"] == "8 rue de Rivoli"
    for field, value in (
        ("email", "CAMILLE@example.org"),
        ("phone", "0612345678"),
        ("reference", "C-1"),
        ("name", "martin"),
    ):
        assert api.get("/customers", **{field: value}).body["items"] == [read.body]
    assert api.get("/customers", email="else@example.org").body["items"] == []


def test_namesakes_come_in_pages() -> None:
    api = client(Scope.CUSTOMERS_READ)
    made = {to_public("cus", one.customer_id) for one in told(*(person() for _ in range(3)))}
    first = api.get("/customers", name="martin", limit=2)
    assert first.body["next"].startswith("/api/v1/customers?name=martin&limit=2&cursor=")
    rest = api.get(first.body["next"].removeprefix("/api/v1"))
    assert rest.body["next"] is None
    assert [item["id"] for item in first.body["items"] + rest.body["items"]] == sorted(
        made, reverse=True
    )


def test_people_are_not_listed() -> None:
    api = client(Scope.CUSTOMERS_READ)
    told(person())
    answer = api.get("/customers")
    assert (answer.status, answer.body["errors"][0]["code"]) == (422, "one_needed")
    assert api.get("/customers", name="martin", email="camille@example.org").status == 422
    assert api.get("/customers", name="\0").status == 422


def test_only_a_key_for_customers_and_for_everybody_may_look() -> None:
    [one] = told(person())
    path = f"/customers/{to_public('cus', one.customer_id)}"
    assert client(Scope.ORDERS_READ).get(path).status == 403
    franchisee = client(Scope.CUSTOMERS_READ, organisations=["nord"])
    assert franchisee.get(path).status == 403
    assert franchisee.get("/customers", name="martin").status == 403


def test_an_id_of_nobody_is_not_found() -> None:
    api = client(Scope.CUSTOMERS_READ)
    assert api.get(f"/customers/{to_public('cus', new_uuid())}").status == 404
    assert api.get("/customers/cus_nonsense").status in {404, 422}
    assert api.get(f"/customers/{to_public('ord', new_uuid())}").status in {404, 422}
