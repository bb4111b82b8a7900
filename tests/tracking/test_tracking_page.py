"""The customer's page: what it says at each step, and what its link may and may not do."""

from uuid import UUID

import pytest
from django.test import Client

from chaland.kernel.ids import from_public, new_uuid
from chaland.orders.tracking import make_token
from tests.retailer import Retailer
from tests.screens import pickup, pickup_code, release

STOCK = {"LAMP": {"WH": 9, "SHOP-PARIS": 3}, "CHAIR": {"WH": 9}}


@pytest.fixture
def retailer(transactional_db: None) -> Retailer:
    """Write the small retailer."""
    del transactional_db
    return Retailer.build(STOCK)


def _link(order_id: str) -> str:
    return f"/t/{make_token(from_public('ord', order_id))}/"


def _page(path: str, language: str = "en") -> str:
    response = Client(headers={"accept-language": language}).get(path)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return response.content.decode()


def _work(retailer: Retailer, job: str, *actions: str, **bodies: dict[str, object]) -> None:
    for action in actions:
        answer = retailer.client.post(f"/fulfilment-orders/{job}/{action}", bodies.get(action, {}))
        assert answer.status == 200, answer.body


def test_a_wrong_link_opens_nothing_and_says_so(retailer: Retailer) -> None:
    order = retailer.place({"LAMP": 1})
    good = _link(order["id"])
    stranger: UUID = new_uuid()
    for path in (good[:-3] + "zz/", "/t/short/", f"/t/{'é' * 52}/", f"/t/{make_token(stranger)}/"):
        response = Client(headers={"accept-language": "en"}).get(path)
        assert response.status_code == 404, path
        page = response.content.decode()
        assert "We do not know this link" in page
        assert order["external_id"] not in page
        assert Client().post(f"{path}cancel/").status_code == 404


def test_a_delivery_is_followed_to_the_door(retailer: Retailer) -> None:
    order = retailer.place({"CHAIR": 2})
    (job,) = release(retailer, order)
    path = _link(order["id"])
    assert "It arrives" in _page(path)
    assert "Elle arrive" in _page(path, "fr")
    _work(retailer, job, "accept", "pick", "pack")
    parcel = retailer.client.get(f"/fulfilment-orders/{job}").body["parcels"][0]["id"]
    body: dict[str, object] = {"parcels": [{"parcel": parcel, "tracking_number": "XY1FR"}]}
    _work(retailer, job, "ship", ship=body)
    page = _page(path)
    assert "XY1FR" in page
    assert "Cancel my order" not in page
    refused = Client(headers={"accept-language": "en"}).post(f"{path}cancel/", follow=True)
    assert "cannot be cancelled any more" in refused.content.decode()
    _work(retailer, job, "deliver")
    assert "Your order has arrived" in _page(path)


def test_the_pickup_code_appears_when_it_opens_something(retailer: Retailer) -> None:
    order = pickup(retailer, LAMP=1)
    (job,) = release(retailer, order)
    path = _link(order["id"])
    before = _page(path)
    assert "Ready " in before
    assert "Show this code" not in before
    assert "Opening hours" in before
    _work(retailer, job, "accept", "pick", "ready")
    code = pickup_code(job)
    ready = _page(path)
    assert "Your order is ready" in ready
    assert code in ready
    assert "data:image/svg+xml" in ready
    _work(retailer, job, "collect", collect={"pickup_code": code})
    after = _page(path)
    assert "You have collected your order" in after
    assert code not in after


def test_the_customer_cancels_after_a_second_question(retailer: Retailer) -> None:
    order = retailer.place({"LAMP": 2})
    path = _link(order["id"])
    question = _page(f"{path}cancel/")
    assert f"Cancel order {order['external_id']}?" in question
    assert retailer.client.get(f"/orders/{order['id']}").body["state"] != "cancelled"
    browser = Client(headers={"accept-language": "en"})
    page = browser.post(f"{path}cancel/", follow=True).content.decode()
    assert "Your order is cancelled" in page
    assert retailer.client.get(f"/orders/{order['id']}").body["state"] == "cancelled"
    timeline = retailer.client.get(f"/orders/{order['id']}/timeline").body["items"]
    assert timeline[-1]["actor_kind"] == "customer"
    retailer.assert_stock_is_true()


def test_the_page_tells_nothing_about_the_person(retailer: Retailer) -> None:
    """Whoever finds the link learns what was bought, not by whom or where they live."""
    page = _page(_link(retailer.place({"LAMP": 1})["id"]))
    for secret in ("Camille", "camille@example.org", "rue de Rivoli"):
        assert secret not in page
