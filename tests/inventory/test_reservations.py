"""Reserve, release, issue and block: all or nothing, and the ledger tells each of them."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from chaland.inventory.models import Movement, Position, Reservation
from chaland.inventory.operations import block, issue, lock_positions, release, reserve
from chaland.inventory.types import (
    BlockRequest,
    InsufficientStockError,
    IssueRequest,
    PositionState,
    ReleaseRequest,
    ReservationRequest,
    ReservationSettledError,
    Shortage,
    UnavailableStatus,
)
from chaland.kernel.actor import SYSTEM, Actor
from chaland.kernel.ids import new_uuid, to_public
from tests.inventory.conftest import NOW, Retailer, state_of

pytestmark = pytest.mark.django_db

Put = Callable[..., None]


def request_for(
    sku: int, location: int, quantity: int, *, order: UUID | None = None
) -> ReservationRequest:
    return ReservationRequest(new_uuid(), sku, location, quantity, order or new_uuid(), new_uuid())


def test_reserving_keeps_units_and_writes_reservation_and_ledger(
    retailer: Retailer, open_stock: Put
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 10)
    wanted = request_for(sku, place, 4)

    reserve(requests=[wanted], now=NOW, actor=SYSTEM)

    assert state_of(sku, place) == PositionState(on_hand=10, reserved=4)
    kept = Reservation.objects.get(pk=wanted.reservation_id)
    assert (kept.quantity, kept.issued, kept.released, kept.closed_at) == (4, 0, 0, None)
    line = Movement.objects.get(reservation_id=wanted.reservation_id)
    assert (line.kind, line.reserved_delta, line.on_hand_delta) == ("reservation", 4, 0)
    assert (line.cause_type, line.cause_id) == ("order", to_public("ord", wanted.order_id))
    assert (line.occurred_at, line.actor_id) == (NOW, "chaland")


def test_two_lines_of_one_sku_are_reserved_together(retailer: Retailer, open_stock: Put) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 5)
    order = new_uuid()

    reserve(
        requests=[request_for(sku, place, 2, order=order), request_for(sku, place, 3, order=order)],
        now=NOW,
        actor=SYSTEM,
    )

    assert state_of(sku, place).available == 0
    assert Reservation.objects.filter(order_id=order).count() == 2
