"""Counts and differences by the thousand: whatever comes late, twice or in another order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chaland.catalog.models import Sku
from chaland.inventory.models import Confirmation, Movement, Position
from chaland.inventory.operations import (
    acknowledge,
    add_unmentioned,
    adjust,
    close_stage,
    compare_counts,
    drop_stage,
    fill_stage,
    issue,
    load_opening_stock,
    merge_counts,
    merge_deltas,
    next_chunk,
    open_stage,
    reserve,
)
from chaland.inventory.queries import last_counts, lots, verify
from chaland.inventory.types import (
    START,
    Adjustment,
    CountDifference,
    IssueRequest,
    Knowledge,
    MergeCause,
    Merged,
    MovementKind,
    OpeningStock,
)
from chaland.kernel.actor import SYSTEM
from chaland.kernel.ids import new_uuid
from tests.inventory.conftest import NOW, Put, Retailer, request_for, state_of

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
LATER = NOW + 100 * HOUR
CAUSE = MergeCause(type="feed_run", id="run_1")
_numbers = count(1)

Line = tuple[Any, ...]  # SKU, location, quantity, and if need be moment and reference


def stage(lines: Sequence[Line], *, full: bool = False) -> int:
    number = next(_numbers)
    open_stage(number=number)
    rows = []
    for place, (sku, location, quantity, *more) in enumerate(lines, 1):
        moment = more[0].isoformat() if more else ""
        reference = more[1] if len(more) > 1 else ""
        rows.append(f"{place},{sku},{location},{quantity},{moment},{reference}\n".encode())
    fill_stage(number=number, rows=rows)
    if full:
        add_unmentioned(number=number)
    close_stage(number=number)
    return number


def counted(
    lines: Sequence[Line],
    as_of: datetime,
    *,
    to: datetime | None = None,
    size: int = 10_000,
    full: bool = False,
    again: bool = False,
    now: datetime = LATER,
) -> list[Merged]:
    """Merge counts in chunks of *size*, each in a transaction."""
    number = stage(lines, full=full)
    done, after = [], START
    while chunk := next_chunk(number=number, after=after, size=size, as_of=as_of):
        with transaction.atomic():
            done.append(
                merge_counts(
                    lines=number,
                    chunk=chunk,
                    as_of=as_of,
                    knowledge=Knowledge(source="erp", acknowledged_to=to),
                    cause=CAUSE,
                    now=now,
                    actor=SYSTEM,
                    again=again,
                )
            )
        after = chunk.last
    drop_stage(number=number)
    return done


def told(lines: Sequence[Line], as_of: datetime = NOW, source: str = "pos") -> Merged:
    """Merge differences."""
    number = stage(lines)
    chunk = next_chunk(number=number, size=1000, as_of=as_of)
    assert chunk
    with transaction.atomic():
        done = merge_deltas(
            lines=number,
            chunk=chunk,
            as_of=as_of,
            source=source,
            cause=CAUSE,
            now=LATER,
            actor=SYSTEM,
        )
    drop_stage(number=number)
    return done


def ship(sku: int, location: int, units: int, at: datetime, cause: str = "ful_1") -> None:
    kept = request_for(sku, location, units)
    reserve(requests=[kept], now=at, actor=SYSTEM)
    issue(issues=[IssueRequest(kept.reservation_id, None, cause)], now=at, actor=SYSTEM)


def test_a_count_changes_what_differs_and_confirms_the_rest(
    retailer: Retailer, open_stock: Put
) -> None:
    tea, cup = retailer.skus
    here, there, _ = retailer.locations
    open_stock(tea, here, 10)
    open_stock(tea, there, 4)
    version = Position.objects.get(pk=(tea, here)).version

    lines: list[Line] = [(tea, here, 10), (tea, there, 3), (cup, here, 0), (cup, there, 2)]
    (done,) = counted([*lines, *[(tea, here, 10)] * 1000], NOW + HOUR)

    assert (done.applied, done.unchanged, done.duplicate) == (2, 2, 1000)
    assert (done.units_in, done.units_out) == (2, 1)
    assert sorted(done.sku_ids) == [tea, cup]
    assert state_of(tea, there).on_hand == 3
    assert state_of(cup, there).on_hand == 2
    assert not Position.objects.filter(sku_id=cup, location_id=here).exists()
    # What was as counted was not written, and is counted all the same.
    untouched = Position.objects.get(pk=(tea, here))
    assert (untouched.version, untouched.counted_as_of) == (version, None)
    pairs = {(tea, here), (tea, there), (cup, here), (cup, there)}
    assert last_counts(pairs) == dict.fromkeys(pairs, NOW + HOUR)
    assert told([(tea, here, -1, NOW, "S-1")]).superseded == 1
    line = Movement.objects.get(kind="count", sku_id=tea)
    assert (line.counted, line.on_hand_delta, line.cause_id) == (3, -1, "run_1")
    assert verify().clean


def test_confirmations_do_not_pile_up(retailer: Retailer, open_stock: Put) -> None:
    tea, cup = retailer.skus
    here, there, far = retailer.locations
    for place in retailer.locations:
        open_stock(tea, place, 10)
    everywhere: list[Line] = [(tea, here, 10), (tea, there, 10), (tea, far, 10)]
    padding: list[Line] = [(cup, here, 0)] * 1000
    for day in range(1, 4):
        counted([*everywhere, *padding], NOW + day * 24 * HOUR)
    assert Confirmation.objects.filter(sku_id=tea).count() == 1
    counted([*everywhere[:2], *padding], NOW + 96 * HOUR)
    assert sorted(
        (row.as_of, sorted(row.location_ids)) for row in Confirmation.objects.filter(sku_id=tea)
    ) == [(NOW + 72 * HOUR, [far]), (NOW + 96 * HOUR, [here, there])]


@pytest.mark.parametrize("padding", [0, 1000])
def test_older_counts_are_stale_and_the_same_again_is_a_duplicate(
    retailer: Retailer, open_stock: Put, padding: int
) -> None:
    tea, cup = retailer.skus
    here, there, _ = retailer.locations
    open_stock(tea, here, 10)
    open_stock(tea, there, 10)
    more: list[Line] = [(cup, here, 0)] * padding
    lines: list[Line] = [(tea, here, 7), (tea, there, 10), *more]
    counted(lines, NOW + 2 * HOUR)
    (older,) = counted([(tea, here, 9), (tea, there, 9), *more], NOW + HOUR)
    assert (older.stale, older.applied) == (2 + (padding > 0), 0)
    (again,) = counted(lines, NOW + 2 * HOUR)
    assert (again.duplicate, again.applied) == (2 + padding, 0)
    (other,) = counted([(tea, here, 8), (tea, there, 8), *more], NOW + 2 * HOUR)
    assert {item.code for item in other.refused} == {"contradicts_count"}
    assert (state_of(tea, here).on_hand, state_of(tea, there).on_hand) == (7, 10)


def test_a_line_that_contradicts_another_of_its_file_is_refused(
    retailer: Retailer, open_stock: Put
) -> None:
    tea = retailer.skus[0]
    here, there, _ = retailer.locations
    open_stock(tea, here, 10)
    (done,) = counted([(tea, here, 7), (tea, there, 1), (tea, here, 8)], NOW + HOUR)
    assert [(item.line, item.code) for item in done.refused] == [
        (1, "named_twice"),
        (3, "named_twice"),
    ]
    assert (done.applied, state_of(tea, here).on_hand) == (1, 10)


def test_what_we_shipped_and_they_have_not_heard_stands(
    retailer: Retailer, open_stock: Put
) -> None:
    tea = retailer.skus[0]
    here, there, _ = retailer.locations
    open_stock(tea, here, 100)
    open_stock(tea, there, 100)
    ship(tea, here, 3, NOW + HOUR, "ful_1")
    ship(tea, here, 5, NOW + 2 * HOUR, "ful_2")
    ship(tea, there, 7, NOW + 2 * HOUR, "ful_3")
    at = NOW + 3 * HOUR
    # They heard of the first only; of the second by name, but after they counted.
    assert acknowledge(source="erp", causes=[("ful_2", at), ("ful_3", NOW + 2 * HOUR)]) == {
        "ful_2",
        "ful_3",
    }
    (done,) = counted([(tea, here, 97), (tea, there, 93)], at, to=NOW + HOUR + HOUR)
    assert (done.applied, done.unchanged) == (0, 2)
    (done,) = counted([(tea, here, 92)], at + HOUR, to=NOW + HOUR + HOUR)
    assert (done.applied, state_of(tea, here).on_hand) == (0, 92)
    # Who sees goods leave needs no word from us.
    (done,) = counted([(tea, here, 90)], at + 2 * HOUR)
    assert (done.applied, state_of(tea, here).on_hand) == (1, 90)


def test_a_count_leaves_what_orders_hold(retailer: Retailer, open_stock: Put) -> None:
    tea = retailer.skus[0]
    here = retailer.locations[0]
    open_stock(tea, here, 10)
    kept = request_for(tea, here, 6)
    reserve(requests=[kept], now=NOW, actor=SYSTEM)
    (done,) = counted([(tea, here, 4)], NOW + HOUR)
    (short,) = done.short
    assert (short.missing, short.reserved, state_of(tea, here).on_hand) == (2, 6, 6)
    (again,) = counted([(tea, here, 4)], NOW + HOUR)
    assert (again.duplicate, len(again.short)) == (1, 0)
    issue(issues=[IssueRequest(kept.reservation_id)], now=NOW + 2 * HOUR, actor=SYSTEM)
    (taken_up,) = counted([(tea, here, 4)], NOW + HOUR, again=True)
    # The shop has sent six of four: two of them were never there, and zero is left.
    assert [item.missing for item in taken_up.short] == [2]
    assert state_of(tea, here).on_hand == 0
    assert verify().clean


def test_a_full_count_takes_away_what_it_does_not_mention(
    retailer: Retailer, open_stock: Put
) -> None:
    tea, cup = retailer.skus
    here, there, far = retailer.locations
    for sku, place in ((tea, here), (cup, here), (cup, there), (tea, far)):
        open_stock(sku, place, 5)
    (done,) = counted([(tea, here, 5), (tea, there, 0)], NOW + HOUR, full=True)
    assert done.applied == 2
    assert state_of(cup, here).on_hand == state_of(cup, there).on_hand == 0
    assert state_of(tea, far).on_hand == 5


def test_differences_count_once_and_not_below_what_is_held(
    retailer: Retailer, open_stock: Put
) -> None:
    tea, cup = retailer.skus
    here, there, _ = retailer.locations
    open_stock(tea, here, 10)
    reserve(requests=[request_for(tea, here, 4)], now=NOW, actor=SYSTEM)
    done = told(
        [
            (tea, here, -5, NOW, "A"),
            (tea, here, -3, NOW, "B"),
            (tea, here, 1, NOW, "C"),
            (tea, here, -5, NOW, "A"),
            (tea, here, -4, NOW, "A"),
            (cup, here, -1, NOW, "D"),
            (cup, there, 2, NOW, "E"),
            (cup, there, -1, NOW, "F"),
        ]
    )
    assert (done.applied, done.duplicate) == (4, 1)
    assert [(item.line, item.code) for item in done.refused] == [(5, "line_id_reused")]
    assert [(item.line, item.missing) for item in done.short] == [(2, 1), (6, 1)]
    assert (state_of(tea, here).on_hand, state_of(cup, there).on_hand) == (4, 1)
    assert not Position.objects.filter(sku_id=cup, location_id=here).exists()
    again = told([(tea, here, -5, NOW, "A"), (tea, here, -3, NOW, "B"), (cup, there, 2, NOW, "E")])
    assert (again.applied, again.duplicate) == (0, 3)
    assert verify().clean


def test_a_comparison_explains_what_it_can(retailer: Retailer, open_stock: Put) -> None:
    tea, cup = retailer.skus
    here, there, _ = retailer.locations
    open_stock(tea, here, 100)
    open_stock(cup, here, 3)
    open_stock(cup, there, 9)
    ship(tea, here, 3, NOW + HOUR)
    ship(tea, here, 2, NOW + 4 * HOUR)
    at = NOW + 2 * HOUR
    number = stage([(tea, here, 99), (cup, there, 9)], full=True)
    chunk = next_chunk(number=number, size=100, as_of=at)
    assert chunk
    compared = compare_counts(
        lines=number, chunk=chunk, as_of=at, knowledge=Knowledge(source="erp", acknowledged_to=NOW)
    )
    assert (compared.positions, compared.ours, compared.theirs) == (3, 107, 108)
    assert list(compared.differences) == [
        CountDifference(
            sku_id=tea,
            location_id=here,
            as_of=at,
            mentioned=True,
            ours=95,
            theirs=99,
            in_flight=-2,
            unacknowledged=-3,
            unexplained=-1,
        ),
        CountDifference(
            sku_id=cup,
            location_id=here,
            as_of=at,
            mentioned=False,
            ours=3,
            theirs=0,
            in_flight=0,
            unacknowledged=0,
            unexplained=-3,
        ),
    ]


@dataclass(frozen=True)
class Message:
    """Something that a peer says about one position: a count as of a moment, or a difference."""

    at: datetime
    count: int | None
    delta: int
    ref: str
    to: datetime | None


def send(message: Message, sku: int, place: int) -> None:
    if message.count is not None:
        (done,) = counted(
            [(sku, place, message.count), (sku, place, message.count)], message.at, to=message.to
        )
        assert not done.refused
    else:
        assert not told([(sku, place, message.delta, message.at, message.ref)], source="erp").short


steps = st.lists(
    st.tuples(
        st.sampled_from(["sale", "receipt", "ship", "count", "hear"]),
        st.integers(1, 5),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.parametrize("hears", [False, True])
@given(steps=steps, data=st.data())
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_order_messages_come_in_the_truth_comes_out(
    retailer: Retailer,
    hears: bool,  # noqa: FBT001 - a parameter of the test
    steps: list[tuple[str, int, bool]],
    data: st.DataObject,
) -> None:
    """A peer sells, receives and counts; Chaland ships; the peer hears of that late, or sees it."""
    code = str(new_uuid())
    sku = Sku.objects.create(code=code, name="x", weight_grams=1, search_text="x").id
    place = retailer.locations[0]
    load_opening_stock(stock=[OpeningStock(sku, place, 1000)], source="test", now=NOW, actor=SYSTEM)
    truth = book = 1000
    heard, unheard = NOW, 0
    messages: list[Message] = []
    for minute, (what, units, drifts) in enumerate(steps, 1):
        at = NOW + timedelta(minutes=minute)
        if what == "hear":
            book, unheard, heard = book - unheard, 0, at
        elif what == "ship":
            ship(sku, place, units, at)
            truth -= units
            unheard += units
            if not hears:
                book, unheard, heard = book - unheard, 0, at
        elif what == "count":
            messages.append(Message(at, book, 0, "", heard if hears else None))
        else:
            delta = units if what == "receipt" else -units
            truth += delta
            book += delta
            if not drifts:  # some are never told: only a count finds them
                messages.append(Message(at, None, delta, f"{code}-{minute}", None))
    final = NOW + timedelta(hours=2)
    messages.append(Message(final, book, 0, "", heard if hears else None))

    for message in data.draw(st.permutations(messages + messages[: len(messages) // 2])):
        send(message, sku, place)

    assert state_of(sku, place).on_hand == truth
    lines = Movement.objects.filter(sku_id=sku).count()
    for message in data.draw(st.lists(st.sampled_from(messages), max_size=5)):
        send(message, sku, place)
    assert state_of(sku, place).on_hand == truth
    assert Movement.objects.filter(sku_id=sku).count() == lines


def test_the_single_way_in_follows_the_same_rules(retailer: Retailer, open_stock: Put) -> None:
    tea, cup = retailer.skus
    here = retailer.locations[0]
    open_stock(tea, here, 10)
    counted([(tea, here, 10), *[(cup, here, 0)] * 1000], NOW + 2 * HOUR)
    late = Adjustment(
        sku_id=tea,
        location_id=here,
        kind=MovementKind.ADJUSTMENT,
        source="pos",
        occurred_at=NOW + HOUR,
        on_hand_delta=-1,
    )
    (outcome,) = adjust(adjustments=[late], now=LATER, actor=SYSTEM)
    assert outcome.status == "superseded"


def test_lots_never_hold_more_than_a_feed_has_counted(retailer: Retailer) -> None:
    sku, place = retailer.skus[0], retailer.locations[0]
    Sku.objects.filter(id=sku).update(tracking="lot")
    receipts = [
        Adjustment(
            sku_id=sku,
            location_id=place,
            kind=MovementKind.RECEIPT,
            source="wms",
            occurred_at=NOW,
            on_hand_delta=4,
            lot=lot,
            expires_on=NOW.date() + timedelta(days=days),
        )
        for lot, days in (("B", 9), ("A", 5))
    ]
    adjust(adjustments=receipts, now=NOW, actor=SYSTEM)
    counted([(sku, place, 3)], NOW + HOUR)
    assert [(lot.lot, lot.on_hand) for lot in lots(limit=9, sku_ids=[sku])] == [("B", 3)]
    counted([(sku, place, 5)], NOW + 2 * HOUR)
    known = [(lot.lot, lot.on_hand) for lot in lots(limit=9, sku_ids=[sku])]
    assert known == [(None, 2), ("B", 3)]
    assert verify().clean
