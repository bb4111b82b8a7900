"""Revisions grow and are seen."""

import pytest

from chaland.database.revision import bump_revision, read_revisions

pytestmark = pytest.mark.django_db


def test_a_name_never_bumped_is_absent() -> None:
    assert "network" not in read_revisions()


def test_each_bump_adds_one_to_its_name_only() -> None:
    bump_revision("network")
    bump_revision("network")
    bump_revision("catalog")
    assert read_revisions() == {"network": 2, "catalog": 1}
