"""Shadow prices: what the last units are worth, and what orders do about it."""

from dataclasses import replace
from decimal import Decimal
from itertools import combinations_with_replacement

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from chaland.sourcing.engine import decide
from chaland.sourcing.rules.fluid import Floats, FluidPlan
from chaland.sourcing.scarcity import ScarcityPricer
from chaland.sourcing.types import Outcome, StrategyWeights, UnitOutlook, World
from tests.sourcing.worlds import LYON, MARSEILLE, PARIS, Scene, Site, chosen, service, ship, tariff

EURO = 10_000
LOST = 50 * EURO
BY_DISTANCE = tariff(
    (1_000, [(100, "4.00"), (500, "6.00"), (None, "9.00")]),
    (5_000, [(100, "5.00"), (500, "8.00"), (None, "12.00")]),
)
SITES = (
    Site(code="paris", at=PARIS, per_order="0", per_line="0"),
    Site(code="lyon", at=LYON, per_order="0", per_line="0"),
)
CARRIAGE_ONLY = StrategyWeights(delay_per_line_day=Decimal(0), extra_parcel=Decimal(0))


def scene(stock: dict[int, dict[str, int]]) -> World:
    return Scene(
        sites=SITES, stock=stock, services=[service(prices=BY_DISTANCE)], weights=CARRIAGE_ONLY
    ).world()


def expect(*times: float) -> list[Floats]:
    return [np.array(times, np.float64)]


def test_last_unit_is_worth_what_the_next_customer_would_pay_more() -> None:
    world = scene({1: {"paris": 1, "lyon": 5}})
    pricer = ScarcityPricer([ship({1: 1}, at=PARIS)], [LOST])
    # Two Parisians, one unit in Paris: one of them is served from Lyon, for 6.00 instead of 4.00.
    assert pricer.price(world, expect(2)).tolist() == [[2 * EURO, 0]]


def test_an_order_leaves_the_last_unit_to_whom_it_is_worth_more() -> None:
    # Of SKU 1 both have some; SKU 2 is in Paris only, and goes with SKU 1 in one parcel.
    stock = {1: {"paris": 2, "lyon": 9}, 2: {"paris": 9}}
    alone, both = ship({1: 1}, at=PARIS), ship({1: 1, 2: 1}, at=PARIS)
    pricer = ScarcityPricer([alone, both], [LOST, LOST])
    world = scene(stock)
    assert chosen(decide([alone], scene(stock))[0]) == {"paris": {0: 1}}
    world.outlook = UnitOutlook(scarcity=pricer.price(world, expect(2, 3)))
    (decision,) = decide([alone], world)
    assert chosen(decision) == {"lyon": {0: 1}}
    (decision,) = decide([both], world)
    assert chosen(decision) == {"paris": {0: 1, 1: 1}}
    # Without the unit it would take two parcels, from Paris and from Lyon.
    assert decision.cost.scarcity == 6 * EURO


def test_nothing_is_scarce_where_there_is_plenty() -> None:
    world = scene({1: {"paris": 90, "lyon": 90}, 2: {"paris": 90}})
    demands = [ship({1: 1}, at=PARIS), ship({1: 2, 2: 1}, at=LYON), ship({2: 1}, at=MARSEILLE)]
    pricer = ScarcityPricer(demands, [LOST] * 3)
    assert not pricer.price(world, expect(5, 5, 5)).any()


def test_what_would_be_lost_bounds_the_price() -> None:
    world = scene({1: {"paris": 3}})
    pricer = ScarcityPricer([ship({1: 1}, at=PARIS)], [LOST])
    assert pricer.price(world, expect(10)).tolist() == [[LOST - 4 * EURO, 0]]


