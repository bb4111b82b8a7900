"""What holds of every decision: constraints, conservation, determinism, one brain."""

import random
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chaland.network.types import Capability
from chaland.promise.types import ServiceKind
from chaland.sourcing.engine import decide, decide_each
from chaland.sourcing.rules.bodies import compact_body
from chaland.sourcing.types import Decision, Demand, Method, Outcome
from tests.sourcing.worlds import FRIDAY, Channel, Scene, Site, service, ship, tariff

SKUS = range(1, 13)
NEEDS = {1: "cold", 2: "cold", 3: "alcohol", 4: "hazardous"}
"""Restrictions of some SKUs."""

CHANNELS = (
    Channel(),
    Channel(code="pilot", pool=tuple(f"s{number}" for number in range(0, 40, 3))),
    Channel(code="slow", release_delay_minutes=90),
)


def scene_of(draw: random.Random) -> Scene:
    """Make up a retailer of up to forty sites, all different."""
    refusing = draw.choice([0, 0.3])
    sites = [
        Site(
            code=f"s{number}",
            at=(draw.uniform(43, 50), draw.uniform(-1, 7)),
            per_order=f"{draw.uniform(0, 3):.2f}",
            per_line=f"{draw.uniform(0, 1):.2f}",
            handling_minutes=draw.choice([0, 30, 120]),
            cut_off=time(draw.randint(9, 18)),
            capacity=draw.choice([0, 1, 2, 5]),
            active=draw.random() > 0.1,
            paused_at=FRIDAY if draw.random() < 0.1 else None,
            organisation=draw.choice([1, 1, 2]),
            capabilities=frozenset(
                item for item in (Capability.SHIP, Capability.PICKUP) if draw.random() < 0.9
            ),
            refuses=frozenset(word for word in NEEDS.values() if draw.random() < refusing),
        )
        for number in range(draw.choice([1, 3, 12, 40]))
    ]
    return Scene(
        sites=sites,
        stock={
            sku: {site.code: draw.randint(0, 4) for site in sites if draw.random() < 0.4}
            for sku in SKUS
        },
        services=[
            service("standard", countries=("FR",), refuses=draw.choice([(), ("hazardous",)])),
            service(
                "eco",
                number=2,
                bands=((300, 2, 3), (None, 3, 5)),
                prices=tariff((2_000, [(600, "3.10")]), (10_000, [(None, "8.00")])),
            ),
            service("fast", number=3, kind=ServiceKind.EXPRESS, bands=((None, 1, 1),)),
        ],
        channels=CHANNELS,
        now=FRIDAY + timedelta(minutes=draw.randint(0, 7 * 24 * 60)),
        load={site.code: draw.randint(0, 3) for site in sites},
    )


def demand_of(draw: random.Random, scene: Scene) -> Demand:
    """Make up an order; some want too much, some are picky."""
    lines = [
        (draw.choice(SKUS), draw.choice([1, 1, 2, 6])) for _ in range(draw.choice([1, 2, 3, 5, 11]))
    ]
    more: dict[str, Any] = {"channel_code": draw.choice(CHANNELS).code}
    if draw.random() < 0.2:
        more["method"] = Method.PICKUP
        more["pickup_location_id"] = 100 + draw.randrange(len(scene.sites))
    if draw.random() < 0.2:
        more["exclusions"] = frozenset({100 + draw.randrange(len(scene.sites)), 9_999})
    if draw.random() < 0.2:
        more["service_codes"] = ("fast",)
    if draw.random() < 0.1:
        more["organisation_ids"] = frozenset({2})
    if draw.random() < 0.2:
        more["allow_partial"] = True
    if draw.random() < 0.1:
        more["allow_split"] = False
    if draw.random() < 0.2:
        more["promised_latest"] = scene.now + timedelta(days=draw.randint(0, 3))
    if draw.random() < 0.1:
        more["country"] = "BE"
    at = (draw.uniform(43, 50), draw.uniform(-1, 7))
    return ship(lines, at=at, grams=draw.choice([50, 400, 3_000, 20_000]), needs=NEEDS, **more)


def given_units(decision: Decision) -> dict[tuple[str, int], int]:
    units: dict[tuple[str, int], int] = {}
    for assignment in decision.assignments:
        for portion in assignment.portions:
            key = assignment.location_code, portion.sku_id
            units[key] = units.get(key, 0) + portion.quantity
    return units


