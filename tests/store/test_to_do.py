"""The store app: from the to-do list to the hand-over, and what it refuses."""

import re

import pytest
from django.test import Client

from chaland.access.types import Role
from tests.retailer import Retailer
from tests.screens import pickup, pickup_code, release, sign_in, state_of

STOCK = {"LAMP": {"SHOP-PARIS": 9, "SHOP-LYON": 9}, "CHAIR": {"WH": 5, "SHOP-PARIS": 5}}
PARIS = "/store/SHOP-PARIS/"


@pytest.fixture
def retailer(transactional_db: None) -> Retailer:
    """Write the small retailer."""
    del transactional_db
    return Retailer.build(STOCK)


@pytest.fixture
def associate(retailer: Retailer) -> Client:
    """Return a browser of somebody who works in the Paris shop."""
    del retailer
    return sign_in(Role.STORE_ASSOCIATE, organisations=["group"], locations=["SHOP-PARIS"])


def _act(client: Client, fulfilment_id: str, action: str, **posted: str) -> str:
    response = client.post(f"{PARIS}{fulfilment_id}/{action}/", posted, follow=True)
    return response.content.decode()


def _line_fields(client: Client, fulfilment_id: str) -> list[str]:
    page = client.get(f"{PARIS}{fulfilment_id}/").content.decode()
    return re.findall(r'name="(picked-[^"]+)"', page)


def test_whoever_has_one_shop_goes_straight_to_its_list(associate: Client) -> None:
    response = associate.get("/store/")
    assert (response.status_code, response["Location"]) == (302, PARIS)
    page = associate.get(PARIS).content.decode()
    assert "All done" in page
    assert "/console/" not in page


def test_another_shop_does_not_exist_for_an_associate(
    retailer: Retailer, associate: Client
) -> None:
    order = pickup(retailer, "SHOP-LYON", LAMP=1)
    (elsewhere,) = release(retailer, order)
    assert associate.get("/store/SHOP-LYON/").status_code == 404
    assert associate.get(f"{PARIS}{elsewhere}/").status_code == 404
    for action in ("accept", "refuse"):
        assert associate.post(f"/store/SHOP-LYON/{elsewhere}/{action}/").status_code == 404
        assert associate.post(f"{PARIS}{elsewhere}/{action}/").status_code == 404
    assert state_of(retailer, elsewhere) == "released"


def test_a_pickup_goes_from_the_list_to_the_hand_over(
    retailer: Retailer, associate: Client
) -> None:
    order = pickup(retailer, LAMP=2)
    (job,) = release(retailer, order)
    assert order["external_id"] in associate.get(PARIS).content.decode()
    assert "Scan an article" in _act(associate, job, "accept")
    (field,) = _line_fields(associate, job)
    assert "not picked yet" in _act(associate, job, "pick", **{field: "1"})
    assert state_of(retailer, job) == "accepted"
    assert "must lie between 0 and 2" in _act(associate, job, "pick", **{field: "3"})
    _act(associate, job, "pick", **{field: "2"})
    _act(associate, job, "ready")
    assert state_of(retailer, job) == "ready"

    counter = associate.get(f"{PARIS}?view=counter").content.decode()
    assert "Camille Martin" in counter
    code = pickup_code(job)
    assert code not in counter
    assert code not in associate.get(f"{PARIS}{job}/").content.decode()

    unknown = associate.get(f"{PARIS}code/", {"code": "zzzzzz"}, follow=True).content.decode()
    assert "has the code zzzzzz" in unknown
    wrong = associate.post(f"{PARIS}{job}/collect/", {"code": "NOPE12"})
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.content.decode()
    assert state_of(retailer, job) == "ready"

    found = associate.get(f"{PARIS}code/", {"code": code.lower()})
    assert found["Location"] == f"{PARIS}{job}/?code={code}"
    assert "is handed over" in _act(associate, job, "collect", code=f" {code.lower()} ")
    assert state_of(retailer, job) == "collected"
    assert "The customer has taken it." in associate.get(f"{PARIS}{job}/").content.decode()
    retailer.assert_stock_is_true()


