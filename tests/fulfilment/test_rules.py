"""What a site may do, and how its lines add up."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaland.fulfilment import rules
from chaland.fulfilment.states import DROPPED, FULFILMENT_TRANSITIONS, GONE, WAITING
from chaland.fulfilment.types import (
    Coverage,
    FulfilmentLineView,
    FulfilmentMethod,
    FulfilmentState,
    PackedLine,
    ParcelDraft,
    PickedLine,
    SiteLine,
)
from chaland.kernel.errors import InvalidInputError
from chaland.kernel.ids import new_uuid

S = FulfilmentState
LINE, OTHER = UUID(int=1), UUID(int=2)


def line(line_id: UUID, quantity: int, **units: int) -> FulfilmentLineView:
    counts = {"picked": 0, "refused": 0, "cancelled": 0, "per_kit": 1, **units}
    return FulfilmentLineView(
        id=line_id,
        fulfilment_id=UUID(int=9),
        order_line_id=line_id,
        sku_id=1,
        sku_code="LAMP",
        quantity=quantity,
        reservation_id=line_id,
        **counts,
    )


def parcel(**units: int) -> ParcelDraft:
    """Make a parcel of units by line: ``one`` and ``other``."""
    ids = {"one": LINE, "other": OTHER}
    lines = tuple(PackedLine(ids[name], count) for name, count in units.items())
    return ParcelDraft(parcel_id=new_uuid(), lines=lines)


def test_every_state_waits_or_is_gone_or_dropped() -> None:
    assert set(FulfilmentState) == WAITING | GONE | DROPPED
    assert len(WAITING) + len(GONE) + len(DROPPED) == len(FulfilmentState)


def test_every_state_can_be_reached_and_what_has_left_never_comes_back() -> None:
    reached = {FULFILMENT_TRANSITIONS.initial}
    while True:
        more = {
            FULFILMENT_TRANSITIONS.target(state, action)
            for state in reached
            for action in FULFILMENT_TRANSITIONS.actions(state)
        }
        if more <= reached:
            break
        reached |= more
    assert reached == set(FulfilmentState)
    for state in GONE | DROPPED:
        for action in FULFILMENT_TRANSITIONS.actions(state):
            assert FULFILMENT_TRANSITIONS.target(state, action) in GONE


@pytest.mark.parametrize(
    ("state", "method", "actions"),
    [
        (S.PLANNED, FulfilmentMethod.SHIP, ["release", "cancel"]),
        (S.RELEASED, FulfilmentMethod.SHIP, ["accept", "refuse", "cancel"]),
        (S.ACCEPTED, FulfilmentMethod.PICKUP, ["pick", "refuse", "cancel"]),
        (S.PICKED, FulfilmentMethod.SHIP, ["pack", "refuse", "cancel"]),
        (S.PICKED, FulfilmentMethod.PICKUP, ["pack", "ready", "refuse", "cancel"]),
        (S.PACKED, FulfilmentMethod.SHIP, ["ship", "cancel"]),
        (S.PACKED, FulfilmentMethod.PICKUP, ["ready", "cancel"]),
        (S.READY, FulfilmentMethod.PICKUP, ["collect", "cancel"]),
        (S.SHIPPED, FulfilmentMethod.SHIP, ["deliver"]),
        (S.DELIVERED, FulfilmentMethod.SHIP, []),
        (S.REFUSED, FulfilmentMethod.SHIP, []),
    ],
)
def test_what_is_possible(
    state: FulfilmentState, method: FulfilmentMethod, actions: list[str]
) -> None:
    assert rules.allowed_actions(state, method) == actions


def test_a_kit_is_covered_as_far_as_its_scarcest_component() -> None:
    def part(sku: int, per_kit: int, to_give: int, state: FulfilmentState) -> SiteLine:
        return SiteLine(LINE, sku, per_kit, to_give, state)

    lines = [
        part(1, 1, 2, S.SHIPPED),
        part(1, 1, 1, S.PICKED),
        part(2, 2, 2, S.DELIVERED),
        part(2, 2, 3, S.PLANNED),
        part(2, 2, 9, S.REFUSED),
    ]
    # Lamps: 2 gone, 3 held. Chairs: 2 gone (1 kit), 5 held (2 kits).
    assert rules.coverage(lines) == {LINE: Coverage(planned=1, shipped=1, touched=2)}


any_part = st.tuples(
    st.integers(0, 9), st.sampled_from(FulfilmentState), st.sampled_from([LINE, OTHER])
)


@given(st.lists(any_part))
def test_plain_units_are_counted_where_they_are(
    parts: Sequence[tuple[int, FulfilmentState, UUID]],
) -> None:
    covered = rules.coverage(SiteLine(key, 1, 1, units, state) for units, state, key in parts)
    assert set(covered) == {key for _, _, key in parts}
    for key, found in covered.items():
        gone = sum(units for units, state, where in parts if where == key and state in GONE)
        waiting = sum(units for units, state, where in parts if where == key and state in WAITING)
        assert found == Coverage(planned=waiting, shipped=gone, touched=gone)


def test_what_is_not_named_was_picked_whole() -> None:
    lines = [line(LINE, 3, refused=1), line(OTHER, 2)]
    assert rules.picked_units(lines, []) == {LINE: 2, OTHER: 2}
    assert rules.picked_units(lines, [PickedLine(LINE, 0)]) == {LINE: 0, OTHER: 2}


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ([PickedLine(UUID(int=7), 1)], "lines[0].line", "unknown_line"),
        ([PickedLine(LINE, 1), PickedLine(LINE, 1)], "lines[1].line", "repeated"),
        ([PickedLine(LINE, 4)], "lines[0].picked", "out_of_range"),
        ([PickedLine(LINE, -1)], "lines[0].picked", "out_of_range"),
    ],
)
def test_impossible_picks_are_named(asked: list[PickedLine], field: str, code: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        rules.picked_units([line(LINE, 3)], asked)
    assert [(item.field, item.code) for item in refusal.value.problems] == [(field, code)]


def test_giving_back_nothing_named_means_everything_left() -> None:
    lines = [line(LINE, 3, cancelled=3), line(OTHER, 2, refused=1)]
    assert rules.dropped_units(lines, None) == {OTHER: 1}
    assert rules.dropped_units(lines, [PackedLine(OTHER, 1)]) == {OTHER: 1}
    for impossible in ([PackedLine(LINE, 1)], [PackedLine(OTHER, 0)], [PackedLine(OTHER, 1)] * 2):
        with pytest.raises(InvalidInputError):
            rules.dropped_units(lines, impossible)


def test_parcels_hold_exactly_what_was_picked() -> None:
    lines = [line(LINE, 3, picked=3), line(OTHER, 2, picked=1)]
    assert rules.packed_units(lines, [parcel()]) == [{LINE: 3, OTHER: 1}]
    split = [parcel(one=1, other=1), parcel(one=2)]
    assert rules.packed_units(lines, split) == [{LINE: 1, OTHER: 1}, {LINE: 2}]


@pytest.mark.parametrize(
    "parcels",
    [
        [parcel(one=2, other=1)],
        [parcel(one=4, other=1)],
        [parcel(one=3), parcel()],
        [parcel(), parcel()],
        [parcel(one=3), parcel(one=3, other=1)],
    ],
)
def test_parcels_that_hold_more_or_less_are_refused(parcels: list[ParcelDraft]) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        rules.packed_units([line(LINE, 3, picked=3), line(OTHER, 2, picked=1)], parcels)
    assert all(item.field.startswith("parcels") for item in refusal.value.problems)
