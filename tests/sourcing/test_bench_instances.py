"""The instances of the sourcing benchmark: drawn as published, and the same in the product."""

from itertools import pairwise

import numpy as np
import pytest

from bench import sourcing_world
from bench.sourcing_world import BOX, DATA, ITEMS, SIZES, TYPES_A_SIZE, Shop, instance
from chaland.promise.types import COST_UNIT
from chaland.sourcing.engine import decide_each

pytestmark = pytest.mark.skipif(
    not (DATA / "cities_warmup.csv").exists(), reason="needs the shared benchmark data"
)


def test_a_seed_is_an_instance() -> None:
    first, again, other = instance(3), instance(3), instance(4)
    assert first.types == again.types
    assert (first.stock == again.stock).all()
    for one, two in zip(first.arrivals(1), again.arrivals(1), strict=True):
        assert (one == two).all()
    assert (first.arrivals(0)[0] != first.arrivals(1)[0]).any()
    assert first.types != other.types


def test_an_instance_is_drawn_as_published() -> None:
    known = instance(0)
    assert [len(items) for items in known.types] == [
        size for size in range(1, SIZES + 1) for _ in range(TYPES_A_SIZE)
    ]
    assert all(a < b for items in known.types for a, b in pairwise(items))
    assert 0 < known.type_shares.sum() < 1
    assert known.city_shares.sum() == pytest.approx(1)
    assert known.stock.shape == (ITEMS, 5)
    assert not known.stock[~known.carried].any()
    # What is expected is there, with a margin, unless nobody carries the item.
    wanted = np.zeros(ITEMS)
    for items, share in zip(known.types, known.type_shares, strict=True):
        wanted[list(items)] += share * sourcing_world.ARRIVALS
    carried = known.carried.any(axis=1)
    assert (known.stock.sum(axis=1)[carried] >= np.floor(wanted[carried])).all()


def test_the_rate_card_costs_what_the_instance_says() -> None:
    known = instance(0)
    shop = Shop(known)
    world = shop.world()
    # Nobody holds anything but the last resort: its own prices show.
    world.stock.available[:, :-1] = 0
    for kind, demands in enumerate(shop.demands):
        units = len(known.types[kind])
        for city, decision in enumerate(decide_each(demands, world)):
            cost = 2 * BOX + units * known.last_resort_costs[city]
            assert decision.cost.total == pytest.approx(cost * COST_UNIT, abs=1)
    # One of everything everywhere: a single box from the nearest centre.
    world.stock.available[:] = 1
    for kind, demands in enumerate(shop.demands):
        units = len(known.types[kind])
        for city, decision in enumerate(decide_each(demands, world)):
            (assignment,) = decision.assignments
            assert assignment.location_index == known.nearest[city, 0]
            cost = BOX + units * known.unit_costs[city].min()
            assert decision.cost.total == pytest.approx(cost * COST_UNIT, abs=1)
