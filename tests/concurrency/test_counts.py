"""Counts while the shop is open: approvals, sales and tablets at the same time."""

import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connection, transaction

from chaland.accuracy import operations
from chaland.accuracy.types import LineState, ScanDraft
from chaland.inventory import operations as inventory
from chaland.inventory.queries import verify
from chaland.inventory.types import InsufficientStockError
from tests.accuracy.conftest import ANNE, BOB, CHIEF, STOCK, Floor
from tests.retailer import Retailer

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def floor() -> Iterator[Floor]:
    """Write the retailer, committed; whatever happens, the stock must be true afterwards."""
    yield Floor(Retailer.build(STOCK))
    report = verify()
    assert report.clean, [check for check in report.checks if check.broken]


def together(*actions: Callable[[], object]) -> None:
    """Run actions at the same time, each on a connection of its own."""
    barrier = threading.Barrier(len(actions))
    failures: list[BaseException] = []

    def run(action: Callable[[], object]) -> None:
        try:
            barrier.wait()
            action()
        except BaseException as error:  # noqa: BLE001 - told to the test below
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def test_an_approval_and_sales_at_the_same_time_lose_nothing(floor: Floor) -> None:
    sold = []
    for _ in range(5):
        floor.later()
        before = floor.position("LAMP").on_hand
        count = floor.open("LAMP")
        floor.scan(count, "LAMP", before - 3 if before > 6 else before + 10)
        found = floor.line(count, "LAMP").counted or 0
        floor.later()
        floor.submit(count)
        floor.later()
        gone: list[int] = []

        def sell(gone: list[int] = gone) -> None:
            try:
                reservation = floor.reserve("LAMP", 1)
            except InsufficientStockError:
                return
            floor.issue(reservation)
            gone.append(1)

        together(lambda count=count: floor.approve(count, CHIEF), sell, sell)  # type: ignore[misc]
        assert floor.line(count, "LAMP").state == LineState.APPLIED
        assert floor.position("LAMP").on_hand == found - len(gone)
        sold += gone
    assert sold


def test_tablets_that_send_the_same_scans_at_the_same_time_count_once(floor: Floor) -> None:
    count = floor.open("LAMP")
    scans = [ScanDraft(scan_id=f"s{n}", sku="LAMP", counted_at=floor.now) for n in range(10)]

    def send() -> None:
        with transaction.atomic():
            operations.record_scans(count_id=count, scans=scans, now=floor.now, actor=ANNE)

    together(*[send] * 4)
    assert floor.line(count, "LAMP").counted == 10


def test_two_who_submit_and_two_who_approve_decide_once(floor: Floor) -> None:
    count = floor.open("LAMP", "CHAIR", freeze=True)
    floor.scan(count, "LAMP", 4)
    floor.scan(count, "CHAIR", 7, actor=BOB)
    refused: list[str] = []

    def quietly(action: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            try:
                action()
            except Exception as error:  # noqa: BLE001 - only one of two may win
                refused.append(type(error).__name__)

        return run

    together(quietly(lambda: floor.submit(count)), quietly(lambda: floor.submit(count, BOB)))
    together(quietly(lambda: floor.approve(count)), quietly(lambda: floor.approve(count)))
    assert refused == ["ConflictError", "ConflictError"]
    assert (floor.position("LAMP").on_hand, floor.position("CHAIR").on_hand) == (4, 7)
    assert (floor.position("LAMP").available, floor.position("CHAIR").available) == (4, 7)


def test_a_freeze_and_orders_at_the_same_time_sell_nothing_twice(floor: Floor) -> None:
    def buy() -> None:
        with_stock = [floor.ids("LAMP", "SHOP-PARIS")]
        with transaction.atomic():
            inventory.lock_positions(with_stock)
        try:
            floor.reserve("LAMP", 4)
        except InsufficientStockError:
            return

    together(buy, lambda: floor.open("LAMP", freeze=True), buy)
    position = floor.position("LAMP")
    assert position.reserved % 4 == 0
    assert position.available == 0