seeds = st.integers(0, 2**32).map(random.Random)


@settings(max_examples=50, deadline=None)
@given(seeds)
def test_hard_constraints_are_never_broken(draw: random.Random) -> None:
    scene = scene_of(draw)
    demands = [demand_of(draw, scene) for _ in range(draw.choice([1, 10, 70]))]
    world = scene.world()
    left = deepcopy({sku: dict(held) for sku, held in scene.stock.items()})
    for demand, decision in zip(demands, decide(demands, world), strict=True):
        check_places(scene, demand, decision)
        check_quantities(demand, decision)
        for (code, sku), units in given_units(decision).items():
            assert left[sku].get(code, 0) >= units
            left[sku][code] -= units
        assert sum(item.cost.total for item in decision.assignments) + decision.cost.parcels == (
            decision.cost.total
        )
    rows = world.stock.row_of
    for sku, held in left.items():
        expected = [held.get(site.code, 0) for site in scene.sites]
        assert world.stock.available[rows[sku]].tolist() == expected


def check_places(scene: Scene, demand: Demand, decision: Decision) -> None:
    pools = {channel.code: channel.pool for channel in CHANNELS}
    sites = {site.code: site for site in scene.sites}
    refuses = {item.code: item.refused_restrictions for item in scene.services or ()}
    for assignment in decision.assignments:
        site = sites[assignment.location_code]
        for portion in assignment.portions:
            assert NEEDS.get(portion.sku_id) not in site.refuses
            assert NEEDS.get(portion.sku_id) not in refuses.get(assignment.service_code or "", ())
        pool = pools[demand.channel_code]
        assert site.active
        assert site.paused_at is None
        assert not pool or site.code in pool
        assert assignment.location_id not in demand.exclusions
        assert demand.organisation_ids is None or site.organisation in demand.organisation_ids
        if demand.method is Method.PICKUP:
            assert Capability.PICKUP in site.capabilities
            assert assignment.location_id == demand.pickup_location_id
        else:
            assert Capability.SHIP in site.capabilities
            assert assignment.service_code in (demand.service_codes or ("standard", "eco"))
            assert demand.country == "FR" or assignment.service_code != "standard"
        assert assignment.window.dispatch_by >= scene.now
        assert assignment.window.earliest <= assignment.window.latest
        assert assignment.window.order_before >= scene.now


def check_quantities(demand: Demand, decision: Decision) -> None:
    short = {item.line: item.short for item in decision.shortages}
    for number, line in enumerate(demand.lines):
        units = sum(
            portion.quantity
            for assignment in decision.assignments
            for portion in assignment.portions
            if portion.line == number
        )
        if decision.outcome is Outcome.SOURCED:
            assert units == line.quantity
        elif decision.outcome is Outcome.PARTIAL:
            assert units == line.quantity - short.get(number, 0)
        else:
            assert units == 0
    if not demand.allow_split:
        assert len(decision.assignments) <= 1


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_a_batch_decides_as_its_orders_would_one_by_one(draw: random.Random) -> None:
    scene = scene_of(draw)
    demands = [demand_of(draw, scene) for _ in range(draw.choice([2, 10, 70]))]
    together = decide(demands, scene.world())
    world = scene.world()
    alone = [decide([demand], world)[0] for demand in demands]
    for first, second in zip(together, alone, strict=True):
        assert first == second


@settings(max_examples=12, deadline=None)
@given(seeds)
def test_the_same_world_gives_the_same_decisions(draw: random.Random) -> None:
    scene = scene_of(draw)
    demands = [demand_of(draw, scene) for _ in range(20)]
    first = decide(demands, scene.world())
    assert decide(demands, scene.world()) == first
    # An engine that has already answered for other moments remembers nothing that matters.
    world = scene.world()
    for hours in (30, -20, 100):
        world.now = scene.now + timedelta(hours=hours)
        decide_each(demands, world)
    world.now = scene.now
    assert decide(demands, world) == first


