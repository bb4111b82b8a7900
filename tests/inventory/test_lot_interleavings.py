"""Two who handle the same lot or serial at once: the second waits, sees, and is right."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction

from chaland.catalog.models import Sku
from chaland.inventory.models import Lot, Movement, Serial
from chaland.inventory.operations import adjust, issue, reserve
from chaland.inventory.queries import verify
from chaland.inventory.types import Adjustment, AdjustmentOutcome, IssueRequest, MovementKind
from chaland.kernel.actor import SYSTEM
from tests.inventory.conftest import NOW, Retailer, request_for
from tests.inventory.other import PATIENCE, Other

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]


@pytest.fixture
def other(retailer: Retailer) -> Iterator[Other]:
    del retailer
    second = Other()
    yield second
    second.close()


def receive(retailer: Retailer, place: int, units: int, **name: Any) -> AdjustmentOutcome:
    item = Adjustment(
        sku_id=retailer.skus[0],
        location_id=retailer.locations[place],
        kind=MovementKind.RECEIPT,
        source="wms",
        occurred_at=NOW,
        on_hand_delta=units,
        **name,
    )
    (outcome,) = adjust(adjustments=[item], now=NOW, actor=SYSTEM)
    return outcome


def kept(retailer: Retailer) -> Callable[[], object]:
    """Reserve a unit; return what lets it leave."""
    wanted = request_for(retailer.skus[0], retailer.locations[0], 1)
    with transaction.atomic():
        reserve(requests=[wanted], now=NOW, actor=SYSTEM)
    return lambda: issue(issues=[IssueRequest(wanted.reservation_id)], now=NOW, actor=SYSTEM)


def test_the_last_unit_of_a_lot_leaves_once(retailer: Retailer, other: Other) -> None:
    Sku.objects.filter(id=retailer.skus[0]).update(tracking="lot")
    with transaction.atomic():
        receive(retailer, 0, 1, lot="A", expires_on=NOW.date())
        receive(retailer, 0, 1, lot="B")
    first, second = kept(retailer), kept(retailer)
    with transaction.atomic():
        first()
        waiting = other.start(second)
    waiting.result(PATIENCE)
    left = Movement.objects.filter(kind="issue").order_by("id").values_list("lot", flat=True)
    assert list(left) == ["A", "B"]
    assert not Lot.objects.exclude(on_hand=0).exists()
    assert verify().clean


def test_a_serial_is_registered_at_one_of_two_shops(retailer: Retailer, other: Other) -> None:
    Sku.objects.filter(id=retailer.skus[0]).update(tracking="serial")
    with transaction.atomic():
        assert receive(retailer, 0, 1, serials=("S1",)).status == "applied"
        second = other.start(lambda: receive(retailer, 1, 1, serials=("S1",)))
    outcome = second.result(PATIENCE)
    assert isinstance(outcome, AdjustmentOutcome)
    assert outcome.problem
    assert outcome.problem.code == "serial_in_stock"
    assert Serial.objects.get().location_id == retailer.locations[0]
    assert verify().clean
