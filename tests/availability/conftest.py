"""The small retailer of the journeys, with a second channel that sells from some shops only."""

from collections.abc import Callable, Mapping

import pytest
from django.db import transaction

from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM
from chaland.network import operations as network
from chaland.network.types import ChannelDraft, ChannelKind, LocationGroupDraft
from tests.retailer import Retailer

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
