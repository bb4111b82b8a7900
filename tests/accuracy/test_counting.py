"""Counts on a real database: merging, tolerance, two people, orders in the way."""

import random
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chaland.accuracy import operations
from chaland.accuracy.types import (
    CountDraft,
    CountKind,
    CountState,
    Decision,
    DriftReason,
    LineState,
    PolicyDraft,
)
from chaland.inventory import operations as inventory
from chaland.inventory.types import Adjustment, MovementKind, ReleaseRequest
from chaland.kernel.actor import SYSTEM, Actor
from chaland.kernel.errors import ConflictError, DomainError, InvalidInputError, NotFoundError
from chaland.outbox.models import Event
from tests.accuracy.conftest import ANNE, BOB, CHIEF, Floor, person

pytestmark = pytest.mark.django_db


def test_a_small_difference_is_applied_at_once_and_closes_the_count(floor: Floor) -> None:
    count = floor.open("LAMP", "CHAIR")
    assert floor.view(count).state == CountState.OPEN
    assert floor.scan(count, "LAMP", 9) == "created"
    assert floor.scan(count, "CHAIR", 8) == "created"
    assert floor.line(count, "LAMP").expected is None, "a blind count tells nobody"
    floor.submit(count)
    assert floor.view(count).state == CountState.APPROVED
    line = floor.line(count, "LAMP")
    assert (line.state, line.expected, line.difference) == (LineState.APPLIED, 10, -1)
    assert floor.position("LAMP").on_hand == 9
    told = list(
        Event.objects.filter(type__startswith="count.")
        .order_by("seq")
        .values_list("type", flat=True)
    )
    assert told == ["count.opened", "count.submitted", "count.approved"]


def test_what_is_sold_after_the_count_is_no_drift(floor: Floor) -> None:
    count = floor.open("LAMP")
    floor.scan(count, "LAMP", 10)
    floor.later()
    reservation = floor.reserve("LAMP", 3)
    floor.later()
    floor.issue(reservation)
    floor.move("LAMP", 2)
    floor.later(60)
    floor.submit(count)
    assert floor.line(count, "LAMP").difference == 0
    assert floor.position("LAMP").on_hand == 9


def test_what_is_sold_before_the_count_and_told_later_is_no_drift(floor: Floor) -> None:
    sold_at = floor.now
    floor.later()
    count = floor.open("LAMP")
    floor.scan(count, "LAMP", 8)
    floor.later()
    assert floor.move("LAMP", -2, at=sold_at) == "applied"
    floor.submit(count)
    assert floor.line(count, "LAMP").difference == 0
    assert floor.position("LAMP").on_hand == 8


def test_units_that_moved_while_they_were_counted_need_a_second_look(floor: Floor) -> None:
    count = floor.open("LAMP")
    floor.scan(count, "LAMP", 5, mode="add")
    floor.later()
    floor.move("LAMP", -1)
    floor.later()
    floor.scan(count, "LAMP", 5, mode="add")
    floor.submit(count)
    line = floor.line(count, "LAMP")
    assert (line.state, line.disturbed, line.difference) == (LineState.PENDING, True, 1)


def test_a_large_difference_waits_for_somebody_else(floor: Floor) -> None:
    count = floor.open("LAMP", "CHAIR")
    floor.scan(count, "LAMP", 5)
    floor.scan(count, "CHAIR", 2, actor=CHIEF)
    floor.submit(count)
    assert floor.view(count).state == CountState.SUBMITTED
    assert floor.view(count).pending == 2
    assert floor.position("LAMP").on_hand == 10
    with pytest.raises(DomainError, match="missing_scope"):
        floor.approve(count, BOB)
    with pytest.raises(ConflictError, match="same_person") as refused:
        floor.approve(count, CHIEF)
    assert refused.value.extra["lines"] == ["CHAIR"]
    with pytest.raises(ConflictError, match="same_person"):
        floor.approve(count, person("anne", "stock:approve"))
    lamp = [Decision(sku="LAMP", reason=DriftReason.SHRINK)]
    floor.approve(count, CHIEF, decisions=lamp)
    assert floor.position("LAMP").on_hand == 5
    assert floor.line(count, "LAMP").reason == DriftReason.SHRINK
    assert floor.view(count).state == CountState.SUBMITTED
    floor.approve(count, person("second", "stock:approve"))
    assert floor.position("CHAIR").on_hand == 2
    assert floor.view(count).state == CountState.APPROVED


