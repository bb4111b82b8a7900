"""What joint choices saved, on the console."""

from decimal import Decimal

import pytest

from chaland.access.types import Role
from chaland.kernel import clock
from chaland.kernel.ids import new_uuid
from chaland.sourcing.operations import record_reoptimisation
from chaland.sourcing.types import JointStatus, ReoptimisationRun
from tests.retailer import Retailer
from tests.screens import sign_in

RUN = ReoptimisationRun(
    id=new_uuid(),
    started_at=clock.now(),
    seconds=2.25,
    status=JointStatus.BUDGET,
    orders=412,
    proposed=60,
    changed=57,
    cost_before=Decimal("4871.2000"),
    cost_after=Decimal("4700.0000"),
    saved=Decimal("164.3500"),
    lower_bound=Decimal("4660.0000"),
    change_price=Decimal("0.5000"),
)


@pytest.fixture
def retailer(transactional_db: None) -> Retailer:
    """Write the small retailer."""
    del transactional_db
    return Retailer.build({"LAMP": {"WH": 1}})


def test_the_page_tells_what_was_saved_and_how_good_it_was(retailer: Retailer) -> None:
    del retailer
    record_reoptimisation(run=RUN)

    client = sign_in(Role.ADMINISTRATOR)
    page = client.get("/console/joint-choices/").content.decode()

    for text in ("412", "57", "3 had moved on", "164.35", "3.37 %", "1.48 %", "time ran out"):
        assert text in page, text
    assert "/console/joint-choices/" in client.get("/console/strategies/").content.decode()


def test_who_sees_a_part_of_the_group_only_does_not_see_it(retailer: Retailer) -> None:
    del retailer
    limited = sign_in(Role.OPERATIONS, organisations=["nord"])

    assert limited.get("/console/joint-choices/").status_code == 403
    assert "/console/joint-choices/" not in limited.get("/console/strategies/").content.decode()
