"""What is chosen, in plain cases that a person can check."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from chaland.availability.types import RuleKind, RuleScope, StockRule
from chaland.network.types import Capability, ClosedPeriod
from chaland.sourcing.engine import decide, decide_each
from chaland.sourcing.types import (
    Decision,
    Demand,
    Method,
    Outcome,
    Reason,
    StrategyWeights,
)
from tests.sourcing.worlds import (
    FRIDAY,
    LILLE,
    LYON,
    MARSEILLE,
    PARIS,
    Channel,
    Scene,
    Site,
    chosen,
    service,
    ship,
    tariff,
)

TEA, CUP, POT = 1, 2, 3


def decide_one(scene: Scene, demand: Demand) -> Decision:
    (decision,) = decide([demand], scene.world())
    return decision


def test_the_nearest_of_equal_places_is_chosen() -> None:
    scene = Scene(
        sites=[Site(code="lyon", at=LYON), Site(code="paris", at=PARIS)],
        stock={TEA: {"lyon": 5, "paris": 5}},
    )
    assert chosen(decide_one(scene, ship({TEA: 1}))) == {"paris": {0: 1}}
    assert chosen(decide_one(scene, ship({TEA: 1}, at=MARSEILLE))) == {"lyon": {0: 1}}


def test_a_tie_goes_to_the_lower_id() -> None:
    scene = Scene(sites=[Site(code="b"), Site(code="a")], stock={TEA: {"a": 5, "b": 5}})
    decision = decide_one(scene, ship({TEA: 1}))
    assert chosen(decision) == {"b": {0: 1}}
    assert [item.location_code for item in decision.candidates] == ["b", "a"]


def test_cheap_handling_far_away_beats_dear_handling_nearby() -> None:
    scene = Scene(
        sites=[Site(code="near", per_order="5.00"), Site(code="far", at=LYON, per_order="0.50")],
        stock={TEA: {"near": 5, "far": 5}},
    )
    assert chosen(decide_one(scene, ship({TEA: 1}))) == {"far": {0: 1}}


def test_waiting_has_its_price() -> None:
    late = Site(code="late", cut_off=time(9), per_order="1.00")
    early = Site(code="early", per_order="1.20")
    stock = {TEA: {"late": 5, "early": 5}}
    patient = StrategyWeights(delay_per_line_day=Decimal("0.01"))
    hasty = StrategyWeights(delay_per_line_day=Decimal("1.00"))
    sites = [late, early]
    assert list(
        chosen(decide_one(Scene(sites=sites, stock=stock, weights=patient), ship({TEA: 1})))
    ) == ["late"]
    assert list(
        chosen(decide_one(Scene(sites=sites, stock=stock, weights=hasty), ship({TEA: 1})))
    ) == ["early"]


def test_the_terms_are_what_the_tables_say() -> None:
    scene = Scene(
        sites=[Site(code="paris", per_order="1.00", per_line="0.20")], stock={TEA: {"paris": 5}}
    )
    decision = decide_one(scene, ship({TEA: 2}, grams=600))
    # Paris to Paris: 1.2 kg, under 100 km; leaves Friday, arrives by Monday 20:00 at the latest.
    latest = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
    assert decision.window is not None
    assert decision.window.latest == latest
    assert decision.window.earliest == datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
    assert decision.cost.freight == 74_000
    assert decision.cost.handling == 12_000
    assert decision.cost.delay == 2_000 * int((latest - FRIDAY).total_seconds()) // 86_400
    assert decision.cost.parcels == 0
    assert decision.cost.total == decision.candidates[0].cost.total


def test_the_cheapest_service_of_kind_home_is_taken_unless_one_is_named() -> None:
    cheap = tariff((30_000, [(None, "3.00")]))
    scene = Scene(
        sites=[Site(code="paris")],
        stock={TEA: {"paris": 5}},
        services=[
            service("standard"),
            service("eco", number=2, prices=cheap, bands=((None, 2, 2),)),
        ],
    )
    assert decide_one(scene, ship({TEA: 1})).assignments[0].service_code == "eco"
    named = decide_one(scene, ship({TEA: 1}, service_codes=("standard",)))
    assert named.assignments[0].service_code == "standard"


def test_ten_and_fifteen_for_thirteen_is_thirteen_from_the_one_that_has_them() -> None:
    scene = Scene(
        sites=[Site(code="ten"), Site(code="fifteen", at=LYON)],
        stock={TEA: {"ten": 10, "fifteen": 15}},
    )
    assert chosen(decide_one(scene, ship({TEA: 13}))) == {"fifteen": {0: 13}}


def test_ten_and_five_for_thirteen_is_a_split_that_takes_no_unit_twice() -> None:
    scene = Scene(sites=[Site(code="ten"), Site(code="five")], stock={TEA: {"ten": 10, "five": 5}})
    decision = decide_one(scene, ship({TEA: 13}))
    assert chosen(decision) in ({"ten": {0: 10}, "five": {0: 3}}, {"ten": {0: 8}, "five": {0: 5}})
    assert decision.search == "exact_split"


def test_three_places_together_hold_what_two_do_not() -> None:
    scene = Scene(
        sites=[Site(code="a"), Site(code="b"), Site(code="c")],
        stock={TEA: {"a": 5, "b": 4, "c": 3}},
    )
    given = chosen(decide_one(scene, ship({TEA: 12})))
    assert given == {"a": {0: 5}, "b": {0: 4}, "c": {0: 3}}


def test_two_lines_of_one_sku_draw_on_the_same_stock() -> None:
    scene = Scene(sites=[Site(code="a"), Site(code="b", at=LYON)], stock={TEA: {"a": 3, "b": 3}})
    decision = decide_one(scene, ship([(TEA, 2), (TEA, 2)]))
    assert decision.outcome is Outcome.SOURCED
    given = chosen(decision)
    assert sum(given["a"].values()) <= 3
    assert sum(given["b"].values()) <= 3
    assert sum(sum(lines.values()) for lines in given.values()) == 4
    refused = decide_one(scene, ship([(TEA, 4), (TEA, 3)]))
    assert refused.outcome is Outcome.UNROUTABLE
    assert [(item.line, item.short) for item in refused.shortages] == [(1, 1)]


def test_each_line_from_its_own_place_when_no_place_has_all() -> None:
    scene = Scene(
        sites=[Site(code="a"), Site(code="b", at=LILLE)], stock={TEA: {"a": 5}, CUP: {"b": 5}}
    )
    decision = decide_one(scene, ship({TEA: 1, CUP: 1}))
    assert chosen(decision) == {"a": {0: 1}, "b": {1: 1}}
    assert decision.window is not None
    assert decision.window.latest == max(item.window.latest for item in decision.assignments)
    assert decision.window.confidence == pytest.approx(0.95 * 0.95)
    assert decision.cost.parcels == 5_000


def test_a_split_is_chosen_over_a_single_place_only_where_it_is_cheaper() -> None:
    sites = [Site(code="paris"), Site(code="lille", at=LILLE), Site(code="far", at=MARSEILLE)]
    stock = {TEA: {"paris": 5, "far": 5}, CUP: {"lille": 5, "far": 5}}
    dear = tariff((1_000, [(300, "2.00"), (None, "9.00")]))
    scene = Scene(sites=sites, stock=stock, services=[service(prices=dear)])
    assert set(chosen(decide_one(scene, ship({TEA: 1, CUP: 1})))) == {"paris", "lille"}
    fewer = StrategyWeights(extra_parcel=Decimal(10))
    scene = Scene(sites=sites, stock=stock, services=[service(prices=dear)], weights=fewer)
    assert set(chosen(decide_one(scene, ship({TEA: 1, CUP: 1})))) == {"far"}
    whole = ship({TEA: 1, CUP: 1}, allow_split=False)
    scene = Scene(sites=sites, stock=stock, services=[service(prices=dear)])
    assert set(chosen(decide_one(scene, whole))) == {"far"}


def test_an_order_that_may_not_be_split_and_fits_nowhere_is_unroutable() -> None:
    scene = Scene(sites=[Site(code="a"), Site(code="b")], stock={TEA: {"a": 5}, CUP: {"b": 5}})
    decision = decide_one(scene, ship({TEA: 1, CUP: 1}, allow_split=False))
    assert decision.outcome is Outcome.UNROUTABLE
    assert decision.assignments == ()
    assert decision.shortages == ()


def test_what_does_not_exist_is_named_line_by_line() -> None:
    scene = Scene(sites=[Site(code="a"), Site(code="b")], stock={TEA: {"a": 2, "b": 1}, CUP: {}})
    decision = decide_one(scene, ship({TEA: 2, CUP: 4, POT: 1}))
    assert decision.outcome is Outcome.UNROUTABLE
    assert [
        (item.line, item.wanted, item.available, item.short) for item in decision.shortages
    ] == [
        (1, 4, 0, 4),
        (2, 1, 0, 1),
    ]


def test_part_of_it_is_taken_when_that_is_allowed() -> None:
    scene = Scene(sites=[Site(code="a"), Site(code="b")], stock={TEA: {"a": 2, "b": 1}, CUP: {}})
    decision = decide_one(scene, ship({TEA: 5, CUP: 4}, allow_partial=True))
    assert decision.outcome is Outcome.PARTIAL
    assert chosen(decision) == {"a": {0: 2}, "b": {0: 1}}
    assert [(item.line, item.short) for item in decision.shortages] == [(0, 2), (1, 4)]


def test_later_orders_of_a_batch_see_what_earlier_ones_took() -> None:
    scene = Scene(
        sites=[Site(code="near"), Site(code="far", at=LYON)], stock={TEA: {"near": 2, "far": 1}}
    )
    world = scene.world()
    decisions = decide([ship({TEA: 1}) for _ in range(4)], world)
    assert [list(chosen(item)) for item in decisions] == [["near"], ["near"], ["far"], []]
    assert decisions[3].outcome is Outcome.UNROUTABLE
    assert world.stock.available.tolist() == [[0, 0]]
    assert world.load.tolist() == [2, 1]


def test_a_quote_leaves_the_world_as_it_is() -> None:
    world = Scene(sites=[Site(code="a")], stock={TEA: {"a": 1}}).world()
    decisions = decide_each([ship({TEA: 1}), ship({TEA: 1})], world)
    assert [item.outcome for item in decisions] == [Outcome.SOURCED, Outcome.SOURCED]
    assert world.stock.available.tolist() == [[1]]
    assert world.load.tolist() == [0]


def test_a_full_site_departs_later_and_loses_to_another_when_waiting_costs_more() -> None:
    sites = [Site(code="busy", capacity=2), Site(code="calm", per_order="1.30")]
    world = Scene(sites=sites, stock={TEA: {"busy": 9, "calm": 9}}).world()
    decisions = decide([ship({TEA: 1}) for _ in range(4)], world)
    assert [list(chosen(item)) for item in decisions] == [["busy"], ["busy"], ["calm"], ["calm"]]


def test_a_full_site_that_is_the_only_one_still_serves_with_a_later_window() -> None:
    scene = Scene(sites=[Site(code="busy", capacity=2)], stock={TEA: {"busy": 9}})
    decisions = decide([ship({TEA: 1}) for _ in range(5)], scene.world())
    dispatched = [item.assignments[0].window.dispatch_by.date() for item in decisions]
    # Friday; then a day of queue: Saturday's work is collected on Monday; then Monday's.
    assert dispatched == [
        date(2026, 11, 20),
        date(2026, 11, 20),
        date(2026, 11, 23),
        date(2026, 11, 23),
        date(2026, 11, 23),
    ]


def test_units_heavier_than_any_parcel_go_nowhere() -> None:
    scene = Scene(sites=[Site(code="a")], stock={TEA: {"a": 9}})
    decision = decide_one(scene, ship({TEA: 1}, grams=40_000))
    assert decision.outcome is Outcome.UNROUTABLE
    assert [item.reason for item in decision.eliminations] == [Reason.TOO_HEAVY]
    assert decision.shortages[0].short == 1


def test_many_units_go_in_several_parcels() -> None:
    scene = Scene(sites=[Site(code="a")], stock={TEA: {"a": 99}})
    decision = decide_one(scene, ship({TEA: 70}, grams=1_000))
    # 30 + 30 + 10 kg.
    assert decision.cost.freight == 3 * 149_000


REFUSED = [
    (Site(code="x", active=False), {}, Reason.INACTIVE),
    (Site(code="x", capabilities=frozenset({Capability.PICKUP})), {}, Reason.NO_CAPABILITY),
    (Site(code="x", paused_at=FRIDAY), {}, Reason.PAUSED),
    (
        Site(code="x", organisation=2),
        {"organisation_ids": frozenset({1})},
        Reason.OTHER_ORGANISATION,
    ),
    (
        Site(code="x", closures=(ClosedPeriod(date(2026, 1, 1), date(2027, 12, 31)),)),
        {},
        Reason.CLOSED,
    ),
    (Site(code="x", refuses=frozenset({"cold"})), {"needs": {TEA: "cold"}}, Reason.RESTRICTED),
    (Site(code="x"), {"exclusions": frozenset({100})}, Reason.REFUSED_BEFORE),
    (Site(code="x"), {"service_codes": ("unheard-of",)}, Reason.NO_SERVICE),
    (Site(code="x"), {"channel_code": "elsewhere"}, Reason.NOT_IN_POOL),
]


@pytest.mark.parametrize(("site", "more", "reason"), REFUSED, ids=[item[2] for item in REFUSED])
def test_hard_constraints_rule_a_location_out(
    site: Site, more: dict[str, Any], reason: Reason
) -> None:
    channels = (Channel(), Channel(code="elsewhere", pool=("other",)))
    sites = [site, Site(code="other", at=MARSEILLE)]
    scene = Scene(sites=sites, stock={TEA: {"x": 9}}, channels=channels)
    decision = decide_one(scene, ship({TEA: 1}, **more))
    assert decision.outcome is Outcome.UNROUTABLE
    found = {item.reason: item for item in decision.eliminations}
    assert found[reason].nearest[0].location_code == "x"
    assert sum(item.locations for item in decision.eliminations) == len(sites)


def test_goods_that_a_site_does_not_handle_come_from_another() -> None:
    scene = Scene(
        sites=[Site(code="shop", refuses=frozenset({"cold"})), Site(code="icy", at=LYON)],
        stock={TEA: {"shop": 9}, CUP: {"shop": 9, "icy": 9}},
    )
    order = ship({TEA: 1, CUP: 1}, needs={CUP: "cold"})
    assert chosen(decide_one(scene, order)) == {"shop": {0: 1}, "icy": {1: 1}}
    together = decide_one(scene, replace(order, allow_split=False))
    found = {item.reason: item.locations for item in together.eliminations}
    assert (together.outcome, found[Reason.RESTRICTED]) == (Outcome.UNROUTABLE, 1)


def test_a_service_carries_an_order_only_if_it_takes_all_its_goods() -> None:
    services = [
        service("cheap", refuses=("hazardous",)),
        service("dear", number=2, prices=tariff((30_000, [(None, "40.00")]))),
    ]
    scene = Scene(sites=[Site(code="x")], stock={TEA: {"x": 9}}, services=services)
    [plain] = decide_one(scene, ship({TEA: 1})).assignments
    [hazardous] = decide_one(scene, ship({TEA: 1}, needs={TEA: "hazardous"})).assignments
    assert (plain.service_code, hazardous.service_code) == ("cheap", "dear")


def test_a_pause_that_is_over_rules_nobody_out() -> None:
    over = Site(code="x", paused_at=FRIDAY.replace(day=1), paused_until=FRIDAY)
    decision = decide_one(Scene(sites=[over], stock={TEA: {"x": 1}}), ship({TEA: 1}))
    assert decision.outcome is Outcome.SOURCED


def pickup(lines: dict[int, int], location: int = 100, **more: Any) -> Demand:
    return ship(lines, method=Method.PICKUP, pickup_location_id=location, **more)


def keep(units: int, *locations: str, **scope: Any) -> StockRule:
    """A rule: some units stay."""
    return StockRule(
        code="keep",
        name="Keep",
        kind=RuleKind.SAFETY_STOCK,
        units=units,
        scope=RuleScope(locations=locations, **scope),
    )


def test_each_order_is_decided_on_what_its_channel_may_sell_by_its_method() -> None:
    scene = Scene(
        sites=[Site(code="near"), Site(code="far", at=LYON)],
        stock={TEA: {"near": 4, "far": 4}},
        channels=(Channel(), Channel(code="market")),
        rules=[keep(3, "near", channels=("web",), methods=("ship",))],
    )
    world = scene.world()
    decisions = decide(
        [
            ship({TEA: 2}),
            ship({TEA: 1}, channel_code="market"),
            ship({TEA: 1}),
            pickup({TEA: 3}),
            ship({TEA: 3}),
        ],
        world,
    )
    assert [list(chosen(item)) for item in decisions] == [["far"], ["near"], ["far"], ["near"], []]
    assert world.stock.available.tolist() == [[0, 1]]
    (withheld,) = [x for x in decisions[0].eliminations if x.reason is Reason.WITHHELD]
    assert (withheld.locations, withheld.nearest[0].missing) == (1, ((0, 1),))
    (short,) = decisions[-1].shortages
    assert (short.available, short.short) == (1, 2)


def test_a_pickup_that_a_rule_forbids_says_so() -> None:
    scene = Scene(sites=[Site(code="x")], stock={TEA: {"x": 2}}, rules=[keep(2)])
    decision = decide_one(scene, pickup({TEA: 1}))
    assert [item.reason for item in decision.eliminations] == [Reason.WITHHELD]


def test_an_owner_who_did_not_agree_is_left_out() -> None:
    scene = Scene(sites=[Site(code="x")], stock={TEA: {"x": 2}})
    world = scene.world()
    refused = replace(world.network, withheld_by_owner={"web": np.array([True])})
    world = replace(world, network=refused)
    (decision,) = decide([ship({TEA: 1})], world)
    assert [item.reason for item in decision.eliminations] == [Reason.NOT_AGREED]


def test_a_pickup_is_served_by_the_chosen_location_alone() -> None:
    scene = Scene(
        sites=[Site(code="chosen", handling_minutes=30), Site(code="other")],
        stock={TEA: {"chosen": 1, "other": 9}},
    )
    world = scene.world()
    first, second = decide([pickup({TEA: 1}), pickup({TEA: 1})], world)
    assert chosen(first) == {"chosen": {0: 1}}
    assert first.assignments[0].service_code is None
    assert first.assignments[0].handover_location_id == 100
    assert first.window is not None
    assert first.window.earliest == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    assert first.window.latest == datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
    assert second.outcome is Outcome.UNROUTABLE
    assert [(item.line, item.short) for item in second.shortages] == [(0, 1)]
    assert second.eliminations[0].reason is Reason.SHORT_OF_STOCK


@pytest.mark.parametrize(
    ("site", "more", "reason"),
    [
        (Site(code="x", capabilities=frozenset({Capability.SHIP})), {}, Reason.NO_CAPABILITY),
        (Site(code="x", paused_at=FRIDAY), {}, Reason.PAUSED),
        (Site(code="x", hours=()), {}, Reason.CLOSED),
        (Site(code="x"), {"exclusions": frozenset({100})}, Reason.REFUSED_BEFORE),
    ],
)
def test_a_location_that_cannot_hand_over_refuses_the_pickup(
    site: Site, more: dict[str, Any], reason: Reason
) -> None:
    decision = decide_one(Scene(sites=[site], stock={TEA: {"x": 9}}), pickup({TEA: 1}, **more))
    assert decision.outcome is Outcome.UNROUTABLE
    assert [item.reason for item in decision.eliminations] == [reason]


def test_part_of_a_pickup_is_taken_when_that_is_allowed() -> None:
    scene = Scene(sites=[Site(code="x")], stock={TEA: {"x": 1}, CUP: {"x": 2}})
    decision = decide_one(scene, pickup({TEA: 3, CUP: 1}, allow_partial=True))
    assert decision.outcome is Outcome.PARTIAL
    assert chosen(decision) == {"x": {0: 1, 1: 1}}


def test_a_promise_already_given_is_worth_keeping() -> None:
    late = Site(code="late", cut_off=time(9))
    early = Site(code="early", per_order="2.00")
    stock = {TEA: {"late": 5, "early": 5}}
    weights = StrategyWeights(delay_per_line_day=Decimal(0), late_per_line_day=Decimal(5))
    scene = Scene(sites=[late, early], stock=stock, weights=weights)
    assert list(chosen(decide_one(scene, ship({TEA: 1})))) == ["late"]
    promised = ship({TEA: 1}, promised_latest=datetime(2026, 11, 23, 19, 0, tzinfo=UTC))
    assert list(chosen(decide_one(scene, promised))) == ["early"]


def test_the_release_delay_of_a_channel_counts_before_the_cut_off() -> None:
    channels = (Channel(), Channel(code="slow", release_delay_minutes=6 * 60 + 1))
    scene = Scene(sites=[Site(code="x")], stock={TEA: {"x": 5}}, channels=channels)
    at_once, delayed = decide([ship({TEA: 1}), ship({TEA: 1}, channel_code="slow")], scene.world())
    assert at_once.window is not None
    assert delayed.window is not None
    assert at_once.window.dispatch_by.date() == date(2026, 11, 20)
    assert delayed.window.dispatch_by.date() == date(2026, 11, 23)
    # Ordered by 16:00 on Friday, less the hour of work before 17:00, less the delay.
    assert at_once.window.order_before == datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def test_an_empty_batch_has_no_decisions() -> None:
    assert decide([], Scene(sites=[Site(code="x")], stock={TEA: {}}).world()) == []


def test_an_unknown_channel_is_a_mistake_of_the_caller() -> None:
    scene = Scene(sites=[Site(code="x")], stock={TEA: {"x": 1}})
    with pytest.raises(KeyError):
        decide([ship({TEA: 1}, channel_code="nowhere")], scene.world())


def test_a_nearer_circle_is_looked_in_first_and_all_together_last() -> None:
    sites = [Site(code="hub", per_order="9.00"), Site(code="shop"), Site(code="other")]
    stock = {TEA: {"hub": 1, "shop": 9, "other": 9}, CUP: {"shop": 1}}
    scene = Scene(sites=sites, stock=stock, circles=(["hub"], ["shop"]))
    one, two, both = decide([ship({TEA: 1}), ship({TEA: 1}), ship({TEA: 8, CUP: 1})], scene.world())
    assert list(chosen(one)) == ["hub"]
    assert [(item.reason, item.locations) for item in one.eliminations] == [(Reason.RULED_OUT, 2)]
    assert list(chosen(two)) == ["shop"]
    assert list(chosen(both)) == ["shop"]
    (spread,) = decide([ship({TEA: 10})], scene.world())
    assert chosen(spread) == {"hub": {0: 1}, "shop": {0: 9}}
    (unheld,) = decide([ship({TEA: 11})], scene.world())
    assert unheld.outcome is Outcome.UNROUTABLE


def test_a_kit_is_divided_by_the_kit_only() -> None:
    sites = [Site(code="x"), Site(code="y"), Site(code="z")]
    stock = {TEA: {"x": 1, "y": 1, "z": 9}, CUP: {"x": 2, "y": 3}}
    order = ship([(TEA, 2), (CUP, 4)])
    kits = replace(order, lines=tuple(replace(line, kit="line 0") for line in order.lines))
    (decision,) = decide([kits], Scene(sites=sites, stock=stock).world())
    assert chosen(decision) == {"x": {0: 1, 1: 2}, "y": {0: 1, 1: 2}}
    stock[CUP]["y"] = 1
    stock[CUP]["z"] = 1
    (apart,) = decide([order], Scene(sites=sites, stock=stock).world())
    assert apart.outcome is Outcome.SOURCED
    (refused,) = decide([kits], Scene(sites=sites, stock=stock).world())
    assert refused.outcome is Outcome.UNROUTABLE