def test_what_is_not_believed_is_counted_again_and_old_scans_count_no_more(floor: Floor) -> None:
    count = floor.open("LAMP")
    floor.scan(count, "LAMP", 2)
    late = floor.now
    floor.later()
    floor.submit(count)
    floor.later()
    floor.reject(count, note="look behind the counter")
    assert floor.view(count).state == CountState.COUNTING
    assert floor.line(count, "LAMP").state == LineState.RECOUNT
    floor.later()
    assert floor.scan(count, "LAMP", 1, mode="add", counted_at=late) == "unchanged"
    assert floor.line(count, "LAMP").counted is None
    floor.scan(count, "LAMP", 10)
    floor.submit(count)
    line = floor.line(count, "LAMP")
    assert (line.state, line.attempt, line.counted) == (LineState.APPLIED, 2, 10)


def test_a_rejected_line_changes_nothing(floor: Floor) -> None:
    count = floor.open("LAMP", freeze=True)
    assert floor.position("LAMP").available == 0
    floor.scan(count, "LAMP", 1)
    floor.submit(count)
    floor.reject(count, recount=False)
    assert floor.view(count).state == CountState.REJECTED
    assert (floor.position("LAMP").on_hand, floor.position("LAMP").available) == (10, 10)


def test_frozen_units_come_back_when_it_is_cancelled_or_applied(floor: Floor) -> None:
    cancelled = floor.open("LAMP", freeze=True)
    floor.scan(cancelled, "CHAIR", 8)
    assert (floor.position("LAMP").available, floor.position("CHAIR").available) == (0, 0)
    operations.cancel(count_id=cancelled, now=floor.now, actor=ANNE)
    assert (floor.position("LAMP").available, floor.position("CHAIR").available) == (10, 8)
    applied = floor.open("LAMP", "CHAIR", freeze=True)
    floor.scan(applied, "LAMP", 9)
    floor.submit(applied)
    assert floor.line(applied, "CHAIR").state == LineState.SKIPPED
    assert (floor.position("LAMP").available, floor.position("CHAIR").available) == (9, 8)


def test_two_people_at_one_shelf_must_agree(floor: Floor) -> None:
    count = floor.open("LAMP", "CHAIR", "VASE")
    for actor in (ANNE, BOB):
        floor.scan(count, "LAMP", 10, actor=actor)
    floor.scan(count, "CHAIR", 5, area="floor")
    floor.scan(count, "CHAIR", 3, area="stock room", actor=BOB)
    floor.scan(count, "VASE", 3)
    floor.scan(count, "VASE", 2, actor=BOB)
    floor.submit(count)
    lines = {sku: floor.line(count, sku) for sku in ("LAMP", "CHAIR", "VASE")}
    assert (lines["LAMP"].counted, lines["LAMP"].state) == (10, LineState.APPLIED)
    assert (lines["CHAIR"].counted, lines["CHAIR"].state) == (8, LineState.APPLIED)
    assert (lines["VASE"].contradicted, lines["VASE"].state) == (True, LineState.PENDING)
    assert lines["LAMP"].counted_by_labels == ("Anne", "Bob")


def test_two_counts_of_one_shelf_leave_the_later_one(floor: Floor) -> None:
    first, second = floor.open("LAMP"), floor.open("LAMP")
    floor.scan(first, "LAMP", 9)
    floor.later()
    floor.scan(second, "LAMP", 10, actor=BOB)
    floor.submit(second, BOB)
    floor.submit(first)
    assert floor.line(first, "LAMP").state == LineState.SUPERSEDED
    assert floor.position("LAMP").on_hand == 10


def test_a_number_from_another_system_does_not_undo_what_somebody_saw(floor: Floor) -> None:
    """Counted in the evening, confirmed by the nightly snapshot, approved in the morning."""
    count = floor.open("LAMP", "CHAIR")
    floor.scan(count, "LAMP", 4)
    floor.scan(count, "CHAIR", 8)
    floor.later(60)
    for sku, number in (("LAMP", 10), ("CHAIR", 8)):
        sku_id, location_id = floor.ids(sku, "SHOP-PARIS")
        snapshot = Adjustment(
            sku_id=sku_id,
            location_id=location_id,
            kind=MovementKind.COUNT,
            source="erp",
            occurred_at=floor.now,
            on_hand=number,
            cause_type="feed_run",
            cause_id="run_x",
        )
        inventory.adjust(adjustments=[snapshot], now=floor.now, actor=SYSTEM)
    floor.later(600)
    floor.submit(count)
    floor.approve(count)
    assert floor.line(count, "LAMP").state == LineState.APPLIED
    assert floor.line(count, "CHAIR").state == LineState.APPLIED
    assert (floor.position("LAMP").on_hand, floor.position("CHAIR").on_hand) == (4, 8)


