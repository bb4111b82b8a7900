"""Counts on the console: asked for, decided by a second person, called off."""

import re
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from chaland.access.types import Role
from chaland.accuracy.operations import read_ledger
from chaland.accuracy.types import CountState, DriftReason, LineState
from chaland.console import wording
from tests.retailer import Retailer
from tests.screens import sign_in

STOCK = {"LAMP": {"WH": 10, "SHOP-PARIS": 9}, "CHAIR": {"SHOP-PARIS": 4}}


@pytest.fixture
def retailer(transactional_db: None) -> Retailer:
    """Write the small retailer."""
    del transactional_db
    return Retailer.build(STOCK)


def _text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return re.sub(r"\s+", " ", response.content.decode())


def _ask(client: Client, **fields: Any) -> tuple[int, str]:
    body = {"location": "SHOP-PARIS", "skus-more": "LAMP, CHAIR", "blind": "on", **fields}
    response = client.post("/console/counts/ask/", body)
    return response.status_code, response.headers.get("Location", response.content.decode())


def _counted(retailer: Retailer, client: Client) -> str:
    """Ask for a count, let the shop find four lamps too few, and return its page."""
    status, page = _ask(client)
    assert status == 302
    count = page.rstrip("/").split("/")[-1]
    scans = [
        {"scan_id": sku, "sku": sku, "mode": "set", "quantity": units}
        for sku, units in (("LAMP", 5), ("CHAIR", 4))
    ]
    answer = retailer.client.post(f"/stock/counts/{count}/scans", {"items": scans})
    assert answer.status == 200
    assert "10.00" not in _text(client, page)
    assert retailer.client.post(f"/stock/counts/{count}/submit").status == 200
    return page


def test_a_large_difference_is_believed_by_a_second_person(retailer: Retailer) -> None:
    client = sign_in(Role.OPERATIONS)
    page = _counted(retailer, client)
    assert retailer.available("LAMP", "SHOP-PARIS") == 9
    shown = _text(client, page)
    assert "Believe the chosen lines" in shown
    assert ">-4<" in shown
    assert re.search(r"Counts to approve</span> <strong>1</strong>", _text(client, "/console/"))
    body = {"sku": ["LAMP"], "reason-LAMP": "shrink", "what": "approve", "note": "looked twice"}
    done = client.post(f"{page}decide/", body, follow=True).content.decode()
    assert "The stock is as counted." in done
    assert "stolen or lost" in done
    assert retailer.available("LAMP", "SHOP-PARIS") == 5
    assert page in _text(client, "/console/counts/?state=approved")
    retailer.assert_stock_is_true()


def test_a_difference_is_counted_again_or_left(retailer: Retailer) -> None:
    client = sign_in(Role.OPERATIONS)
    page = _counted(retailer, client)
    nothing = client.post(f"{page}decide/", {"what": "approve"}, follow=True).content.decode()
    assert "Choose at least one line." in nothing
    client.post(f"{page}decide/", {"sku": ["LAMP"], "what": "recount"})
    assert "To count again" in _text(client, page)
    off = client.post(f"{page}cancel/", follow=True).content.decode()
    assert "Cancelled" in off
    assert retailer.available("LAMP", "SHOP-PARIS") == 9


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"skus-more": "NOTHING"}, "there is no SKU"),
        ({"location": "MOON"}, "Select a valid choice"),
        ({"due_on": "soon"}, "Enter a valid date"),
    ],
)
def test_a_count_that_cannot_be_is_refused(
    retailer: Retailer, fields: dict[str, str], said: str
) -> None:
    status, page = _ask(sign_in(Role.OPERATIONS), **fields)
    assert status == 422
    assert said in page
    del retailer


def test_accuracy_is_told_by_three_definitions_with_its_cost(retailer: Retailer) -> None:
    client = sign_in(Role.OPERATIONS)
    assert "Nothing was counted in this time" in _text(client, "/console/accuracy/")
    page = _counted(retailer, client)
    client.post(f"{page}decide/", {"sku": ["LAMP"], "reason-LAMP": "shrink", "what": "approve"})
    with transaction.atomic():  # as the worker does each second
        read_ledger()
    shown = _text(client, "/console/accuracy/")
    assert "<dd>50 %</dd><dt>exact" in shown
    assert "<dd>44 %</dd><dt>WAPE" in shown
    assert "stolen or lost" in shown
    assert "Paris store" in shown
    merchant = sign_in(Role.MERCHANT, organisations=["nord"])
    assert "Paris store" not in _text(merchant, "/console/accuracy/")


def test_readers_decide_nothing_and_merchants_see_their_own(retailer: Retailer) -> None:
    page = _counted(retailer, sign_in(Role.OPERATIONS))
    reader = sign_in(Role.CUSTOMER_SERVICE)
    assert "Believe the chosen lines" not in _text(reader, page)
    assert reader.post(f"{page}decide/", {"what": "approve"}).status_code == 403
    assert reader.post("/console/counts/ask/").status_code == 403
    merchant = sign_in(Role.MERCHANT, organisations=["nord"])
    assert merchant.get(page).status_code == 404
    assert page not in _text(merchant, "/console/counts/?location=SHOP-PARIS")


def test_every_state_and_reason_has_words() -> None:
    assert set(CountState) == set(wording.COUNT_STATES)
    assert set(LineState) == set(wording.COUNT_LINE_STATES)
    assert set(DriftReason) == set(wording.DRIFT_REASONS)
