"""The small retailer of the journeys, with a second channel that sells from some shops only."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.db import transaction

from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM
from chaland.network import operations as network
from chaland.network.types import ChannelDraft, ChannelKind, LocationGroupDraft
from tests.retailer import Retailer

SetRule = Callable[..., Any]
Build = Callable[[Mapping[str, Mapping[str, int]]], Retailer]

STOCK = {
    "LAMP": {"WH": 10, "SHOP-PARIS": 2, "SHOP-LILLE": 1},
    "CHAIR": {"WH": 5, "SHOP-PARIS": 1},
    "VASE": {"SHOP-LYON": 1},
}


def add_market() -> None:
    """Write a channel ``market`` that sells from Paris and Lyon."""
    now = clock.now()
    with transaction.atomic():
        network.upsert_location_groups(
            drafts=[LocationGroupDraft(code="cities", name="Cities", locations=CITIES)],
            now=now,
            actor=SYSTEM,
        )
        network.upsert_channels(
            drafts=[
                ChannelDraft(
                    code="market",
                    name="Market",
                    kind=ChannelKind.MARKETPLACE,
                    currency="EUR",
                    countries=frozenset({"FR"}),
                    pool="cities",
                )
            ],
            now=now,
            actor=SYSTEM,
        )


CITIES = ("SHOP-LYON", "SHOP-PARIS")


@pytest.fixture
def shop(db: None) -> Retailer:
    """Write the retailer inside the test's transaction."""
    del db
    retailer = Retailer.build(STOCK)
    add_market()
    return retailer


@pytest.fixture
def open_shop(transactional_db: None) -> Retailer:
    """Write the retailer and commit it, for what other connections have to see."""
    del transactional_db
    retailer = Retailer.build(STOCK)
    add_market()
    return retailer


@pytest.fixture
def retailer(transactional_db: None) -> Retailer:
    """Ten lamps in the warehouse, some in shops; three chairs at the franchisee's alone."""
    del transactional_db
    return Retailer.build(
        {
            "LAMP": {"WH": 10, "SHOP-PARIS": 4, "SHOP-LYON": 1},
            "CHAIR": {"SHOP-LILLE": 3},
            "VASE": {"SHOP-PARIS": 2},
        }
    )


@pytest.fixture
def set_rule(retailer: Retailer) -> SetRule:
    """Make or change a rule; the answer must be a success."""

    def put(code: str, **values: Any) -> Any:
        body = {"name": code.replace("-", " ").title(), **values}
        answer = retailer.client.put(f"/stock/rules/{code}", body)
        assert answer.status in (200, 201), answer.body
        return answer.body

    return put
