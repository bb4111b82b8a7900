"""Two transactions at once, step by step: the second waits, sees what the first did, and is right.

No sleeping and hoping: a step is taken when PostgreSQL says that the other transaction is waiting.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest
from django.db import OperationalError, connection, transaction

from chaland.database.statements import execute
from chaland.inventory.models import Movement, Reservation
from chaland.inventory.operations import adjust, block, issue, lock_positions, release, reserve
from chaland.inventory.queries import availability_matrix, verify
from chaland.inventory.types import (
    Adjustment,
    AdjustmentOutcome,
    BlockRequest,
    InsufficientStockError,
    IssueRequest,
    MovementKind,
    PositionState,
    ReleaseRequest,
    ReservationSettledError,
    Shortage,
    UnavailableStatus,
)
from chaland.kernel.actor import SYSTEM
from tests.inventory.conftest import NOW, Put, Retailer, request_for, state_of
from tests.inventory.other import PATIENCE, Other

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]


def receipt_of(sku: int, place: int, units: int, *, ref: str | None = None) -> Adjustment:
    return Adjustment(
        sku_id=sku,
        location_id=place,
        kind=MovementKind.RECEIPT,
        source="wms",
        source_ref=ref,
        occurred_at=NOW,
        on_hand_delta=units,
    )


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_the_last_unit_goes_to_the_first(retailer: Retailer, open_stock: Put, other: Other) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 1)
    with transaction.atomic():
        reserve(requests=[request_for(sku, place, 1)], now=NOW, actor=SYSTEM)
        second = other.start(
            lambda: reserve(requests=[request_for(sku, place, 1)], now=NOW, actor=SYSTEM)
        )
    with pytest.raises(InsufficientStockError) as refusal:
        second.result(PATIENCE)
    assert refusal.value.shortages == (Shortage(sku, place, wanted=1, available=0),)
    assert Reservation.objects.count() == 1
    assert verify().clean


def test_the_last_unit_goes_to_the_second_if_the_first_gives_up(
    retailer: Retailer, open_stock: Put, other: Other
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 1)
    with rolled_back():
        reserve(requests=[request_for(sku, place, 1)], now=NOW, actor=SYSTEM)
        second = other.start(
            lambda: reserve(requests=[request_for(sku, place, 1)], now=NOW, actor=SYSTEM)
        )
    second.result(PATIENCE)
    assert state_of(sku, place) == PositionState(on_hand=1, reserved=1)
    assert verify().clean


def test_both_are_served_when_there_is_enough_for_both(
    retailer: Retailer, open_stock: Put, other: Other
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 5)
    with transaction.atomic():
        reserve(requests=[request_for(sku, place, 2)], now=NOW, actor=SYSTEM)
        second = other.start(
            lambda: reserve(requests=[request_for(sku, place, 3)], now=NOW, actor=SYSTEM)
        )
    second.result(PATIENCE)
    assert state_of(sku, place) == PositionState(on_hand=5, reserved=5)
    assert verify().clean


def test_units_that_the_first_gives_back_serve_the_second(
    retailer: Retailer, open_stock: Put, other: Other
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 4)
    kept = request_for(sku, place, 4)
    with transaction.atomic():
        reserve(requests=[kept], now=NOW, actor=SYSTEM)
    with transaction.atomic():
        release(
            reservations=[ReleaseRequest(kept.reservation_id, 3)],
            reason="",
            now=NOW,
            actor=SYSTEM,
        )
        second = other.start(
            lambda: reserve(requests=[request_for(sku, place, 3)], now=NOW, actor=SYSTEM)
        )
    second.result(PATIENCE)
    assert state_of(sku, place) == PositionState(on_hand=4, reserved=4)
    assert verify().clean


def test_units_that_arrive_while_waiting_serve_the_second(
    retailer: Retailer, open_stock: Put, other: Other
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 0)
    with transaction.atomic():
        adjust(adjustments=[receipt_of(sku, place, 5)], now=NOW, actor=SYSTEM)
        second = other.start(
            lambda: reserve(requests=[request_for(sku, place, 5)], now=NOW, actor=SYSTEM)
        )
    second.result(PATIENCE)
    assert state_of(sku, place) == PositionState(on_hand=5, reserved=5)
    assert verify().clean


def test_units_are_blocked_and_issued_as_they_are_when_the_wait_ends(
    retailer: Retailer, open_stock: Put, other: Other
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 2)
    kept = request_for(sku, place, 2)
    with transaction.atomic():
        reserve(requests=[kept], now=NOW, actor=SYSTEM)
    display = BlockRequest(sku, place, 3, UnavailableStatus.DISPLAY)
    with transaction.atomic():
        adjust(adjustments=[receipt_of(sku, place, 4)], now=NOW, actor=SYSTEM)
        second = other.start(lambda: block(blocks=[display], reason="", now=NOW, actor=SYSTEM))
    second.result(PATIENCE)
    assert state_of(sku, place) == PositionState(on_hand=6, reserved=2, unavailable=3)
    with transaction.atomic():
        adjust(adjustments=[receipt_of(sku, place, -1)], now=NOW, actor=SYSTEM)
        second = other.start(
            lambda: issue(issues=[IssueRequest(kept.reservation_id)], now=NOW, actor=SYSTEM)
        )
    second.result(PATIENCE)
    assert state_of(sku, place) == PositionState(on_hand=3, unavailable=3)
    assert verify().clean


@pytest.mark.parametrize("first_quantity", [None, 1])
def test_release_and_issue_of_one_reservation_never_both_happen(
    retailer: Retailer, open_stock: Put, other: Other, first_quantity: int | None
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 4)
    wanted = request_for(sku, place, 2)
    with transaction.atomic():
        reserve(requests=[wanted], now=NOW, actor=SYSTEM)
    with transaction.atomic():
        release(
            reservations=[ReleaseRequest(wanted.reservation_id, first_quantity)],
            reason="cancelled",
            now=NOW,
            actor=SYSTEM,
        )
        second = other.start(
            lambda: issue(issues=[IssueRequest(wanted.reservation_id, 2)], now=NOW, actor=SYSTEM)
        )
    with pytest.raises(ReservationSettledError) as refusal:
        second.result(PATIENCE)
    left = 0 if first_quantity is None else 1
    assert refusal.value.open_units == {wanted.reservation_id: left}
    assert state_of(sku, place) == PositionState(on_hand=4, reserved=left)
    assert verify().clean


def test_what_is_left_after_the_first_settlement_is_issued_by_the_second(
    retailer: Retailer, open_stock: Put, other: Other
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 4)
    wanted = request_for(sku, place, 3)
    with transaction.atomic():
        reserve(requests=[wanted], now=NOW, actor=SYSTEM)
    with transaction.atomic():
        release(
            reservations=[ReleaseRequest(wanted.reservation_id, 1)],
            reason="",
            now=NOW,
            actor=SYSTEM,
        )
        second = other.start(
            lambda: issue(issues=[IssueRequest(wanted.reservation_id)], now=NOW, actor=SYSTEM)
        )
    second.result(PATIENCE)
    assert state_of(sku, place) == PositionState(on_hand=2)
    closed = Reservation.objects.get(pk=wanted.reservation_id)
    assert (closed.issued, closed.released) == (2, 1)
    assert verify().clean


def test_a_writer_that_waits_holds_nothing_that_comes_later_in_the_order(
    retailer: Retailer, open_stock: Put, other: Other
) -> None:
    tea, cup = retailer.skus
    place = retailer.locations[0]
    open_stock(tea, place, 5)
    open_stock(cup, place, 5)
    with transaction.atomic():
        lock_positions([(tea, place)])
        second = other.start(
            lambda: reserve(
                requests=[request_for(cup, place, 1), request_for(tea, place, 1)],
                now=NOW,
                actor=SYSTEM,
            )
        )
        try:
            execute("SELECT FROM inventory_position WHERE sku_id = %s FOR UPDATE NOWAIT", [cup])
        except OperationalError:
            pytest.fail("the waiting writer already holds the later position")
    second.result(PATIENCE)
    assert state_of(cup, place).reserved == state_of(tea, place).reserved == 1


def test_writers_in_any_order_of_requests_never_deadlock(
    retailer: Retailer, open_stock: Put
) -> None:
    places = [(sku, place) for sku in retailer.skus for place in retailer.locations]
    for sku, place in places:
        open_stock(sku, place, 1000)
    barrier = threading.Barrier(4)

    def work(turn: int) -> None:
        barrier.wait()
        for round_ in range(15):
            order = places[round_ % 6 :] + places[: round_ % 6]
            wanted = [request_for(*pair, 1) for pair in (order if turn % 2 else order[::-1])]
            with transaction.atomic():
                reserve(requests=wanted, now=NOW, actor=SYSTEM)
            half = [item.reservation_id for item in wanted[::2]]
            rest = [item.reservation_id for item in wanted[1::2]]
            with transaction.atomic():
                issue(issues=[IssueRequest(item) for item in half], now=NOW, actor=SYSTEM)
            with transaction.atomic():
                release(
                    reservations=[ReleaseRequest(item) for item in rest],
                    reason="",
                    now=NOW,
                    actor=SYSTEM,
                )
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(work, turn) for turn in range(4)]:
            future.result(60)
    total = sum(state_of(*pair).on_hand for pair in places)
    assert total == 6 * 1000 - 4 * 15 * 3
    assert verify().clean


def test_one_message_from_two_senders_counts_once(retailer: Retailer, other: Other) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    receipt = receipt_of(sku, place, 7, ref="GR-1")

    def send() -> list[AdjustmentOutcome]:
        return adjust(adjustments=[receipt], now=NOW, actor=SYSTEM)

    with transaction.atomic():
        first = send()
        second = other.start(send)
    assert [item.status for item in first] == ["applied"]
    assert [item.status for item in second.result(PATIENCE)] == ["duplicate"]  # type: ignore[attr-defined]
    assert state_of(sku, place) == PositionState(on_hand=7)
    assert Movement.objects.count() == 1


def test_memory_shows_what_a_long_transaction_wrote_once_it_is_committed(
    retailer: Retailer, open_stock: Put
) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    other_place = retailer.locations[1]
    open_stock(sku, place, 10)
    open_stock(sku, other_place, 10)
    columns = np.full(place + 3, -1, np.int32)
    columns[[place, other_place]] = [0, 1]
    written, seen = threading.Event(), threading.Event()

    def read() -> list[int]:
        first: list[int] = availability_matrix([sku], 2, columns).available[0].tolist()
        return first

    def long_transaction() -> None:
        with transaction.atomic():
            reserve(requests=[request_for(sku, place, 4)], now=NOW, actor=SYSTEM)
            written.set()
            assert seen.wait(PATIENCE)
            assert read() == [6, 9]  # its own change, and what was committed meanwhile
        connection.close()

    assert read() == [10, 10]
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(long_transaction)
        assert written.wait(PATIENCE)
        assert read() == [10, 10]
        with transaction.atomic():  # begins later, commits earlier
            reserve(requests=[request_for(sku, other_place, 1)], now=NOW, actor=SYSTEM)
            assert read() == [10, 9]
        assert read() == [10, 9]
        seen.set()
        done.result(PATIENCE)
    assert read() == [6, 9]
    with rolled_back():
        reserve(requests=[request_for(sku, place, 6)], now=NOW, actor=SYSTEM)
        assert read() == [0, 9]
    assert read() == [6, 9]