def test_a_parcel_is_packed_and_shipped_with_its_number(
    retailer: Retailer, associate: Client
) -> None:
    order = retailer.place({"LAMP": 1})
    (job,) = release(retailer, order)
    assert order["fulfilment_orders"][0]["location"] == "SHOP-PARIS"
    _act(associate, job, "accept")
    (field,) = _line_fields(associate, job)
    _act(associate, job, "pick", **{field: "1"})
    page = _act(associate, job, "pack")
    assert "Camille" not in page
    (tracking,) = re.findall(r'name="(tracking-[^"]+)"', page)
    assert "is on its way" in _act(associate, job, "ship", **{tracking: "XY1FR"})
    body = retailer.client.get(f"/fulfilment-orders/{job}").body
    assert body["state"] == "shipped"
    assert body["parcels"][0]["tracking_number"] == "XY1FR"
    retailer.assert_stock_is_true()


def test_a_short_pick_sends_the_rest_elsewhere(retailer: Retailer, associate: Client) -> None:
    order = retailer.place({"LAMP": 2})
    (job,) = release(retailer, order)
    _act(associate, job, "accept")
    (field,) = _line_fields(associate, job)
    said = _act(associate, job, "pick", **{field: "1", "short": "1", "reason": "not_found"})
    assert "looked for elsewhere" in said
    parts = retailer.client.get(f"/orders/{order['id']}").body["fulfilment_orders"]
    assert {part["location"] for part in parts} == {"SHOP-PARIS", "SHOP-LYON"}
    retailer.assert_stock_is_true()


def test_refusing_needs_no_second_thought_from_the_customer(
    retailer: Retailer, associate: Client
) -> None:
    order = retailer.place({"LAMP": 1})
    (job,) = release(retailer, order)
    for wrong in ("4111 1111 1111 1111", "a\0b", "x" * 201):
        said = _act(associate, job, "refuse", reason="no_capacity", note=wrong)
        assert "notice-bad" in said
        assert state_of(retailer, job) == "released"
    said = _act(associate, job, "refuse", reason="no_capacity", note="alone today")
    assert "is refused" in said
    assert state_of(retailer, job) == "refused"
    page = associate.get(f"{PARIS}{job}/").content.decode()
    assert "The shop has refused it." in page
    assert "A colleague or the customer was faster" in _act(associate, job, "accept")
    retailer.assert_stock_is_true()


def test_all_waiting_orders_are_accepted_at_once(retailer: Retailer, associate: Client) -> None:
    jobs = [release(retailer, pickup(retailer, LAMP=1))[0] for _ in range(3)]
    assert "Accept all 3" in associate.get(PARIS).content.decode()
    page = associate.post(f"{PARIS}accept-all/", follow=True).content.decode()
    assert "3 orders accepted." in page
    assert {state_of(retailer, job) for job in jobs} == {"accepted"}
    assert (
        "0 orders accepted." in associate.post(f"{PARIS}accept-all/", follow=True).content.decode()
    )


def test_the_list_needs_no_more_queries_for_more_work(
    retailer: Retailer, associate: Client
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    pickup(retailer, LAMP=1)
    associate.get(PARIS)
    with CaptureQueriesContext(connection) as captured:
        associate.get(PARIS)
    few = len(captured)  # counted now: the next request clears the log
    assert few
    for _ in range(3):
        pickup(retailer, LAMP=1, CHAIR=1)
    with CaptureQueriesContext(connection) as captured:
        associate.get(PARIS)
        assert len(captured) <= few


def test_an_unknown_step_is_no_page(retailer: Retailer, associate: Client) -> None:
    (job,) = release(retailer, pickup(retailer, LAMP=1))
    assert associate.post(f"{PARIS}{job}/explode/").status_code == 404
    assert associate.get(f"{PARIS}{job}/accept/").status_code == 405
    assert associate.get(f"{PARIS}ful_nonsense/").status_code == 404


def test_an_office_worker_chooses_among_all_places(retailer: Retailer) -> None:
    del retailer
    client = sign_in(Role.OPERATIONS)
    page = client.get("/store/").content.decode()
    assert page.count("shop-choice") == 4
    assert client.get("/store/?q=lyon").content.decode().count("shop-choice") == 1
    assert "No shop found" in client.get("/store/?q=atlantis").content.decode()
