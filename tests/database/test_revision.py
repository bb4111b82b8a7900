"""Revisions grow and are seen."""

import pytest
from django.db import transaction

from chaland.database.revision import bump_revision, read_revisions

pytestmark = pytest.mark.django_db


class GiveUpError(Exception):
    """What makes the transaction of a test roll back."""


def test_a_name_never_bumped_is_absent() -> None:
    assert "network" not in read_revisions()


def test_each_bump_raises_its_own_name_only() -> None:
    bump_revision("network")
    bump_revision("catalog")
    before = read_revisions()
    bump_revision("network")
    after = read_revisions()
    assert after["network"] > before["network"]
    assert after["catalog"] == before["catalog"]


def test_a_bump_that_is_rolled_back_lends_its_number_to_nobody() -> None:
    bump_revision("network")
    lost = 0
    try:
        with transaction.atomic():
            bump_revision("network")
            lost = read_revisions()["network"]
            raise GiveUpError  # noqa: TRY301  it is what rolls the block back
    except GiveUpError:
        bump_revision("network")
    assert read_revisions()["network"] > lost
