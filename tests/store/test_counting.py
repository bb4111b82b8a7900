"""Counting in the store app: lists, scans that come late and twice, finishing, limits."""

import json
from typing import Any

import pytest
from django.test import Client

from chaland.access.types import Role
from chaland.kernel import clock
from tests.retailer import Retailer
from tests.screens import sign_in

STOCK = {"LAMP": {"SHOP-PARIS": 5, "WH": 9}, "CHAIR": {"SHOP-PARIS": 2}}
SHOP = "/store/SHOP-PARIS/counts/"


@pytest.fixture
def retailer(transactional_db: None) -> Retailer:
    """Write the small retailer."""
    del transactional_db
    return Retailer.build(STOCK)


@pytest.fixture
def associate(retailer: Retailer) -> Client:
    """Sign in somebody who works in Paris."""
    del retailer
    return sign_in(Role.STORE_ASSOCIATE, organisations=["group"], locations=["SHOP-PARIS"])


def _open(retailer: Retailer, **changes: Any) -> str:
    body = {"location": "SHOP-PARIS", "kind": "list", "skus": ["LAMP", "CHAIR"], **changes}
    answer = retailer.client.post("/stock/counts", body)
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


def _send(client: Client, count: str, *scans: dict[str, Any]) -> Any:
    filled = [{"mode": "add", "quantity": 1, "area": "", "sku": True, **scan} for scan in scans]
    return client.post(
        f"{SHOP}{count}/scans/", json.dumps({"scans": filled}), content_type="application/json"
    )


def test_scans_count_once_however_often_they_are_sent(
    retailer: Retailer, associate: Client
) -> None:
    count = _open(retailer)
    page = associate.get(f"{SHOP}{count}/").content.decode()
    assert "One scan for each unit" in page
    assert "/ 5" not in page  # blind: nobody is told what to expect
    made = clock.now().isoformat()
    scans = [{"id": f"s{number}", "code": "LAMP", "at": made} for number in range(4)]
    for _ in range(2):
        answer = _send(associate, count, *scans).json()
    assert {line["sku"]: line["counted"] for line in answer["lines"]} == {"LAMP": 4, "CHAIR": None}
    corrected = {"id": "s9", "code": "LAMP", "mode": "set", "quantity": 5}
    assert _send(associate, count, corrected).json()["lines"][0]["counted"] == 5
    unknown = _send(associate, count, {"id": "x", "code": "2000001234563", "sku": False}).json()
    assert unknown["refused"] == {"x": "No article has this code."}


def test_small_differences_are_believed_and_large_ones_wait(
    retailer: Retailer, associate: Client
) -> None:
    count = _open(retailer)
    _send(
        associate,
        count,
        {"id": "a", "code": "LAMP", "mode": "set", "quantity": 1},
        {"id": "b", "code": "CHAIR", "mode": "set", "quantity": 2},
    )
    done = associate.post(f"{SHOP}{count}/finish/", {"uncounted": "skip"}, follow=True)
    assert "1 difference waits for a second person" in done.content.decode()
    assert retailer.available("LAMP", "SHOP-PARIS") == 5
    assert "Counted lately" in associate.get(SHOP).content.decode()
    again = associate.post(f"{SHOP}{count}/finish/", follow=True).content.decode()
    assert "notice-bad" in again
    retailer.assert_stock_is_true()


def test_a_free_count_begins_with_the_first_scan(retailer: Retailer, associate: Client) -> None:
    response = associate.post(f"{SHOP}begin/")
    page = associate.get(response["Location"]).content.decode()
    assert "Scan the first unit" in page
    count = response["Location"].rstrip("/").split("/")[-1]
    lines = _send(associate, count, {"id": "a", "code": "CHAIR"}).json()["lines"]
    assert lines == [{"sku": "CHAIR", "name": "Chair", "counted": 1, "codes": "CHAIR"}]
    del retailer


NEGATIVE = b'{"scans": [{"id": "a", "code": "LAMP", "mode": "add", "quantity": -1}]}'


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"scans": []}', b'{"scans": [{"id": "a"}]}', NEGATIVE]
)
def test_what_is_no_list_of_scans_changes_nothing(
    retailer: Retailer, associate: Client, body: bytes
) -> None:
    count = _open(retailer)
    answer = associate.post(f"{SHOP}{count}/scans/", body, content_type="application/json")
    assert answer.status_code == 422
    assert retailer.client.get(f"/stock/counts/{count}").body["state"] == "open"


def test_another_shops_count_is_not_found(retailer: Retailer, associate: Client) -> None:
    count = _open(retailer, location="WH", skus=["LAMP"])
    assert associate.get(f"{SHOP}{count}/").status_code == 404
    assert associate.get(f"/store/WH/counts/{count}/").status_code == 404
    assert _send(associate, count, {"id": "a", "code": "LAMP"}).status_code == 404
    assert associate.get(f"{SHOP}nonsense/").status_code == 404
