"""The console's pages: who may open them, what they show, what they refuse."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from chaland.access.types import Role
from tests.retailer import Retailer
from tests.screens import release, sign_in, state_of

STOCK = {
    "LAMP": {"WH": 10, "SHOP-PARIS": 5},
    "CHAIR": {"WH": 4, "SHOP-LYON": 4},
    "VASE": {"SHOP-LILLE": 2},
}
SCREENS = [
    "",
    "orders/",
    "stock/",
    "stock/LAMP/",
    "stock/LAMP/ledger/",
    "rules/",
    "new-rule/",
    "joint-choices/",
    "counts/",
    "accuracy/",
    "feeds/",
    "sites/",
    "sites/WH/",
    "webhooks/",
    "keys/",
    "audit/",
]


@pytest.fixture
def retailer(transactional_db: None) -> Retailer:
    """Write the small retailer."""
    del transactional_db
    return Retailer.build(STOCK)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_screen_opens_before_the_first_order(retailer: Retailer, language: str) -> None:
    del retailer
    client = sign_in(Role.ADMINISTRATOR, language)
    for screen in SCREENS:
        response = client.get(f"/console/{screen}")
        assert response.status_code == 200, screen
        assert f'<html lang="{language}">' in response.content.decode()


def test_a_stranger_is_sent_to_the_sign_in(db: None) -> None:
    del db
    for screen in SCREENS:
        response = Client().get(f"/console/{screen}")
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/")


def test_an_associate_is_sent_to_the_store_app_and_may_change_nothing(retailer: Retailer) -> None:
    order = retailer.place({"LAMP": 1})
    client = sign_in(Role.STORE_ASSOCIATE, locations=["SHOP-PARIS"])
    for screen in [*SCREENS, f"orders/{order['id']}/"]:
        response = client.get(f"/console/{screen}")
        assert (response.status_code, response["Location"]) == (302, "/store/")
    assert client.post(f"/console/orders/{order['id']}/cancel/").status_code == 403
    assert client.post("/console/sites/WH/pause/", {"reason": "x"}).status_code == 403


def test_administration_is_closed_to_customer_service(retailer: Retailer) -> None:
    del retailer
    client = sign_in(Role.CUSTOMER_SERVICE)
    page = client.get("/console/").content.decode()
    for screen in ("webhooks/", "keys/", "audit/"):
        response = client.get(f"/console/{screen}")
        assert response.status_code == 403
        assert "This is not for your role" in response.content.decode()
        assert f"/console/{screen}" not in page
    assert client.post("/console/sites/WH/pause/", {"reason": "x"}).status_code == 403


def test_what_does_not_exist_is_a_designed_page(retailer: Retailer) -> None:
    del retailer
    client = sign_in(Role.ADMINISTRATOR)
    for screen in ("orders/nonsense/", "orders/ord_00000000000000000000000000/", "sites/NOWHERE/"):
        response = client.get(f"/console/{screen}")
        assert response.status_code == 404
        assert "This page does not exist" in response.content.decode()


def test_the_tower_counts_late_and_unroutable_work(retailer: Retailer) -> None:
    placed = retailer.place({"VASE": 2})
    release(retailer, placed)
    refused = placed["fulfilment_orders"][0]["id"]
    answer = retailer.client.post(f"/fulfilment-orders/{refused}/refuse", {"reason": "not_found"})
    assert answer.status == 200, answer.body
    client = sign_in(Role.OPERATIONS)
    page = client.get("/console/").content.decode()
    assert placed["external_id"] in page.split('id="unroutable"')[1]
    fragment = client.get("/console/", headers={"hx-request": "true"}).content.decode()
    assert fragment.strip().startswith('<div id="tower"')


@pytest.mark.parametrize(
    "path", ["/console/", "/console/orders/", "/console/sites/", "/console/audit/"]
)
def test_lists_need_no_more_queries_for_more_orders(
    retailer: Retailer, path: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = sign_in(Role.ADMINISTRATOR)
    retailer.place({"LAMP": 1})
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    few = len(captured)  # counted now: the next request clears the log
    assert few
    for _ in range(4):
        retailer.place({"LAMP": 1, "CHAIR": 1})
    client.get(path)
    with django_assert_max_num_queries(few):
        client.get(path)


def test_search_finds_by_number_person_and_state(retailer: Retailer) -> None:
    first, second = retailer.place({"LAMP": 1}), retailer.place({"CHAIR": 1})
    client = sign_in(Role.CUSTOMER_SERVICE)

    def found(query: str) -> list[str]:
        page = client.get(f"/console/orders/?{query}").content.decode()
        return [
            order["external_id"]
            for order in (first, second)
            if f">{order['external_id']}</a>" in page
        ]

    assert found(f"q={first['external_id']}") == [first["external_id"]]
    assert found("q=camille@example.org") == [first["external_id"], second["external_id"]]
    assert found("state=blocked") == []
    assert "No order matches" in client.get("/console/orders/?q=nobody").content.decode()
    assert found("since=not-a-date") == [first["external_id"], second["external_id"]]


def test_a_merchant_sees_its_own_sites_and_no_amounts(retailer: Retailer) -> None:
    own = retailer.place({"VASE": 1})
    other = retailer.place({"CHAIR": 1})
    client = sign_in(Role.MERCHANT, organisations=["nord"])
    page = client.get("/console/orders/").content.decode()
    assert own["external_id"] in page
    assert other["external_id"] not in page
    assert "Camille" not in page
    assert client.get(f"/console/orders/{other['id']}/").status_code == 404
    detail = client.get(f"/console/orders/{own['id']}/").content.decode()
    assert "Camille" not in detail
    assert "€10.00" not in detail.split('id="facts-title"')[1].split("</section>")[0]
    assert client.get("/console/sites/WH/").status_code == 404


def test_the_order_page_tells_the_whole_story(retailer: Retailer) -> None:
    order = retailer.place({"LAMP": 1})
    page = sign_in(Role.CUSTOMER_SERVICE).get(f"/console/orders/{order['id']}/").content.decode()
    for text in (
        "Camille Martin",
        "camille@example.org",
        "8 rue de Rivoli",
        "Lamp",
        "Order placed",
    ):
        assert text in page
    assert "could have done it alone" in page
    assert "What would have changed it" in page
    assert "/t/" in page


def test_cancelling_asks_for_a_number_that_exists(retailer: Retailer) -> None:
    order = retailer.place({"LAMP": 3})
    line = order["lines"][0]["id"]
    client = sign_in(Role.CUSTOMER_SERVICE)
    path = f"/console/orders/{order['id']}/cancel/"
    for wrong in ("4", "-1", "x", "0"):
        response = client.post(path, {"reason": "other", f"line-{line}": wrong})
        assert response.status_code == 422, wrong
        assert 'id="cancel" aria-labelledby="cancel-title" data-open' in response.content.decode()
    assert client.post(path, {"reason": "nonsense", f"line-{line}": "1"}).status_code == 422
    untouched = retailer.client.get(f"/orders/{order['id']}").body
    assert untouched["lines"][0]["cancelled"] == 0
    response = client.post(path, {"reason": "other", f"line-{line}": "2"}, follow=True)
    assert "The units are cancelled" in response.content.decode()
    assert retailer.client.get(f"/orders/{order['id']}").body["lines"][0]["cancelled"] == 2
    retailer.assert_stock_is_true()


def test_work_can_be_released_and_taken_away(retailer: Retailer) -> None:
    order = retailer.place({"LAMP": 1})
    client = sign_in(Role.OPERATIONS)
    (fulfilment_id,) = release(retailer, order)
    base = f"/console/orders/{order['id']}/{fulfilment_id}"
    again = client.post(f"{base}/release/", follow=True).content.decode()
    assert "This is no longer possible" in again
    assert client.post(f"{base}/take-away/", {"reason": "nonsense"}).status_code == 404
    moved = client.post(f"{base}/take-away/", {"reason": "no_capacity"}, follow=True)
    assert "Sourced again" in moved.content.decode()
    assert state_of(retailer, fulfilment_id) == "refused"
    parts = retailer.client.get(f"/orders/{order['id']}").body["fulfilment_orders"]
    assert len(parts) == 2
    retailer.assert_stock_is_true()


def test_pausing_a_site_needs_a_reason_and_is_audited(retailer: Retailer) -> None:
    client = sign_in(Role.ADMINISTRATOR)
    assert client.post("/console/sites/WH/pause/", {"reason": ""}).status_code == 422
    past = {"reason": "flood", "until": "2020-01-01T10:00"}
    assert client.post("/console/sites/WH/pause/", past).status_code == 422
    page = client.post("/console/sites/WH/pause/", {"reason": "flood"}, follow=True)
    assert "This site takes no new work." in page.content.decode()
    order = retailer.place({"LAMP": 1})
    assert order["fulfilment_orders"][0]["location"] == "SHOP-PARIS"
    assert "flood" in client.get("/console/audit/?entity_id=WH").content.decode()
    page = client.post("/console/sites/WH/resume/", follow=True)
    assert "takes orders again" in page.content.decode()


def test_a_key_is_shown_once_and_can_be_revoked(retailer: Retailer) -> None:
    client = sign_in(Role.ADMINISTRATOR)
    refused = client.post("/console/keys/", {"name": "till"})
    assert refused.status_code == 422
    assert "Choose at least one thing it may do." in refused.content.decode()
    made = client.post("/console/keys/", {"name": "till", "scopes": ["stock:read"]})
    token = made.content.decode().split('id="token" class="mono" value="')[1].split('"')[0]
    assert made.headers["Cache-Control"].count("no-store")
    listed = client.get("/console/keys/").content.decode()
    assert token not in listed
    key_id = listed.split('data-opens="revoke-')[-1].split('"')[0]
    answer = client.post(f"/console/keys/{key_id}/revoke/", follow=True)
    assert "The key is revoked." in answer.content.decode()
    assert client.post("/console/keys/key_nonsense/revoke/").status_code == 404
    del retailer


def test_pages_obey_their_own_content_security_policy(retailer: Retailer) -> None:
    """No script and no style in the page itself: the policy would refuse them."""
    order = retailer.place({"LAMP": 1})
    client = sign_in(Role.ADMINISTRATOR)
    for path in [*(f"/console/{screen}" for screen in SCREENS), f"/console/orders/{order['id']}/"]:
        response = client.get(path)
        page = response.content.decode()
        assert "script-src" not in response["Content-Security-Policy"]
        assert " style=" not in page
        assert " onclick=" not in page
        assert "<script>" not in page
        assert "https://" not in page.replace("https://www.w3.org", "")
