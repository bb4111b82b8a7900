"""Pure decisions about counts, over whatever may come."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from chaland.accuracy.rules.counting import (
    Expectation,
    Scan,
    effect_of,
    is_within,
    missing_explained,
    tally,
)
from chaland.accuracy.rules.policies import in_force, policy_problems, prior_of, tolerance_of
from chaland.accuracy.states import COUNT_TRANSITIONS
from chaland.accuracy.types import CountState, PolicyDraft, Tolerance
from chaland.network.types import LocationKind

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
modes: st.SearchStrategy[Literal["add", "set"]] = st.sampled_from(["add", "set"])


@st.composite
def scans(draw: st.DrawFn) -> list[Scan]:
    """Draw scans of one SKU, each at a moment of its own."""
    minutes = draw(st.lists(st.integers(0, 500), unique=True, min_size=1, max_size=12))
    return [
        Scan(
            seq=place,
            mode=draw(modes),
            quantity=draw(st.integers(0, 9)),
            area=draw(st.sampled_from(["", "stock"])),
            counter=draw(st.sampled_from(["anne", "bob"])),
            counter_label="",
            counted_at=START + timedelta(minutes=minute),
        )
        for place, minute in enumerate(minutes)
    ]


@given(scans=scans(), order=st.randoms())
def test_a_tally_does_not_depend_on_the_order_in_which_scans_arrive(
    scans: list[Scan], order: random.Random
) -> None:
    found = tally(scans)
    assert found is not None
    shuffled = list(scans)
    order.shuffle(shuffled)
    assert tally(shuffled) == found
    assert found.counted >= 0
    assert found.first_at <= found.counted_at
    if len({scan.counter for scan in scans}) == 1:
        assert not found.contradicted
    assert tally([]) is None


@given(
    on_hand=st.integers(0, 12),
    reserved=st.integers(0, 12),
    display=st.integers(0, 4),
    damaged=st.integers(0, 4),
    frozen=st.integers(0, 6),
    before=st.integers(0, 3),
    after=st.integers(0, 3),
    since=st.integers(-4, 4),
    counted=st.integers(0, 12),
)
def test_a_count_that_is_applied_leaves_a_position_that_the_database_takes(
    on_hand: int,
    reserved: int,
    display: int,
    damaged: int,
    frozen: int,
    before: int,
    after: int,
    since: int,
    counted: int,
) -> None:
    unavailable = display + damaged + frozen + before + after
    available = on_hand - reserved - unavailable
    if available < 0:
        return  # the database would not have let it come to this
    known = Expectation(
        expected=on_hand - since,
        reserved=reserved,
        on_hand=on_hand,
        available=available,
        disturbed=False,
        missing_before=before,
        missing_after=after,
        blocked=(("damaged", damaged), ("display", display)),
    )
    effect = effect_of(known, counted=counted, frozen=frozen)
    then = counted + since
    least = max(after - max(0, on_hand - then - before), 0)  # still missing, whatever gives way
    assert (effect.verdict == "impossible") == (then < 0)
    if effect.verdict == "apply":
        freed = dict(effect.freed)
        assert all(
            0 < units <= {"display": display, "damaged": damaged}[s] for s, units in freed.items()
        )
        left = unavailable - frozen - effect.found_missing - sum(freed.values())
        assert then >= reserved + left
        assert 0 <= effect.found_missing <= before + after
    elif effect.verdict == "hold":
        assert then < reserved + least, (
            "only units that are promised, or missed since, are in the way"
        )


@given(before=st.integers(0, 5), after=st.integers(0, 5), difference=st.integers(-9, 9))
def test_missing_units_are_settled_once(before: int, after: int, difference: int) -> None:
    settled = missing_explained(before=before, after=after, difference=difference)
    assert before <= settled <= before + after
    if difference >= 0:
        assert settled == before, "nothing was taken away: what was missed since is still missing"


@given(
    expected=st.integers(0, 500), counted=st.integers(0, 500), units=st.integers(0, 5),
    percent=st.decimals(0, 100, places=2),
)  # fmt: skip
def test_tolerance_is_wider_for_wider_settings(
    expected: int, counted: int, units: int, percent: Decimal
) -> None:
    def within(tolerance: Tolerance, cost: Decimal | None = None) -> bool:
        return is_within(tolerance, expected=expected, counted=counted, unit_cost=cost)

    tight = within(Tolerance(units, percent, None))
    assert not tight or within(Tolerance(units + 1, percent, None))
    assert tight == (
        abs(expected - counted) <= units or abs(expected - counted) * 100 <= percent * expected
    )
    assert within(Tolerance(0, Decimal(0), Decimal(0)), Decimal(1)) == (expected == counted)


def test_the_most_specific_policy_gives_each_value() -> None:
    policies = [
        PolicyDraft(code="all", tolerance_units=1, prior_pickable=0.8),
        PolicyDraft(code="kind", location_kind=LocationKind.STORE, tolerance_units=2),
        PolicyDraft(code="category", category="Toys", tolerance_units=3),
        PolicyDraft(code="place", location="PARIS", tolerance_percent=Decimal(7)),
    ]
    for category, units in (("", 2), ("Toys", 3)):
        lyon = in_force(policies, location="LYON", kind=LocationKind.STORE, category=category)
        assert tolerance_of(lyon).units == units
    paris = in_force(policies, location="PARIS", kind=LocationKind.STORE, category="Toys")
    assert tolerance_of(paris) == Tolerance(3, Decimal(7), None)
    assert prior_of(paris, LocationKind.STORE) == 0.8
    assert prior_of([], LocationKind.WAREHOUSE) == 0.995
    assert policy_problems(PolicyDraft(code="none"))[0].code == "sets_nothing"


def test_a_count_that_is_over_stays_over() -> None:
    for state in (CountState.APPROVED, CountState.REJECTED, CountState.CANCELLED):
        assert COUNT_TRANSITIONS.is_final(state)
