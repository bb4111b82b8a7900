"""What people and systems report is applied in turn, once, or refused alone."""

from datetime import timedelta

import pytest
from django.db import transaction

from chaland.inventory.models import Movement, Position
from chaland.inventory.operations import adjust, load_opening_stock, reserve
from chaland.inventory.types import (
    Adjustment,
    MovementKind,
    OpeningStock,
    PositionState,
    UnavailableStatus,
)
from chaland.kernel.actor import SYSTEM
from chaland.kernel.errors import ConflictError
from chaland.outbox.models import Event
from tests.inventory.conftest import NOW, Put, Retailer, request_for, state_of

pytestmark = pytest.mark.django_db


def report(
    sku: int, location: int, kind: MovementKind = MovementKind.ADJUSTMENT, **fields: object
) -> Adjustment:
    values = {"source": "erp", "occurred_at": NOW, **fields}
    return Adjustment(sku_id=sku, location_id=location, kind=kind, **values)  # type: ignore[arg-type]


def outcomes(*items: Adjustment) -> list[str]:
    """Apply *items*; return ``applied``, ``duplicate`` or the code of the problem of each."""
    done = adjust(adjustments=items, now=NOW, actor=SYSTEM)
    return [item.problem.code if item.problem else item.status for item in done]


def test_a_receipt_makes_the_position_and_turns_expected_units_into_stock(
    retailer: Retailer,
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    assert outcomes(
        report(sku, place, MovementKind.EXPECTATION, incoming_delta=10),
        report(sku, place, MovementKind.RECEIPT, on_hand_delta=8, incoming_delta=-8),
    ) == ["applied", "applied"]
    assert state_of(sku, place) == PositionState(on_hand=8, incoming=2)
    assert list(
        Movement.objects.order_by("id").values_list("kind", "on_hand_delta", "incoming_delta")
    ) == [("expectation", 0, 10), ("receipt", 8, -8)]


def test_a_count_says_what_is_there_and_the_ledger_keeps_it(
    retailer: Retailer, open_stock: Put
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 10)
    reserve(requests=[request_for(sku, place, 3)], now=NOW, actor=SYSTEM)
    earlier = NOW - timedelta(hours=1)

    done = adjust(
        adjustments=[report(sku, place, MovementKind.COUNT, on_hand=7, occurred_at=earlier)],
        now=NOW,
        actor=SYSTEM,
    )

    assert done[0].state == PositionState(on_hand=7, reserved=3)
    line = Movement.objects.get(kind="count")
    assert (line.counted, line.on_hand_delta, line.occurred_at) == (7, -3, earlier)
    assert line.recorded_at is not None


def test_a_count_that_changes_nothing_is_evidence_all_the_same(
    retailer: Retailer, open_stock: Put
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 10)
    assert outcomes(report(sku, place, MovementKind.COUNT, on_hand=10)) == ["applied"]
    assert Movement.objects.get(kind="count").on_hand_delta == 0


def test_a_bad_item_is_refused_alone(retailer: Retailer, open_stock: Put) -> None:
    tea, cup = retailer.skus
    place = retailer.locations[0]
    open_stock(tea, place, 10)
    reserve(requests=[request_for(tea, place, 6)], now=NOW, actor=SYSTEM)

    assert outcomes(
        report(tea, place, on_hand_delta=-11),
        report(tea, place, on_hand_delta=-5),
        report(tea, place, MovementKind.COUNT, on_hand=5),
        report(tea, place, on_hand_delta=-4),
        report(tea, place, on_hand_delta=-1),
        report(cup, place, on_hand_delta=-1),
        report(cup, place, on_hand_delta=2),
    ) == [
        "below_zero",
        "too_few_available",
        "too_few_available",
        "applied",
        "too_few_available",
        "below_zero",
        "applied",
    ]
    assert state_of(tea, place) == PositionState(on_hand=6, reserved=6)
    assert state_of(cup, place) == PositionState(on_hand=2)


def test_a_refused_item_makes_no_position(retailer: Retailer) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    assert outcomes(
        report(sku, place, on_hand_delta=-1), report(sku, place, on_hand_delta=10_000_000)
    ) == ["below_zero", "out_of_range"]
    assert not Position.objects.exists()
    assert not Movement.objects.exists()
    assert not Event.objects.exists()


def test_blocked_units_keep_their_status(retailer: Retailer, open_stock: Put) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 4)
    display = UnavailableStatus.DISPLAY
    damaged = UnavailableStatus.DAMAGED
    assert outcomes(
        report(sku, place, MovementKind.BLOCKING, unavailable_delta=2, status=display),
        report(sku, place, MovementKind.UNBLOCKING, unavailable_delta=-1, status=damaged),
        report(sku, place, MovementKind.UNBLOCKING, unavailable_delta=-1, status=display),
        report(sku, place, MovementKind.BLOCKING, unavailable_delta=4, status=damaged),
    ) == ["applied", "below_zero", "applied", "too_few_available"]
    assert state_of(sku, place) == PositionState(on_hand=4, unavailable=1)


