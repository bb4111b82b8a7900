"""Reserve, release, issue and block: all or nothing, and the ledger tells each of them."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from chaland.database.statements import execute
from chaland.inventory.models import Movement, Position, Reservation
from chaland.inventory.operations import block, issue, lock_positions, release, reserve
from chaland.inventory.types import (
    BlockRequest,
    InsufficientStockError,
    IssueRequest,
    PositionState,
    ReleaseRequest,
    ReservationSettledError,
    Shortage,
    UnavailableStatus,
)
from chaland.kernel.actor import SYSTEM, Actor
from chaland.kernel.ids import new_uuid, to_public
from tests.inventory.conftest import NOW, Put, Retailer, request_for, state_of

pytestmark = pytest.mark.django_db


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


def test_too_little_stock_changes_nothing_and_names_every_shortage(
    retailer: Retailer, open_stock: Put
) -> None:
    tea, cup = retailer.skus
    warehouse, shop, _ = retailer.locations
    open_stock(tea, warehouse, 3)
    open_stock(cup, warehouse, 9)
    order = new_uuid()

    with pytest.raises(InsufficientStockError) as refusal:
        reserve(
            requests=[
                request_for(tea, warehouse, 2, order=order),
                request_for(tea, warehouse, 2, order=order),
                request_for(cup, warehouse, 1, order=order),
                request_for(cup, shop, 1, order=order),
            ],
            now=NOW,
            actor=SYSTEM,
        )

    assert refusal.value.shortages == (
        Shortage(tea, warehouse, wanted=4, available=3),
        Shortage(cup, shop, wanted=1, available=0),
    )
    assert state_of(tea, warehouse) == PositionState(on_hand=3)
    assert state_of(cup, warehouse) == PositionState(on_hand=9)
    assert not Reservation.objects.exists()
    assert not Movement.objects.filter(kind="reservation").exists()
    # The transaction is still usable: the caller may choose again.
    reserve(requests=[request_for(tea, warehouse, 3)], now=NOW, actor=SYSTEM)
    assert state_of(tea, warehouse).available == 0


def test_each_request_of_a_batch_names_its_own_actor(retailer: Retailer, open_stock: Put) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 5)
    clerks = [Actor(kind="api_key", id=f"key_{n}", label="shop") for n in range(2)]
    requests = [request_for(sku, place, 1) for _ in clerks]

    reserve(requests=requests, now=NOW, actor=clerks)

    written = {
        line.reservation_id: line.actor_id for line in Movement.objects.filter(kind="reservation")
    }
    assert written == {
        requests[0].reservation_id: "key_0",
        requests[1].reservation_id: "key_1",
    }


def test_nothing_asked_is_nothing_done(retailer: Retailer) -> None:
    reserve(requests=[], now=NOW, actor=SYSTEM)
    assert release(reservations=[], reason="", now=NOW, actor=SYSTEM) == []
    assert issue(issues=[], now=NOW, actor=SYSTEM) == []
    block(blocks=[], reason="", now=NOW, actor=SYSTEM)
    assert lock_positions([]) == {}
    assert not Movement.objects.exists()
    assert len(retailer.skus) == 2


def test_issuing_takes_units_off_the_shelf(retailer: Retailer, open_stock: Put) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 10)
    wanted = request_for(sku, place, 4)
    reserve(requests=[wanted], now=NOW, actor=SYSTEM)

    first = issue(issues=[IssueRequest(wanted.reservation_id, 1, "ful_1")], now=NOW, actor=SYSTEM)
    assert [done.quantity for done in first] == [1]
    assert state_of(sku, place) == PositionState(on_hand=9, reserved=3)
    assert Reservation.objects.get(pk=wanted.reservation_id).closed_at is None

    rest = issue(issues=[IssueRequest(wanted.reservation_id)], now=NOW, actor=SYSTEM)
    assert [(done.quantity, done.order_line_id) for done in rest] == [(3, wanted.order_line_id)]
    assert state_of(sku, place) == PositionState(on_hand=6)
    closed = Reservation.objects.get(pk=wanted.reservation_id)
    assert (closed.issued, closed.released, closed.closed_at) == (4, 0, NOW)
    line = Movement.objects.filter(kind="issue").earliest("id")
    assert (line.on_hand_delta, line.reserved_delta, line.cause_id) == (-1, -1, "ful_1")


def test_releasing_gives_units_back_in_the_order_asked(retailer: Retailer, open_stock: Put) -> None:
    tea, cup = retailer.skus
    place = retailer.locations[0]
    open_stock(tea, place, 5)
    open_stock(cup, place, 5)
    wanted = [request_for(tea, place, 2), request_for(cup, place, 3)]
    reserve(requests=wanted, now=NOW, actor=SYSTEM)

    done = release(
        reservations=[ReleaseRequest(item.reservation_id) for item in reversed(wanted)],
        reason="cancelled",
        now=NOW,
        actor=SYSTEM,
    )

    assert [(item.sku_id, item.quantity) for item in done] == [(cup, 3), (tea, 2)]
    assert state_of(tea, place) == PositionState(on_hand=5)
    assert Movement.objects.filter(kind="release", reason="cancelled").count() == 2


@pytest.mark.parametrize("quantity", [None, 1, 5])
def test_a_settled_reservation_is_settled_once(
    retailer: Retailer, open_stock: Put, quantity: int | None
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 8)
    gone, kept = request_for(sku, place, 4), request_for(sku, place, 2)
    reserve(requests=[gone, kept], now=NOW, actor=SYSTEM)
    release(reservations=[ReleaseRequest(gone.reservation_id)], reason="", now=NOW, actor=SYSTEM)

    with pytest.raises(ReservationSettledError) as refusal:
        issue(
            issues=[
                IssueRequest(kept.reservation_id),
                IssueRequest(gone.reservation_id, quantity),
            ],
            now=NOW,
            actor=SYSTEM,
        )

    assert refusal.value.open_units == {gone.reservation_id: 0}
    assert state_of(sku, place) == PositionState(on_hand=8, reserved=2)


def test_more_than_is_open_is_refused(retailer: Retailer, open_stock: Put) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 8)
    wanted = request_for(sku, place, 4)
    reserve(requests=[wanted], now=NOW, actor=SYSTEM)

    with pytest.raises(ReservationSettledError) as refusal:
        release(
            reservations=[ReleaseRequest(wanted.reservation_id, 5)],
            reason="",
            now=NOW,
            actor=SYSTEM,
        )

    assert refusal.value.open_units == {wanted.reservation_id: 4}
    assert state_of(sku, place).reserved == 4


def test_an_unknown_reservation_is_refused(retailer: Retailer) -> None:
    unknown = new_uuid()
    with pytest.raises(ReservationSettledError) as refusal:
        issue(issues=[IssueRequest(unknown)], now=NOW, actor=SYSTEM)
    assert refusal.value.open_units == {unknown: None}
    assert retailer.skus


def test_a_reservation_named_twice_is_a_mistake_of_the_caller(retailer: Retailer) -> None:
    twice = new_uuid()
    with pytest.raises(ValueError, match="twice"):
        issue(issues=[IssueRequest(twice, 1), IssueRequest(twice, 1)], now=NOW, actor=SYSTEM)
    assert retailer.skus


def test_blocking_takes_units_out_of_sale(retailer: Retailer, open_stock: Put) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 3)
    reserve(requests=[request_for(sku, place, 2)], now=NOW, actor=SYSTEM)
    damaged = UnavailableStatus.DAMAGED

    block(
        blocks=[BlockRequest(sku, place, 1, damaged, "ful_1")],
        reason="torn",
        now=NOW,
        actor=SYSTEM,
    )
    assert state_of(sku, place) == PositionState(on_hand=3, reserved=2, unavailable=1)
    line = Movement.objects.get(kind="blocking")
    assert (line.status, line.unavailable_delta, line.reason) == ("damaged", 1, "torn")

    with pytest.raises(InsufficientStockError):  # the rest is promised to an order
        block(blocks=[BlockRequest(sku, place, 1, damaged)], reason="", now=NOW, actor=SYSTEM)
    assert state_of(sku, place).unavailable == 1


def test_locking_answers_with_what_is_available(retailer: Retailer, open_stock: Put) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 5)
    reserve(requests=[request_for(sku, place, 2)], now=NOW, actor=SYSTEM)
    missing = (sku, retailer.locations[1])

    assert lock_positions([(sku, place), missing, (sku, place)]) == {(sku, place): 3}


@pytest.mark.parametrize(
    "values",
    [
        {"reserved": 11},
        {"reserved": 6, "unavailable": 5},
        {"on_hand": -1},
        {"reserved": -1},
        {"unavailable": -1},
        {"incoming": -1},
    ],
)
def test_the_database_itself_refuses_to_oversell(
    retailer: Retailer, open_stock: Put, values: dict[str, int]
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 10)
    with pytest.raises(IntegrityError), transaction.atomic():
        Position.objects.filter(pk=(sku, place)).update(**values)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE inventory_movement SET reason = 'another'",
        "UPDATE inventory_movement SET reason = 'another' WHERE false",
        "DELETE FROM inventory_movement",
        "TRUNCATE inventory_movement",
    ],
)
def test_the_ledger_is_append_only(retailer: Retailer, open_stock: Put, statement: str) -> None:
    open_stock(retailer.skus[0], retailer.locations[0], 10)
    execute("SET LOCAL chaland.truncate = 'forbidden'")  # as anywhere but in a test run
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        execute(statement)
    assert Movement.objects.count() == 1