def test_units_that_were_not_found_are_settled_by_a_count(floor: Floor) -> None:
    floor.miss("LAMP", 3)
    floor.later()
    count = floor.open("LAMP")
    floor.scan(count, "LAMP", 10)
    floor.submit(count)
    assert (floor.position("LAMP").on_hand, floor.position("LAMP").available) == (10, 10)
    floor.later()
    again = floor.open("LAMP")
    floor.scan(again, "LAMP", 8)
    floor.later()
    floor.miss("LAMP", 3)
    floor.submit(again)
    floor.approve(again)
    # Two of the three are those that the count took away; one more was looked for in vain.
    assert (floor.position("LAMP").on_hand, floor.position("LAMP").available) == (8, 7)


def test_units_on_display_give_way_to_a_count(floor: Floor) -> None:
    floor.retailer.client.post(
        "/stock/adjustments",
        {
            "items": [
                {
                    "sku": "VASE",
                    "location": "SHOP-PARIS",
                    "kind": "blocking",
                    "unavailable_delta": 3,
                    "status": "display",
                }
            ]
        },
    )
    count = floor.open("VASE")
    floor.scan(count, "VASE", 2)
    floor.submit(count)
    assert (floor.position("VASE").on_hand, floor.position("VASE").unavailable) == (2, 2)


def test_promised_units_that_are_not_there_hold_the_line_until_they_are_let_go(
    floor: Floor,
) -> None:
    reservation = floor.reserve("LAMP", 4)
    count = floor.open("LAMP")
    floor.scan(count, "LAMP", 2)
    floor.later()
    floor.submit(count)
    floor.approve(count)
    line = floor.line(count, "LAMP")
    assert (line.state, floor.view(count).state) == (LineState.HELD, CountState.APPROVED)
    assert floor.position("LAMP").available == 0, "nothing more of it is sold"
    assert Event.objects.filter(type="count.held").count() == 1
    assert operations.retry_held(now=floor.now, actor=SYSTEM) == 0
    floor.later()
    release(floor, reservation)
    floor.miss("LAMP", 4)
    assert operations.retry_held(now=floor.now, actor=SYSTEM) == 1
    assert floor.line(count, "LAMP").state == LineState.APPLIED
    assert (floor.position("LAMP").on_hand, floor.position("LAMP").available) == (2, 2)


def release(floor: Floor, reservation: UUID) -> None:
    inventory.release(
        reservations=[ReleaseRequest(reservation)],
        reason="refused",
        now=floor.now,
        actor=SYSTEM,
    )


def test_units_that_left_after_all_contradict_a_held_count(floor: Floor) -> None:
    reservation = floor.reserve("LAMP", 4)
    count = floor.open("LAMP")
    floor.scan(count, "LAMP", 2)
    floor.later()
    floor.submit(count)
    floor.approve(count)
    floor.later()
    floor.issue(reservation)
    assert operations.retry_held(now=floor.now, actor=SYSTEM) == 1
    assert floor.line(count, "LAMP").state == LineState.SUPERSEDED
    assert (floor.position("LAMP").on_hand, floor.position("LAMP").available) == (6, 6)


def test_what_is_refused_names_the_reason(floor: Floor) -> None:
    count = floor.open("LAMP")
    assert floor.scan(count, "NOTHING", 1) == "unknown_sku"
    assert floor.scan(count, "CORNER", 1) == "kit_has_no_stock"
    assert floor.scan(count, "LAMP", 1, gtin="4006381333931") == "missing"
    assert (
        floor.scan(count, "LAMP", 1, counted_at=floor.now + timedelta(hours=1)) == "in_the_future"
    )
    early = floor.now - timedelta(seconds=1)
    assert floor.scan(count, "LAMP", 1, counted_at=early) == "before_the_count"
    assert floor.scan(count, "LAMP", 9, scan_id="one") == "created"
    assert floor.scan(count, "LAMP", 9, scan_id="one") == "duplicate"
    assert floor.scan(count, "LAMP", 8, scan_id="one") == "scan_id_reused"
    with pytest.raises(ConflictError, match="illegal_transition"):
        floor.approve(count)
    with pytest.raises(InvalidInputError, match="no line of 'CHAIR'"):
        floor.submit(count, decisions=[Decision(sku="CHAIR")])
    floor.submit(count)
    assert floor.scan(count, "LAMP", 9, scan_id="one") == "duplicate"
    assert floor.scan(count, "LAMP", 9, scan_id="two") == "count_closed"
    with pytest.raises(ConflictError, match="illegal_transition"):
        floor.submit(count)


