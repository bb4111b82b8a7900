"""`verify` finds what must never be, and is quiet about what may."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chaland.database.statements import execute
from chaland.inventory.operations import block, issue, release, reserve
from chaland.inventory.queries import verify
from chaland.inventory.types import (
    BlockRequest,
    Check,
    IssueRequest,
    ReleaseRequest,
    UnavailableStatus,
)
from chaland.kernel.actor import SYSTEM
from tests.inventory.conftest import NOW, Put, Retailer, request_for

pytestmark = pytest.mark.django_db


@contextmanager
def without_guards() -> Iterator[None]:
    """Do what no code of ours can: change tables behind triggers and constraints."""
    execute("SET CONSTRAINTS ALL IMMEDIATE")  # else their pending checks forbid ALTER TABLE
    for name in ("on_hand_not_negative", "never_oversold"):
        execute(f"ALTER TABLE inventory_position DROP CONSTRAINT inventory_position_{name}")
    execute("ALTER TABLE inventory_movement DISABLE TRIGGER inventory_movement_append_only")
    yield


def broken() -> set[str]:
    return {check.name for check in verify().checks if check.broken}


@pytest.fixture
def busy_day(retailer: Retailer, open_stock: Put) -> Retailer:
    """Leave a position with an open, an issued and a released reservation and a blocked unit."""
    sku, place = retailer.skus[0], retailer.locations[0]
    open_stock(sku, place, 10)
    wanted = [request_for(sku, place, 2) for _ in range(3)]
    reserve(requests=wanted, now=NOW, actor=SYSTEM)
    issue(issues=[IssueRequest(wanted[0].reservation_id)], now=NOW, actor=SYSTEM)
    release(
        reservations=[ReleaseRequest(wanted[1].reservation_id, 1)],
        reason="",
        now=NOW,
        actor=SYSTEM,
    )
    block(
        blocks=[BlockRequest(sku, place, 1, UnavailableStatus.MISSING)],
        reason="",
        now=NOW,
        actor=SYSTEM,
    )
    return retailer


def test_a_busy_day_is_clean(busy_day: Retailer) -> None:
    report = verify()
    assert report.clean
    looked_at = {check.name: check.looked_at for check in report.checks}
    assert looked_at["position_sums"] == 1
    assert looked_at["reservation_history"] == 3
    assert looked_at["status_units"] == 7
    assert busy_day.skus


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        ("UPDATE inventory_position SET on_hand = on_hand + 1", {"position_sums"}),
        (
            "UPDATE inventory_position SET reserved = reserved - 1",
            {"position_sums", "reserved_sums"},
        ),
        (
            "UPDATE inventory_position SET on_hand = 0",
            {"position_sums", "position_limits"},
        ),
        ("DELETE FROM inventory_position", {"position_sums", "reserved_sums"}),
        (
            "DELETE FROM inventory_movement WHERE kind = 'issue'",
            {"position_sums", "reservation_history"},
        ),
        (
            "UPDATE inventory_movement SET unavailable_delta = -1 WHERE kind = 'blocking'",
            {"position_sums", "status_units"},
        ),
        (
            "UPDATE inventory_reservation SET issued = 0, released = 2 WHERE issued = 2",
            {"reservation_history"},
        ),
        (
            "DELETE FROM inventory_reservation WHERE closed_at IS NULL",
            {"reserved_sums", "reservation_history"},
        ),
        (
            "UPDATE inventory_movement SET xid = '9000000000000000000' WHERE kind = 'opening'",
            {"ledger_origin"},
        ),
    ],
)
def test_every_kind_of_damage_is_found(busy_day: Retailer, damage: str, found: set[str]) -> None:
    with without_guards():
        execute(damage)
    assert broken() == found | {"guards"}
    assert busy_day.skus


def test_a_missing_guard_is_named(busy_day: Retailer) -> None:
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("ALTER TABLE inventory_position DROP CONSTRAINT inventory_position_never_oversold")
    result = next(check for check in verify().checks if check.name == "guards")
    assert [example.where for example in result.examples] == [
        {"guard": "inventory_position_never_oversold"}
    ]
    assert busy_day.skus


def test_examples_are_few_and_say_where(busy_day: Retailer) -> None:
    further = Check(
        "too_many",
        "there are few numbers",
        "generate_series(1, 100)",
        "SELECT jsonb_build_object('n', n), 'none', n::text FROM generate_series(1, 100) AS n",
    )
    report = verify(further=[further])
    assert not report.clean
    result = report.checks[-1]
    assert (result.looked_at, result.broken, len(result.examples)) == (100, 100, 20)
    assert (result.examples[0].where, result.examples[0].found) == ({"n": 1}, "1")
    assert busy_day.skus
