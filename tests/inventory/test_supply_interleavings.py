"""Goods on their way while somebody else writes: the second waits, sees, and is right."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction

from chaland.inventory.operations import (
    announce_supply,
    cancel_supply,
    dispatch_transfers,
    receive_supply,
    reserve,
)
from chaland.inventory.queries import verify
from chaland.inventory.types import (
    InsufficientStockError,
    PositionState,
    SupplyCancellation,
    SupplyDraft,
    SupplyKind,
    SupplyOutcome,
    SupplyReceipt,
    TransferDispatch,
)
from chaland.kernel.actor import SYSTEM
from tests.inventory.conftest import NOW, Put, Retailer, request_for, state_of
from tests.inventory.other import PATIENCE, Other

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]


def announced(retailer: Retailer, quantity: int, *, origin: int | None = None) -> UUID:
    with transaction.atomic():
        (outcome,) = announce_supply(
            drafts=[draft(retailer, quantity, origin)], now=NOW, actor=SYSTEM
        )
    assert outcome.supply_id
    return outcome.supply_id


def draft(retailer: Retailer, quantity: int, origin: int | None = None) -> SupplyDraft:
    return SupplyDraft(
        source="erp",
        reference="R-1",
        line="1",
        kind=SupplyKind.PURCHASE if origin is None else SupplyKind.TRANSFER,
        sku_id=retailer.skus[0],
        destination_id=retailer.locations[1],
        origin_id=origin,
        quantity=quantity,
        expected_at=NOW + timedelta(days=1),
    )


def dispatch(key: UUID) -> SupplyOutcome:
    (outcome,) = dispatch_transfers(dispatches=[TransferDispatch(key, NOW)], now=NOW, actor=SYSTEM)
    return outcome


def receive(key: UUID, quantity: int, ref: str | None = None) -> SupplyOutcome:
    receipt = SupplyReceipt(supply_id=key, quantity=quantity, occurred_at=NOW, source_ref=ref)
    (outcome,) = receive_supply(receipts=[receipt], now=NOW, actor=SYSTEM)
    return outcome


def code_of(outcome: object) -> str:
    assert isinstance(outcome, SupplyOutcome)
    return outcome.problem.code if outcome.problem else outcome.status


def test_the_last_unit_is_ordered_before_it_can_leave(
    retailer: Retailer, open_stock: Put, other: Other
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 1)
    key = announced(retailer, 1, origin=place)
    with transaction.atomic():
        reserve(requests=[request_for(sku, place, 1)], now=NOW, actor=SYSTEM)
        second = other.start(lambda: dispatch(key))
    assert code_of(second.result(PATIENCE)) == "too_few_available"
    assert state_of(sku, place) == PositionState(1, 1, 0, 0)
    assert verify().clean


def test_the_last_unit_leaves_before_it_can_be_ordered(
    retailer: Retailer, open_stock: Put, other: Other
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 1)
    key = announced(retailer, 1, origin=place)
    with transaction.atomic():
        assert code_of(dispatch(key)) == "updated"
        second = other.start(
            lambda: reserve(requests=[request_for(sku, place, 1)], now=NOW, actor=SYSTEM)
        )
    with pytest.raises(InsufficientStockError):
        second.result(PATIENCE)
    assert state_of(sku, place) == PositionState(0, 0, 0, 0)
    assert state_of(sku, retailer.locations[1]) == PositionState(0, 0, 0, 1)
    assert verify().clean


def test_the_same_delivery_note_from_two_scanners_counts_once(
    retailer: Retailer, other: Other
) -> None:
    key = announced(retailer, 5)
    with transaction.atomic():
        assert code_of(receive(key, 3, "DN-1")) == "updated"
        second = other.start(lambda: receive(key, 3, "DN-1"))
    assert code_of(second.result(PATIENCE)) == "duplicate"
    assert state_of(retailer.skus[0], retailer.locations[1]) == PositionState(3, 0, 0, 2)


def test_no_more_arrives_of_a_transfer_than_has_left(
    retailer: Retailer, open_stock: Put, other: Other
) -> None:
    open_stock(retailer.skus[0], retailer.locations[0], 5)
    key = announced(retailer, 4, origin=retailer.locations[0])
    with transaction.atomic():
        dispatch(key)
    with transaction.atomic():
        assert code_of(receive(key, 3)) == "updated"
        second = other.start(lambda: receive(key, 3))
    assert code_of(second.result(PATIENCE)) == "more_than_dispatched"
    assert state_of(retailer.skus[0], retailer.locations[1]) == PositionState(3, 0, 0, 1)
    assert verify().clean


def test_what_is_cancelled_meanwhile_still_arrives_as_what_it_is(
    retailer: Retailer, other: Other
) -> None:
    key = announced(retailer, 5)
    with transaction.atomic():
        cancel_supply(cancellations=[SupplyCancellation(key)], now=NOW, actor=SYSTEM)
        second = other.start(lambda: receive(key, 5))
    assert code_of(second.result(PATIENCE)) == "supply_closed"
    assert state_of(retailer.skus[0], retailer.locations[1]) == PositionState()


def test_the_same_line_announced_by_two_at_once_is_one(retailer: Retailer, other: Other) -> None:
    with transaction.atomic():
        announce_supply(drafts=[draft(retailer, 5)], now=NOW, actor=SYSTEM)
        second = other.start(
            lambda: announce_supply(drafts=[draft(retailer, 5)], now=NOW, actor=SYSTEM)[0]
        )
    assert code_of(second.result(PATIENCE)) == "unchanged"
    assert state_of(retailer.skus[0], retailer.locations[1]) == PositionState(0, 0, 0, 5)