def test_nobody_counts_where_they_may_not_be(floor: Floor) -> None:
    count = floor.open("LAMP")
    stranger = Actor(
        kind="user",
        id="usr_s",
        label="S",
        scopes=frozenset({"stock:write", "stock:approve"}),
        organisations=frozenset({"nord"}),
    )
    with pytest.raises(NotFoundError):
        floor.scan(count, "LAMP", 1, actor=stranger)
    for act in (floor.submit, floor.approve, floor.reject):
        with pytest.raises(NotFoundError):
            act(count, stranger)
    draft = CountDraft(location="SHOP-PARIS", kind=CountKind.FREE)
    with pytest.raises(InvalidInputError, match="no such location"):
        operations.open_count(draft=draft, now=floor.now, actor=stranger)


@pytest.mark.parametrize(
    ("units", "percent", "value", "counted", "state"),
    [
        (2, "0", None, 8, LineState.APPLIED),
        (2, "0", None, 7, LineState.PENDING),
        (0, "20", None, 8, LineState.APPLIED),
        (0, "19.99", None, 8, LineState.PENDING),
        (0, "20", None, 12, LineState.APPLIED),
        (0, "0", None, 10, LineState.APPLIED),
        (5, "0", "20.00", 8, LineState.APPLIED),
        (5, "0", "19.99", 8, LineState.PENDING),
    ],
)
def test_the_edges_of_tolerance(
    floor: Floor, units: int, percent: str, value: str | None, counted: int, state: LineState
) -> None:
    lamp = {"name": "Lamp", "weight_grams": 500, "category": "Light", "unit_cost": "10.00"}
    assert floor.retailer.client.put("/skus/LAMP", lamp).status == 200
    operations.put_policies(
        drafts=[
            PolicyDraft(code="all", tolerance_units=0, tolerance_percent=Decimal(0)),
            PolicyDraft(
                code="light",
                category="Light",
                tolerance_units=units,
                tolerance_percent=Decimal(percent),
                tolerance_value=None if value is None else Decimal(value),
            ),
        ],
        now=floor.now,
        actor=SYSTEM,
    )
    count = floor.open("LAMP")
    floor.scan(count, "LAMP", counted)
    floor.submit(count)
    assert floor.line(count, "LAMP").state == state


moves = st.lists(st.sampled_from([-1, 1, 2]), max_size=6)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(before=moves, after=moves, drift=st.integers(-2, 2), order=st.randoms())
def test_stock_ends_as_the_shelf_is(
    floor: Floor, before: list[int], after: list[int], drift: int, order: random.Random
) -> None:
    """Whatever moves around a count, in whatever order it is told, only true drift is booked."""
    with transaction.atomic():
        _count_among(floor, before, after, drift, order)
        transaction.set_rollback(True)


def _count_among(
    floor: Floor, before: Sequence[int], after: Sequence[int], drift: int, order: random.Random
) -> None:
    shelf = floor.position("LAMP").on_hand + drift + sum(before)
    count = floor.open("LAMP")
    told = [("move", units, floor.later()) for units in before]
    told += [("scan", shelf, floor.later())] * 2
    told += [("move", units, floor.later()) for units in after]
    floor.later()
    order.shuffle(told)
    for kind, units, at in told:
        if kind == "move":
            assert floor.move("LAMP", units, at=at) == "applied"
        else:
            taken = floor.scan(count, "LAMP", units, scan_id="s", counted_at=at)
            assert taken in ("created", "duplicate")
    floor.submit(count)
    if floor.line(count, "LAMP").state == LineState.PENDING:
        floor.approve(count)
    assert floor.line(count, "LAMP").difference == drift
    assert floor.position("LAMP").on_hand == shelf + sum(after)
