"""Contract tests share one small retailer, and where they need it one real server, per module."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from chaland.availability.channel_stock import channel_stock
from chaland.inventory.mirror import mirror_of_this_database
from tests.conftest import TEST_DATA
from tests.contract.shop import Shop
from tests.processes import Processes


@pytest.fixture(scope="module")
def shop(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Shop]:
    """Write a retailer; afterwards prove that its stock is still true, and empty the database."""
    del django_db_setup
    with django_db_blocker.unblock():
        built = Shop.build()
        yield built
        built.retailer.assert_stock_is_true()
        call_command("flush", verbosity=0, interactive=False)
        # Ids begin anew, behind the ledger's back: what is remembered of them is wrong now.
        mirror_of_this_database().forget()
        channel_stock().forget()


@dataclass(frozen=True)
class Served:
    """Where the API answers, and what it knows."""

    url: str
    shop: Shop


@pytest.fixture(scope="module")
def served(shop: Shop, database_url: str) -> Iterator[Served]:
    """Serve the retailer by a real server."""
    with Processes(database_url=database_url, data=TEST_DATA) as started:
        yield Served(started.serve(threads=8).url, shop)
