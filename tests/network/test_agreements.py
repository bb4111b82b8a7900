"""Owners of stock agree to channels; those who were here before were taken to have agreed."""

from importlib import import_module

import pytest

from chaland.database.revision import bump_revision
from chaland.database.statements import execute, fetch_all
from chaland.network.queries import snapshot
from tests.retailer import Retailer


@pytest.mark.django_db
def test_who_was_here_before_goes_on_selling_everywhere() -> None:
    Retailer.build({})
    execute("DELETE FROM network_agreement")
    bump_revision("network")
    refused = snapshot().withheld_by_owner["web"]
    assert [snapshot().locations[index].code for index in refused.nonzero()[0]] == ["SHOP-LILLE"]

    execute(import_module("chaland.network.migrations.0004_agreement").GRANDFATHER)
    bump_revision("network")
    assert snapshot().withheld_by_owner == {}
    assert fetch_all("SELECT count(*) FROM network_agreement") == [(1,)]
