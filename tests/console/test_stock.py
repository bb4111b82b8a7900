"""Stock on the console: finding a product, why units are not for sale, correcting what is wrong."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from chaland.access.types import Role
from chaland.console import movements, shares
from chaland.console.shares import Share
from chaland.inventory.types import MovementKind, UnavailableStatus
from chaland.kernel import clock
from tests.retailer import Retailer
from tests.screens import sign_in

STOCK = {
    "LAMP": {"WH": 10, "SHOP-PARIS": 5},
    "CHAIR": {"WH": 4, "SHOP-LYON": 4},
    "VASE": {"SHOP-LILLE": 2, "WH": 3},
}


@pytest.fixture
def retailer(transactional_db: None) -> Retailer:
    """Write the small retailer."""
    del transactional_db
    return Retailer.build(STOCK)


def _text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return re.sub(r"\s+", " ", response.content.decode())


def _adjust(client: Client, sku: str, **fields: str) -> tuple[int, str]:
    page = client.get(f"/console/stock/{sku}/?adjust=SHOP-PARIS").content.decode()
    message = page.split('name="message" value="')[1].split('"')[0]
    body = {"location": "SHOP-PARIS", "reason": "shelf check", "message": message, **fields}
    response = client.post(f"/console/stock/{sku}/adjust/", body, follow=True)
    return response.status_code, response.content.decode()


def test_a_scan_opens_the_product_and_a_name_lists_it(retailer: Retailer) -> None:
    body = {"name": "Lamp", "weight_grams": 500, "gtins": ["2000010022540"]}
    assert retailer.client.put("/skus/LAMP", body).status == 200
    client = sign_in(Role.OPERATIONS)
    for scanned in ("2000010022540", "02000010022540", "LAMP"):
        response = client.get(f"/console/stock/?q={scanned}")
        assert (response.status_code, response["Location"]) == (302, "/console/stock/LAMP/")
    listed = _text(client, "/console/stock/?q=lam")
    assert "/console/stock/LAMP/" in listed
    assert "/console/stock/CHAIR/" not in listed
    typing = client.get("/console/stock/?q=LAMP", headers={"hx-request": "true"})
    assert typing.content.decode().strip().startswith('<section class="card" id="found"')
    assert "No product matches" in _text(client, "/console/stock/?q=nothing")


def test_every_unit_that_is_not_for_sale_is_explained(retailer: Retailer) -> None:
    retailer.place({"LAMP": 2})
    client = sign_in(Role.OPERATIONS)
    assert _adjust(client, "LAMP", action="set_aside", status="damaged", quantity="1")[0] == 200
    page = _text(client, "/console/stock/LAMP/")
    assert "10 on hand: 2 reserved, 8 for sale" in page
    assert "5 on hand: 1 damaged, 4 for sale" in page
    assert "15 on hand: 2 reserved, 1 damaged, 12 for sale" in page
    assert "1 set aside: damaged" in page
    french = _text(sign_in(Role.ADMINISTRATOR, "fr"), "/console/stock/LAMP/")
    assert "15 en stock : 2 réservés, 1 abîmé, 12 à vendre" in french
    retailer.assert_stock_is_true()


def test_an_adjustment_is_written_once_with_its_reason(retailer: Retailer) -> None:
    client = sign_in(Role.OPERATIONS)
    status, page = _adjust(client, "LAMP", action="receive", quantity="3")
    assert (status, "Written to the ledger: 3 units." in page) == (200, True)
    again = client.get("/console/stock/LAMP/?adjust=SHOP-PARIS").content.decode()
    message = again.split('name="message" value="')[1].split('"')[0]
    body = {"location": "SHOP-PARIS", "action": "take_off", "quantity": "2"}
    for _ in range(2):  # a button pressed twice
        client.post("/console/stock/LAMP/adjust/", {**body, "reason": "stolen", "message": message})
    assert retailer.available("LAMP", "SHOP-PARIS") == 6
    assert _adjust(client, "LAMP", action="count", quantity="4")[0] == 200
    ledger = _text(client, "/console/stock/LAMP/ledger/?location=SHOP-PARIS")
    for said in ("Counted: 4 there, 2 fewer than recorded", "3 received", "2 taken off", "stolen"):
        assert said in ledger
    assert ledger.count("2 taken off") == 1
    retailer.assert_stock_is_true()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"action": "take_off", "quantity": "9"}, "take away no more than is there"),
        ({"action": "put_back", "quantity": "1", "status": "damaged"}, "free no more than"),
        ({"action": "receive", "quantity": "0"}, "one at least"),
        ({"action": "receive", "quantity": "1", "reason": ""}, "This field is required"),
        ({"action": "receive", "quantity": "1", "location": "NOWHERE"}, "Select a valid choice"),
        ({"action": "receive", "quantity": "1", "reason": "4111 1111 1111 1111"}, "card number"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    retailer: Retailer, fields: dict[str, str], said: str
) -> None:
    status, page = _adjust(sign_in(Role.OPERATIONS), "LAMP", **fields)
    assert status == 422
    assert said in page
    assert 'id="adjust" aria-labelledby="adjust-title" data-open' in page
    assert retailer.available("LAMP", "SHOP-PARIS") == 5


def test_people_see_and_change_their_own_sites_only(retailer: Retailer) -> None:
    client = sign_in(Role.MERCHANT, organisations=["nord"])
    page = _text(client, "/console/stock/VASE/")
    assert "Lille store" in page
    assert "Orléans" not in page
    body = {"location": "WH", "action": "add", "quantity": "1", "reason": "x", "message": "adj_1"}
    assert client.post("/console/stock/VASE/adjust/", body).status_code == 422
    assert "Orléans" not in _text(client, "/console/stock/VASE/ledger/?location=WH")
    reader = sign_in(Role.CUSTOMER_SERVICE)
    assert "data-opens" not in _text(reader, "/console/stock/VASE/")
    assert reader.post("/console/stock/VASE/adjust/", body).status_code == 403
    assert retailer.available("VASE", "WH") == 3


def test_the_past_is_shown_as_it_was(retailer: Retailer) -> None:
    client = sign_in(Role.OPERATIONS)
    before = (clock.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    page = _text(client, f"/console/stock/LAMP/?at={before}")
    assert "As it was on" in page
    assert "No site has ever had it" in page
    future = (clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    assert "The ledger knows the past only." in _text(client, f"/console/stock/LAMP/?at={future}")
    del retailer


def test_sites_are_narrowed_and_sorted(retailer: Retailer) -> None:
    client = sign_in(Role.OPERATIONS)
    shops = _text(client, "/console/stock/LAMP/?kind=store")
    assert 'id="at-SHOP-PARIS"' in shops
    assert 'id="at-WH"' not in shops
    by_name = _text(client, "/console/stock/LAMP/?sort=name")
    assert by_name.index('id="at-WH"') < by_name.index('id="at-SHOP-PARIS"')
    assert "No site matches" in _text(client, "/console/stock/LAMP/?problem=blocked")
    assert "A kit has no stock of its own" in _text(client, "/console/stock/CORNER/")
    del retailer


@pytest.mark.parametrize("path", ["stock/", "stock/LAMP/", "stock/LAMP/ledger/"])
def test_more_stock_needs_no_more_queries(retailer: Retailer, path: str) -> None:
    client = sign_in(Role.OPERATIONS)

    def queries() -> int:
        client.get(f"/console/{path}")
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/console/{path}")
        return len(captured)

    retailer.place({"LAMP": 1})
    few = queries()
    for _ in range(3):
        retailer.place({"LAMP": 1, "CHAIR": 1})
    for place in ("SHOP-LYON", "SHOP-LILLE"):
        item = {"sku": "LAMP", "location": place, "kind": "receipt", "on_hand_delta": 1}
        assert retailer.client.post("/stock/adjustments", {"items": [item]}).status == 200
    assert queries() <= few


def test_every_kind_of_movement_and_every_status_has_words() -> None:
    assert set(MovementKind) == set(movements._LOOKS)
    with translation.override("en"):
        for status in UnavailableStatus:
            assert Share(status.value, 2).text.startswith("2 ")


def test_parts_of_a_sum_are_added_up_and_fill_the_bar() -> None:
    one = [Share(shares.RESERVED, 2), Share(shares.WITHHELD, 3, "kept"), Share(shares.SALE, 5)]
    other = [Share("damaged", 1), Share(shares.WITHHELD, 2, "kept"), Share(shares.SALE, 0)]
    with translation.override("en"):
        parts = shares.summed([one, other])
        assert shares.sentence(13, parts) == (
            "13 on hand: 2 reserved, 1 damaged, 5 kept, 5 for sale"
        )
        assert shares.sentence(5, [Share(shares.SALE, 5)]) == "All for sale."
        assert shares.sentence(0, []) == "Nothing on hand."
    bar = shares.segments(parts)
    assert [part.key for part in bar] == ["sale", "reserved", "damaged", "withheld"]
    assert float(bar[-1].start) + float(bar[-1].width) == pytest.approx(100, abs=0.02)
    assert shares.segments([]) == []
