"""Carriers on the console: services, their rate cards, previewing and importing one."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from chaland.access.types import Role
from chaland.promise.queries import rate_cards
from tests.retailer import Retailer
from tests.screens import sign_in

CARD = "areas,max_weight_kg,up_to_km,price\nFR,1,300,4.90\nFR-20,30,,19.90\n*,30,,29.00\n"
PAGE = "/console/carriers/home-standard/"


@pytest.fixture
def client(transactional_db: None) -> Client:
    """Write the small retailer, and sign in."""
    del transactional_db
    Retailer.build({"LAMP": {"WH": 1}})
    return sign_in(Role.ADMINISTRATOR)


def _text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return re.sub(r"\s+", " ", response.content.decode())


def _send(client: Client, text: str = CARD, **fields: str) -> tuple[int, str]:
    sent = {"file": SimpleUploadedFile("card.csv", text.encode()), "valid_from": "2026-01-01"}
    response = client.post(f"{PAGE}import/", {**sent, **fields}, follow=True)
    return response.status_code, re.sub(r"\s+", " ", response.content.decode())


def test_services_are_listed_with_their_own_prices(client: Client) -> None:
    assert PAGE in _text(client, "/console/carriers/")
    page = _text(client, PAGE)
    assert "The service’s own prices" in page
    assert "€5.00" in page
    assert client.get("/console/carriers/nobody/").status_code == 404


def test_a_card_is_previewed_and_then_written(client: Client) -> None:
    status, page = _send(client, preview="on")
    assert (status, "3 prices would change" in page) == (200, True)
    assert rate_cards() == []
    status, page = _send(client, origin="location:WH")
    assert (status, "The rate card is written." in page) == (200, True)
    assert "FR-20" in page
    status, page = _send(client)
    assert [card.origin for card in rate_cards()] == ["", "WH"]
    assert "Prices from" in _text(client, PAGE)


def test_what_is_wrong_in_a_file_is_shown_by_line(client: Client) -> None:
    status, page = _send(client, CARD + "FR,x,,1\n")
    assert status == 422
    assert "max_weight_kg" in page
    assert "Nothing was changed" in page
    assert _send(client, valid_from="soon")[0] == 422
    assert rate_cards() == []


def test_who_may_only_look_imports_nothing(client: Client) -> None:
    del client
    reader = sign_in(Role.CUSTOMER_SERVICE)
    answer = reader.post(f"{PAGE}import/", {"valid_from": "2026-01-01"})
    assert answer.status_code == 403