def test_what_may_come_counts_beside_what_is_expected() -> None:
    world = scene({1: {"paris": 2, "lyon": 9}})
    pricer = ScarcityPricer([ship({1: 1}, at=PARIS)], [LOST])
    assert not pricer.price(world, expect(1.5)).any()
    # Three times out of four there is enough; once there is not.
    drawn = [*expect(1), *expect(0), *expect(1), *expect(4)]
    assert pricer.price(world, drawn).tolist() == [[EURO // 2, 0]]


def test_pricing_again_sees_the_stock_that_is_left() -> None:
    world = scene({1: {"paris": 3, "lyon": 9}})
    demand = ship({1: 1}, at=PARIS)
    pricer = ScarcityPricer([demand], [LOST])
    assert not pricer.price(world, expect(2)).any()
    decide([demand, demand], world)
    assert pricer.price(world, expect(2)).tolist() == [[2 * EURO, 0]]
    assert not pricer.price(world, expect(0)).any()


def test_prices_are_the_same_whatever_the_strategy_makes_of_them() -> None:
    stock = {1: {"paris": 1, "lyon": 5}}
    demand = ship({1: 1}, at=PARIS)
    found = []
    for weight in ("0", "0.5", "1"):
        world = Scene(
            sites=SITES,
            stock=stock,
            services=[service(prices=BY_DISTANCE)],
            weights=replace(CARRIAGE_ONLY, scarcity=Decimal(weight)),
        ).world()
        found.append(ScarcityPricer([demand], [LOST]).price(world, expect(2)).tolist())
    assert found == [[[2 * EURO, 0]]] * 3


@settings(max_examples=40, deadline=None)
@given(
    held=st.lists(st.integers(0, 3), min_size=6, max_size=6),
    times=st.lists(st.integers(0, 3), min_size=4, max_size=4),
)
def test_a_price_lies_between_one_unit_more_and_one_less(held: list[int], times: list[int]) -> None:
    """The worth of the last unit, by brute force: the program solved from nothing without it."""
    stock = np.array(held, np.int64).reshape(3, 2)
    expected = np.array(times, np.float64)
    prices = _plan().solve(expected, stock)
    for row, location in np.ndindex(stock.shape):
        more, less = stock.copy(), stock.copy()
        more[row, location] += 1
        less[row, location] -= 1
        price = prices.units.item(row, location)
        assert price >= prices.cost - _plan().solve(expected, more).cost - 1
        if less[row, location] >= 0:
            assert price <= _plan().solve(expected, less).cost - prices.cost + 1


def _plan() -> FluidPlan:
    """Four baskets of up to two of three SKUs; a parcel costs 5 + 2 a location further away."""
    plan = FluidPlan([30 * EURO, 40 * EURO, 35 * EURO, 20 * EURO], rows=3, locations=2)
    for number, items in enumerate([(0, 1), (1, 2), (0, 2), (1,)]):
        for places in combinations_with_replacement((0, 1), len(items)):
            for ways in {places, places[::-1]}:
                cost = sum(5 + 2 * (place != number % 2) for place in set(ways)) * EURO
                plan.offer(number, cost, [(i, p, 1) for i, p in zip(items, ways, strict=True)])
    return plan


@settings(max_examples=30, deadline=None)
@given(
    prices=st.lists(st.integers(0, 40 * EURO), min_size=4, max_size=4),
    held=st.lists(st.integers(0, 2), min_size=4, max_size=4),
    wanted=st.lists(st.integers(1, 2), min_size=2, max_size=2),
)
def test_prices_break_no_constraint(prices: list[int], held: list[int], wanted: list[int]) -> None:
    def world() -> World:
        return scene(
            {
                1: {"paris": held[0], "lyon": held[1]},
                2: {"paris": held[2], "lyon": held[3]},
            }
        )

    demand = ship(list(zip((1, 2), wanted, strict=True)), at=PARIS)
    priced = world()
    priced.outlook = UnitOutlook(scarcity=np.array(prices, np.int64).reshape(2, 2))
    (free,), (decision,) = decide([demand], world()), decide([demand], priced)
    # Dear units are still given when there are no others, and never more than there are.
    assert decision.outcome is free.outcome
    assert (priced.stock.available >= 0).all()
    if decision.outcome is Outcome.SOURCED:
        paid = decision.cost.total - decision.cost.scarcity
        assert paid >= free.cost.total
        given_away = sum(
            portion.quantity
            * prices[2 * priced.stock.row_of[portion.sku_id] + assignment.location_index]
            for assignment in decision.assignments
            for portion in assignment.portions
        )
        assert decision.cost.scarcity == given_away
