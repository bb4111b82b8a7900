"""The retailer is written into the rooms, once, and its stock verifies."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chaland.access.models import User
from chaland.catalog import queries as catalog
from chaland.demo import sign_ins
from chaland.demo.building import DemoError, build, is_built
from chaland.journeys.verify_stock import verify_stock
from chaland.kernel.actor import SYSTEM
from chaland.network import operations as network_operations
from chaland.network import queries as network
from chaland.network.types import OrganisationDraft, OrganisationKind

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.mark.django_db
def test_the_retailer_is_built_whole(tmp_path: Path) -> None:
    told: list[str] = []
    assert not is_built()
    made = build(folder=tmp_path, now=NOW, told=told.append)
    assert is_built()
    snapshot = network.snapshot()
    assert len(snapshot) == 75
    assert set(snapshot.channels) == {
        "web-fr", "app-fr", "boutique-fr", "marketplace-fr", "annecy-en-ville"
    }  # fmt: skip
    assert len(snapshot.groups["annecy"].locations) == 10
    assert len(snapshot.groups["magasins"].locations) == 60
    assert len(snapshot.groups["reseau"].locations) == 65
    assert catalog.sku("KIT-001").components
    report = verify_stock()
    assert report.clean, report
    assert sign_ins.load(tmp_path) == made
    mode = stat.S_IMODE((tmp_path / sign_ins.FILE_NAME).stat().st_mode)
    assert mode == stat.S_IRUSR | stat.S_IWUSR
    assert User.objects.count() == len(made.people)
    first = made.people[0]
    assert User.objects.get(email=first.email).check_password(first.password)
    assert {person.role for person in made.people} == {
        "administrator", "operations", "customer_service", "store_associate", "merchant"
    }  # fmt: skip
    assert len(told) == 6


@pytest.mark.django_db
def test_a_database_of_somebody_else_is_left_alone() -> None:
    draft = OrganisationDraft(
        code="other", name="Another retailer", kind=OrganisationKind.GROUP, country="FR"
    )
    network_operations.upsert_organisations(drafts=[draft], now=NOW, actor=SYSTEM)
    with pytest.raises(DemoError, match="another retailer"):
        is_built()