HEAVIEST_ECO_PARCEL = 10_000
"""In grams, the least of what the services take in one parcel."""


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_the_promise_is_the_choice(draw: random.Random) -> None:
    """What is quoted for an order is what it gets, until the moment that the quote names."""
    scene = scene_of(draw)
    demand = demand_of(draw, scene)
    world = scene.world()
    (quoted,) = decide_each([demand], world)
    (decided,) = decide([demand], scene.world())
    assert quoted == decided
    if quoted.window is None or demand.promised_latest is not None:
        return
    for part in quoted.assignments:
        alone = Scene(
            # A pause that is planned for later would stop the order, not change its window.
            sites=[
                replace(site, paused_at=None)
                for site in scene.sites
                if site.code == part.location_code
            ],
            stock={1: {part.location_code: 1}},
            services=scene.services,
            channels=CHANNELS[::2],
            load=scene.load,
        )
        at = (demand.latitude, demand.longitude)
        if demand.channel_code == "pilot" or part.service_code is None:
            continue
        order = ship(
            {1: 1},
            at=at,
            channel_code=demand.channel_code,
            country=demand.country,
            service_codes=(part.service_code,),
        )
        # As heavy as the part, or a parcel of it: a tariff's lightest row may not reach as far.
        line = replace(order.lines[0], weight_grams=min(part.weight_grams, HEAVIEST_ECO_PARCEL))
        order = replace(order, lines=(line,))
        assert window_at(alone, order, part.window.order_before) == (
            part.window.dispatch_by,
            part.window.earliest,
            part.window.latest,
        )
        later = window_at(alone, order, part.window.order_before + timedelta(seconds=1))
        assert later[0] > part.window.dispatch_by


def window_at(scene: Scene, demand: Demand, now: datetime) -> tuple[datetime, datetime, datetime]:
    scene.now = now
    (decision,) = decide_each([demand], scene.world())
    assert decision.window is not None
    return decision.window.dispatch_by, decision.window.earliest, decision.window.latest


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_the_reasons_account_for_every_location(draw: random.Random) -> None:
    scene = scene_of(draw)
    demands = [demand_of(draw, scene) for _ in range(10)]
    world = scene.world()
    for demand, decision in zip(demands, decide_each(demands, world), strict=True):
        if demand.method is Method.PICKUP:
            continue
        eliminated = sum(item.locations for item in decision.eliminations)
        assert eliminated + decision.feasible_count == len(scene.sites)
        costs = [item.cost.total for item in decision.candidates]
        assert costs == sorted(costs)
        assert len(decision.candidates) == min(decision.feasible_count, 5)
        if decision.assignments and decision.candidates:
            assert decision.cost.total <= costs[0]
        for item in decision.eliminations:
            distances = [example.distance_km for example in item.nearest]
            assert len(distances) <= min(item.locations, 3)
        for flip in decision.flips:
            assert flip.saving >= 0
            assert bool(flip.missing) == (flip.kind == "stock")
        compact_body(decision)


def test_units_that_a_flip_names_do_flip_the_choice() -> None:
    sites = [Site(code="near"), Site(code="far", per_order="4.00")]
    stock = {1: {"near": 1, "far": 9}, 2: {"near": 5, "far": 9}}
    order = ship({1: 3, 2: 1}, allow_split=False)
    (decision,) = decide([order], Scene(sites=sites, stock=stock).world())
    (flip,) = decision.flips
    assert (flip.kind, flip.location_code, flip.missing) == ("stock", "near", ((0, 2),))
    stock[1]["near"] += 2
    (after,) = decide([order], Scene(sites=sites, stock=stock).world())
    assert after.assignments[0].location_code == "near"
    assert decision.cost.total - after.cost.total == flip.saving


def test_a_rival_that_is_cheaper_by_more_than_the_flips_saving_wins() -> None:
    sites = [Site(code="winner", per_order="1.00"), Site(code="rival", per_order="1.50")]
    scene = Scene(sites=sites, stock={1: {"winner": 1, "rival": 1}})
    (decision,) = decide([ship({1: 1})], scene.world())
    (flip,) = decision.flips
    assert (flip.kind, flip.location_code, flip.saving) == ("cost", "rival", 5_000)
    sites[1] = Site(code="rival", per_order="0.99")
    (after,) = decide([ship({1: 1})], scene.world())
    assert after.assignments[0].location_code == "rival"