def test_a_message_counts_once(retailer: Retailer, open_stock: Put) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 4)
    receipt = report(sku, place, MovementKind.RECEIPT, on_hand_delta=3, source_ref="GR-1")
    later = NOW + timedelta(hours=1)
    count = report(sku, place, MovementKind.COUNT, on_hand=9, source_ref="INV-1", occurred_at=later)

    assert outcomes(receipt, receipt) == ["applied", "duplicate"]
    assert outcomes(count, receipt, count) == ["applied", "duplicate", "duplicate"]
    assert state_of(sku, place).on_hand == 9
    assert Movement.objects.exclude(source_ref=None).count() == 2


def test_what_happened_since_a_count_stands(retailer: Retailer, open_stock: Put) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 10)
    counted_at = NOW + timedelta(hours=1)
    later = NOW + timedelta(hours=2)
    assert outcomes(
        report(sku, place, MovementKind.RECEIPT, on_hand_delta=5, occurred_at=later),
        report(sku, place, on_hand_delta=-1, occurred_at=NOW),
        # Nine lay there, two more than we thought; the five came afterwards.
        report(sku, place, MovementKind.COUNT, on_hand=11, occurred_at=counted_at),
        report(sku, place, on_hand_delta=-2, occurred_at=counted_at),
    ) == ["applied", "applied", "applied", "applied"]
    assert state_of(sku, place) == PositionState(on_hand=14)
    assert Movement.objects.get(kind="count").on_hand_delta == 2
    assert Position.objects.get(pk=(sku, place)).counted_as_of == counted_at


def test_what_a_count_holds_changes_nothing_when_it_comes_late(
    retailer: Retailer, open_stock: Put
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 10)
    counted_at = NOW + timedelta(hours=1)
    count = report(sku, place, MovementKind.COUNT, on_hand=8, occurred_at=counted_at)
    late = report(
        sku,
        place,
        MovementKind.RECEIPT,
        on_hand_delta=3,
        incoming_delta=-3,
        occurred_at=NOW,
        source_ref="GR-9",
    )
    assert outcomes(
        report(sku, place, MovementKind.EXPECTATION, incoming_delta=3),
        count,
        report(sku, place, on_hand_delta=-2, occurred_at=NOW),
        late,
        late,
        report(sku, place, MovementKind.COUNT, on_hand=10, occurred_at=NOW),
        count,
        report(sku, place, MovementKind.COUNT, on_hand=9, occurred_at=counted_at),
    ) == [
        "applied",
        "applied",
        "superseded",
        "superseded",
        "duplicate",
        "stale",
        "duplicate",
        "contradicts_count",
    ]
    assert state_of(sku, place) == PositionState(on_hand=8)
    assert outcomes(late, count) == ["duplicate", "duplicate"]


def test_a_reference_is_no_licence_for_other_content(retailer: Retailer, open_stock: Put) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 4)
    assert outcomes(
        report(sku, place, on_hand_delta=3, source_ref="A"),
        report(sku, place, on_hand_delta=4, source_ref="A"),
        report(sku, place, on_hand_delta=4, source_ref="A", source="wms"),
        report(retailer.skus[1], place, on_hand_delta=4, source_ref="A"),
    ) == ["applied", "source_ref_reused", "applied", "applied"]


def test_one_event_a_sku_tells_what_is_there_now(retailer: Retailer) -> None:
    sku, other = retailer.skus
    warehouse, shop, _ = retailer.locations
    outcomes(
        report(sku, warehouse, on_hand_delta=3),
        report(sku, shop, on_hand_delta=2),
        report(sku, shop, on_hand_delta=-1),
        report(other, shop, on_hand_delta=-1),
    )
    event = Event.objects.get()
    assert (event.type, event.stream, event.subject) == ("stock.adjusted", "sku:TEA", "TEA")
    assert [
        (entry["location"], entry["on_hand"], entry["available"])
        for entry in event.data["positions"]
    ] == [("shop", 1, 1), ("warehouse", 3, 3)]


def test_opening_stock_is_written_once(retailer: Retailer) -> None:
    sku, other = retailer.skus
    place = retailer.locations[0]
    stock = [OpeningStock(other, place, 5, incoming=2), OpeningStock(sku, place, 0)]
    assert load_opening_stock(stock=stock, source="erp", now=NOW, actor=SYSTEM) == 2
    assert state_of(other, place) == PositionState(on_hand=5, incoming=2)
    assert Movement.objects.filter(kind="opening", source="erp").count() == 2

    with pytest.raises(ConflictError, match="opening_stock_exists"), transaction.atomic():
        load_opening_stock(stock=stock, source="erp", now=NOW, actor=SYSTEM)
    assert Movement.objects.count() == 2
