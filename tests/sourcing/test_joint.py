"""Orders assigned together: as good as the best joint choice, never worse than what they have."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations, product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from chaland.sourcing.engine import decide
from chaland.sourcing.joint import batches_of, groups_of, reassign
from chaland.sourcing.joint.placing import placement_of, priced_placements
from chaland.sourcing.rules.joint.columns import (
    Column,
    Offer,
    Placement,
    Problem,
    Resource,
    reduced_cost,
)
from chaland.sourcing.rules.joint.generation import choose_together
from chaland.sourcing.types import (
    Demand,
    JointResult,
    JointStatus,
    Outcome,
    Waiting,
    World,
)
from tests.sourcing.worlds import LILLE, LYON, MARSEILLE, PARIS, Scene, Site, ship

PLACES = (PARIS, LYON, LILLE, MARSEILLE)
TIME = 60.0


def waiting_of(
    demands: Sequence[Demand], world: World, slack: timedelta = timedelta(days=3)
) -> list[Waiting]:
    """Decide orders one after the other, as they come in; leave out what finds no place.

    They are promised *slack* later than they could arrive.
    """
    decisions = decide(demands, world)
    return [
        Waiting(
            demand=replace(demand, promised_latest=decision.window.latest + slack),
            present=decision.assignments,
        )
        for demand, decision in zip(demands, decisions, strict=True)
        if decision.outcome is Outcome.SOURCED and decision.window is not None
    ]


def plans_of(
    waiting: Sequence[Waiting], result: JointResult
) -> list[Mapping[tuple[int, int], int]]:
    """Return what each order takes in the end: units by SKU and location."""
    plans: list[Mapping[tuple[int, int], int]] = []
    for item, plan in zip(waiting, result.plans, strict=True):
        kept = item.present if plan.decision is None else plan.decision.assignments
        plans.append({(sku, place): units for sku, place, units in placement_of(kept)})
    return plans


SITES = (Site(code="paris", at=PARIS), Site(code="lille", at=LILLE), Site(code="lyon", at=LYON))


# Nearest to Lyon, so Lyon it is; the next, which wants both SKUs, has to be divided then.
CROSSED = (ship({1: 1}, at=(46.0, 4.7)), ship({1: 1, 2: 1}, at=MARSEILLE))


def crossed_scene() -> Scene:
    return Scene(sites=SITES, stock={1: {"lyon": 1, "paris": 1}, 2: {"lyon": 1}})


def crossed() -> tuple[list[Waiting], World]:
    """Make two orders of which the first took what the second needs far more."""
    world = crossed_scene().world()
    return waiting_of(CROSSED, world), world


def test_an_order_makes_room_for_one_that_gains_more() -> None:
    waiting, world = crossed()
    assert [len(item.present) for item in waiting] == [1, 2]

    result = reassign(waiting, world, seconds=TIME)

    assert result.status is JointStatus.OPTIMAL
    assert [len(plan.decision.assignments) for plan in result.plans if plan.decision] == [1, 1]
    assert result.saving > 0
    assert result.lower_bound is not None
    assert result.lower_bound <= result.cost_after
    assert result.gap == 0


def test_the_world_is_left_as_if_the_plans_had_been_decided() -> None:
    waiting, world = crossed()
    before, load = world.stock.available.sum(), world.load.sum()

    result = reassign(waiting, world, seconds=TIME)

    assert world.stock.available.sum() == before
    assert world.load.sum() == load - 1
    taken: dict[tuple[int, int], int] = {}
    for plan in plans_of(waiting, result):
        for cell, units in plan.items():
            taken[cell] = taken.get(cell, 0) + units
    fresh = crossed_scene().world().stock.available
    for (sku, place), units in taken.items():
        row = world.stock.row_of[sku]
        assert world.stock.available[row, place] == fresh[row, place] - units


def test_without_time_everything_stays() -> None:
    waiting, world = crossed()

    result = reassign(waiting, world, seconds=0)

    assert result.status is JointStatus.BUDGET
    assert result.changed == 0
    assert result.cost_after == result.cost_before
    assert result.lower_bound is None
    assert result.gap is None


def test_a_change_has_to_be_worth_its_price() -> None:
    waiting, world = crossed()
    saving = reassign(*crossed(), seconds=TIME).saving

    result = reassign(waiting, world, seconds=TIME, change_price=saving)

    assert result.changed == 0
    assert result.status is JointStatus.UNCHANGED


def test_nobody_arrives_after_the_promise() -> None:
    world = crossed_scene().world()
    tight = waiting_of(CROSSED, world, slack=timedelta(0))

    result = reassign(tight, world, seconds=TIME)

    # Paris could serve the first order as well, but a day later.
    assert result.status is JointStatus.UNCHANGED


def test_an_order_whose_site_is_out_of_bounds_by_now_stays_and_keeps_its_units() -> None:
    waiting, world = crossed()
    lyon = world.network.locations[2].id
    shut_out = [
        replace(waiting[0], demand=replace(waiting[0].demand, exclusions=frozenset({lyon}))),
        waiting[1],
    ]

    result = reassign(shut_out, world, seconds=TIME)

    assert result.changed == 0
    assert result.plans[0].cost_before == sum(part.cost.total for part in waiting[0].present)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Scene, list[Demand], timedelta]:
    skus = (1, 2, 3)
    sites = tuple(
        Site(
            code=f"s{number}",
            at=draw(st.sampled_from(PLACES)),
            per_order=draw(st.sampled_from(("0.50", "1.00", "2.40"))),
            capacity=draw(st.sampled_from((0, 0, 1, 2))),
        )
        for number in range(draw(st.integers(2, 3)))
    )
    stock = {sku: {site.code: draw(st.integers(0, 2)) for site in sites} for sku in skus}
    demands = [
        ship(
            draw(st.dictionaries(st.sampled_from(skus), st.integers(1, 2), min_size=1, max_size=2)),
            at=draw(st.sampled_from(PLACES)),
            grams=draw(st.sampled_from((300, 900))),
        )
        for _ in range(draw(st.integers(2, 4)))
    ]
    slack = timedelta(days=draw(st.integers(0, 3)))
    return Scene(sites=sites, stock=stock), demands, slack


def choices_of(demand: Demand, count: int) -> list[Placement]:
    """Return every way to take the units of a demand from *count* sites."""
    units = [line.sku_id for line in demand.lines for _ in range(line.quantity)]
    found = set()
    for places in product(range(count), repeat=len(units)):
        taken = Counter(zip(units, places, strict=True))
        found.add(tuple(sorted((sku, place, many) for (sku, place), many in taken.items())))
    return sorted(found)


def options_of(
    item: Waiting, stays: int, scene: Scene, world: World
) -> list[tuple[int, Placement, set[int]]]:
    """Return what an order may come to: cost, placement, and the sites whose next day it takes.

    A parcel that stays keeps the day that it was given.
    """
    policy = world.policies.policy_of(item.demand)
    present = placement_of(item.present)
    given = {part.location_index: part.window.dispatch_by for part in item.present}
    placements = choices_of(item.demand, len(scene.sites))
    priced = priced_placements([(item.demand, policy, it) for it in placements], world)
    options = []
    for decision, placement in zip(priced, placements, strict=True):
        if decision is None or decision.window is None or item.demand.promised_latest is None:
            continue
        days = {part.location_index: part.window.dispatch_by for part in decision.assignments}
        if placement == present:
            next_day = {place for place, moment in days.items() if moment >= given[place]}
            options.append((stays, placement, next_day))
        elif decision.window.latest <= item.demand.promised_latest:
            options.append((decision.cost.total, placement, set(days)))
    return options


def best_of_all(waiting: Sequence[Waiting], scene: Scene, result: JointResult) -> int:
    """Compare every joint choice, by the prices of the world without these orders."""
    world = scene.world()
    options = [
        options_of(item, plan.cost_before, scene, world)
        for item, plan in zip(waiting, result.plans, strict=True)
    ]
    best = result.cost_before
    daily = world.network.daily_capacity
    for combination in product(*options):
        taken = np.zeros_like(world.stock.available)
        parcels = np.zeros(len(scene.sites), np.int32)
        for _, placement, days in combination:
            for sku, place, units in placement:
                taken[world.stock.row_of[sku], place] += units
            parcels[list(days)] += 1
        if (taken <= world.stock.available).all() and ((daily == 0) | (parcels <= daily)).all():
            best = min(best, sum(cost for cost, _, _ in combination))
    return best


@settings(max_examples=60, deadline=None)
@given(scenes())
def test_bound_optimum_and_choice_are_in_order(made: tuple[Scene, list[Demand], timedelta]) -> None:
    scene, demands, slack = made
    world = scene.world()
    waiting = waiting_of(demands, world, slack)

    result = reassign(waiting, world, seconds=TIME)
    again_world = scene.world()
    again = reassign(waiting_of(demands, again_world, slack), again_world, seconds=TIME)

    assert result.status in {JointStatus.OPTIMAL, JointStatus.UNCHANGED}
    assert result.cost_after <= result.cost_before
    assert result.lower_bound is not None
    optimum = best_of_all(waiting, scene, result)
    assert result.lower_bound <= optimum
    assert optimum <= result.cost_after
    if result.gap == 0:
        assert result.cost_after == optimum
    assert (world.stock.available >= 0).all()
    assert plans_of(waiting, again) == plans_of(waiting, result)


# --- the master and its columns, beside a pricer that knows every plan ---


class Listed:
    """A pricer over columns that are all known."""

    def __init__(self, columns: Sequence[Sequence[Column]]) -> None:
        self._columns = columns

    def offers(self, prices: Mapping[Resource, int]) -> list[Offer]:
        """Return the best column of each order."""
        offers = []
        for columns in self._columns:
            best = min(columns, key=lambda column: reduced_cost(column, prices))
            offers.append(Offer([best], reduced_cost(best, prices)))
        return offers


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[list[Column]], dict[Resource, int]]:
    cells = [(sku, place) for sku in (0, 1) for place in (0, 1, 2)]
    columns = []
    amounts = {Resource("stock", place, sku): draw(st.integers(0, 2)) for sku, place in cells}
    for order in range(draw(st.integers(2, 4))):
        own = []
        chosen = draw(
            st.lists(
                st.sampled_from([*combinations(cells, 1), *combinations(cells, 2)]),
                min_size=1,
                max_size=5,
                unique=True,
            )
        )
        for taken in chosen:
            placement = tuple((sku, place, 1) for sku, place in taken)
            uses = tuple((Resource("stock", place, sku), 1) for sku, place in taken)
            own.append(Column(order, draw(st.integers(1, 90)) * 1_000, placement, uses))
        columns.append(own)
        for resource, units in own[0].uses:
            # What the orders have is there.
            amounts[resource] += units
    return columns, amounts


@settings(max_examples=150, deadline=None)
@given(problems())
def test_columns_and_master_come_to_the_best_joint_choice(
    made: tuple[list[list[Column]], dict[Resource, int]],
) -> None:
    columns, amounts = made

    def fits(combination: Sequence[Column]) -> bool:
        taken: dict[Resource, int] = {}
        for column in combination:
            for resource, units in column.uses:
                taken[resource] = taken.get(resource, 0) + units
        return all(units <= amounts[resource] for resource, units in taken.items())

    present = [own[0] for own in columns]
    chosen = choose_together(Problem(present, amounts.get, Listed(columns)), lambda: TIME)

    cost = sum(column.cost for column in chosen.columns)
    optimum = min(
        sum(column.cost for column in combination)
        for combination in product(*columns)
        if fits(combination)
    )
    assert chosen.finished
    assert chosen.sound
    assert fits(chosen.columns)
    assert chosen.bound is not None
    assert chosen.bound <= optimum <= cost <= sum(column.cost for column in present)


# --- which orders are looked at together ---


@given(
    st.lists(
        st.tuples(
            st.sets(st.integers(1, 9), min_size=1, max_size=3),
            st.tuples(st.floats(40, 50), st.floats(0, 8)),
        ),
        max_size=20,
    ),
    st.integers(1, 6),
)
def test_batches_hold_every_order_once_and_competitors_together_where_they_fit(
    orders: list[tuple[set[int], tuple[float, float]]], most: int
) -> None:
    skus = [wanted for wanted, _ in orders]

    batches = batches_of(skus, [place for _, place in orders], most)

    assert sorted(number for batch in batches for number in batch) == list(range(len(orders)))
    assert all(len(batch) <= most for batch in batches)
    batch_of = {number: place for place, batch in enumerate(batches) for number in batch}
    for group in groups_of(skus):
        assert all(
            not skus[number] & skus[other]
            for number in group
            for other in set(range(len(orders))) - set(group)
        )
        if len(group) <= most:
            assert len({batch_of[number] for number in group}) == 1
