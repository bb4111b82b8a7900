"""A period in memory: nothing is lost, nothing is made up, and a pause changes nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaland.availability.withholding import Withholding
from chaland.lab.simulation import (
    Arrival,
    Choice,
    EnginePlayer,
    Moment,
    Scenario,
    Simulation,
    State,
    StockChanges,
    compare,
    measures_of,
)
from chaland.promise.types import COST_UNIT
from chaland.sourcing.types import DEFAULT_STRATEGY, Demand, OnePolicy, Waiting
from tests.sourcing.worlds import FRIDAY, LILLE, LYON, PARIS, Site, engine_of, ship

STARTS = int(FRIDAY.timestamp())
PLACES = (PARIS, LYON, LILLE)
SITES = (
    Site(code="A", at=PARIS, capacity=3),
    Site(code="B", at=LYON, capacity=2),
    Site(code="C", at=LILLE),
)
SKUS = 6


def scenario(seed: int, *, orders: int = 30, wrong: float = 0.3, whole: bool = False) -> Scenario:
    draw = np.random.default_rng(seed)
    engine = engine_of(SITES)
    recorded = draw.integers(0, 8, (SKUS, len(SITES))).astype(np.int32)
    missing = draw.random(recorded.shape) < wrong
    actual = np.where(missing, draw.integers(0, 3, recorded.shape), recorded).astype(np.int32)
    moments = np.sort(draw.integers(0, 3 * 86_400, orders))
    arrivals = [
        Arrival(STARTS + int(moment), _order(draw, STARTS + int(moment))) for moment in moments
    ]
    count = 8
    return Scenario(
        network=engine.network,
        promise=engine,
        sku_ids=tuple(range(100, 100 + SKUS)),
        recorded=recorded,
        actual=actual,
        chance=np.full(recorded.shape, 0.8, np.float32),
        arrivals=arrivals,
        changes=StockChanges(
            at=np.sort(STARTS + draw.integers(0, 4 * 86_400, count)),
            row=draw.integers(0, SKUS, count),
            location=draw.integers(0, len(SITES), count),
            recorded=draw.integers(0, 4, count),
            actual=draw.integers(0, 4, count),
        ),
        withholding=Withholding(
            engine.network,
            now=FRIDAY,
            profiles=lambda _sku_ids: {},
            fences=lambda _sku_ids, _channels: {},
        ),
        starts=STARTS,
        whole_lines=whole,
        seed=seed,
    )


def _order(draw: np.random.Generator, at: int) -> Demand:
    skus = draw.choice(SKUS, int(draw.integers(1, 4)), replace=False) + 100
    return ship(
        {int(sku): int(draw.integers(1, 4)) for sku in skus},
        at=PLACES[int(draw.integers(len(PLACES)))],
        promised_latest=datetime.fromtimestamp(at, UTC) + timedelta(days=4),
    )


def engine_player() -> EnginePlayer:
    return EnginePlayer(books=lambda _now: OnePolicy(DEFAULT_STRATEGY))


def facts(state: State) -> dict[str, list[int]]:
    return {
        **{name: values.tolist() for name, values in state.orders.items()},
        "recorded": state.recorded.ravel().tolist(),
        "actual": state.actual.ravel().tolist(),
        "parcels": state.site_parcels.tolist(),
        "stock_outs": state.stock_outs.tolist(),
    }


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), whole=st.booleans())
def test_every_unit_and_every_order_is_accounted_for(seed: int, *, whole: bool) -> None:
    world = scenario(seed, whole=whole)
    simulation = Simulation(world, engine_player())
    while not simulation.done:
        simulation.step()
        assert simulation.state.recorded.min() >= 0
        assert simulation.state.actual.min() >= 0
        for (site, _day), used in simulation.state.slots.items():
            assert used <= (SITES[site].capacity or used)
    state = simulation.state
    asked = [sum(line.quantity for line in item.demand.lines) for item in world.arrivals]
    settled = state.orders["units_sent"] + state.orders["units_unfilled"]
    assert settled.tolist() == asked
    came = int(world.changes.actual[: state.next_change].sum())
    left = int(state.actual.sum())
    assert int(world.actual.sum()) + came == left + int(state.orders["units_sent"].sum())


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), stop_after=st.integers(1, 200))
def test_a_run_that_was_written_down_goes_on_as_if_it_had_not_been(
    seed: int, stop_after: int
) -> None:
    world = scenario(seed)
    straight = Simulation(world, engine_player()).run()
    first = Simulation(world, engine_player())
    for _ in range(stop_after):
        if not first.done:
            first.step()
    resumed = Simulation(world, engine_player(), State.load(first.state.dump())).run()
    assert facts(resumed) == facts(straight)


def test_the_same_way_twice_makes_no_difference() -> None:
    world = scenario(7)
    once = measures_of(world, Simulation(world, engine_player()).run())
    again = measures_of(world, Simulation(world, engine_player()).run())
    for item in compare(once, again):
        assert (item.difference.low, item.difference.high) == (0.0, 0.0)
        assert item.before == item.after


def test_what_is_missed_goes_to_another_site_and_the_labour_was_spent() -> None:
    world = _one_order(recorded=[[2, 2, 0]], actual=[[0, 2, 0]], quantity=2)
    state = Simulation(world, engine_player()).run()
    assert state.orders["refusals"].tolist() == [1]
    assert state.orders["units_sent"].tolist() == [2]
    assert state.site_refusals.tolist() == [1, 0, 0]
    assert state.site_parcels.tolist() == [0, 1, 0]
    # Two sites looked for one line each: 1.00 an order and 0.20 a line, twice.
    assert state.orders["handling"].tolist() == [2.4 * COST_UNIT]
    assert state.orders["arrived_at"][0] > STARTS + 86_400


def test_what_was_found_is_sent_unless_lines_stay_whole() -> None:
    found = _one_order(recorded=[[2, 2, 0]], actual=[[1, 2, 0]], quantity=2)
    assert Simulation(found, engine_player()).run().site_parcels.tolist() == [1, 1, 0]
    whole = _one_order(recorded=[[2, 2, 0]], actual=[[1, 2, 0]], quantity=2, whole=True)
    state = Simulation(whole, engine_player()).run()
    assert state.site_parcels.tolist() == [0, 1, 0]
    assert state.actual.tolist() == [[1, 0, 0]]


def test_nobody_has_it() -> None:
    world = _one_order(recorded=[[2, 0, 0]], actual=[[0, 0, 0]], quantity=2)
    state = Simulation(world, engine_player()).run()
    assert state.orders["units_unfilled"].tolist() == [2]
    assert measures_of(world, state).mean("kept") == 0.0


def test_a_missed_unit_makes_the_others_there_doubtful() -> None:
    world = scenario(3)
    state = State.at_start(world)
    state.missed[2, 1] = 1
    moment = Moment(world, state, FRIDAY, np.zeros(len(SITES), np.int32))
    chances = moment.chances(np.array([1, 2], np.int64))
    assert chances is not None
    assert chances[1, 1] == pytest.approx(4 / (4 + np.exp(4)), rel=1e-3)
    assert chances[0].tolist() == pytest.approx([0.8] * 3)


class _Always:
    """A player that gives everything to the first site, again and again."""

    every = 0

    def reconsider(self, waiting: Sequence[Waiting], moment: Moment) -> list[list[Choice] | None]:
        del moment
        return [None] * len(waiting)

    def choose(self, demands: Sequence[Demand], moment: Moment) -> list[list[Choice]]:
        del moment
        return [
            [Choice(0, 0, tuple((at, line.quantity) for at, line in enumerate(demand.lines)))]
            for demand in demands
        ]


def test_a_full_day_makes_work_wait_until_the_next() -> None:
    world = _one_order(recorded=[[9, 0, 0]], actual=[[9, 0, 0]], quantity=1, copies=5)
    simulation = Simulation(world, _Always())
    simulation.step()
    days = [task.day for task in simulation.state.tasks.values()]
    assert [days.count(day) for day in sorted(set(days))] == [3, 2]


def _one_order(
    *,
    recorded: list[list[int]],
    actual: list[list[int]],
    quantity: int,
    whole: bool = False,
    copies: int = 1,
) -> Scenario:
    engine = engine_of(SITES)
    return Scenario(
        network=engine.network,
        promise=engine,
        sku_ids=(100,),
        recorded=np.array(recorded, np.int32),
        actual=np.array(actual, np.int32),
        arrivals=[Arrival(STARTS, ship({100: quantity}))] * copies,
        withholding=scenario(1).withholding,
        starts=STARTS,
        whole_lines=whole,
    )
