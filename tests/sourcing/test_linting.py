"""What a strategy's author is told: each finding is true, and says where."""

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaland.network.types import LocationKind
from chaland.sourcing.rules.strategies.linting import Known, lint, unmatched
from chaland.sourcing.types import (
    Between,
    Circle,
    Conditions,
    Method,
    Preference,
    Rule,
    Sites,
    StrategyDocument,
)
from tests.sourcing.test_strategies import book as book_of
from tests.sourcing.test_strategies import conditions, demands, strategy
from tests.sourcing.worlds import LYON, Channel, Site, network_of

SITES = [
    Site(code="paris"),
    Site(code="lyon", at=LYON, active=False),
    Site(code="depot", at=LYON, kind=LocationKind.WAREHOUSE),
]
NETWORK = network_of(SITES, [Channel(), Channel(code="app", pool=("depot",))])
KNOWN = Known(
    network=NETWORK,
    services={"home"},
    skus={"LAMP"},
    categories={"Toys"},
    today=date(2026, 11, 20),
)


def rule(code: str = "a", **more: Any) -> Rule:
    return Rule(code=code, name=code, **more)


def at(*codes: str) -> Circle:
    return Circle(sites=Sites(locations=codes))


def found(*rules: Rule, **more: Any) -> list[tuple[str, str]]:
    document = StrategyDocument(name="x", rules=rules, **more)
    return [(item.code, item.where) for item in lint(document, KNOWN)]


@pytest.mark.parametrize(
    ("rules", "code", "where"),
    [
        ((rule(circles=(at("nowhere"),)),), "unknown_reference",
         "rules[0].circles[0].sites.locations[0]"),
        ((rule(circles=(Circle(services=("pigeon",)),)),), "unknown_reference",
         "rules[0].circles[0].services[0]"),
        ((rule(when=Conditions(channels=("fax",))),), "unknown_reference",
         "rules[0].when.channels[0]"),
        ((rule(circles=(at("lyon"),)),), "empty_circle", "rules[0].circles[0]"),
        ((rule(when=Conditions(channels=("app",)), circles=(at("paris"),)),), "outside_pool",
         "rules[0].circles[0]"),
        ((rule(circles=(Circle(), at("paris"))),), "dead_circle", "rules[0].circles[1]"),
        ((rule("a"), rule("b", when=Conditions(tags=("vip",)))), "dead_rule", "rules[1]"),
        ((rule(when=Conditions(channels=("web",), countries=("DE",))),), "contradiction",
         "rules[0].when.countries"),
        ((rule(when=Conditions(methods=(Method.PICKUP,), services=("home",))),), "contradiction",
         "rules[0].when.services"),
        ((rule(when=Conditions(tags=("vip",), without_tags=("vip", "slow"))),), "contradiction",
         "rules[0].when.without_tags"),
        ((rule(when=Conditions(lines=Between(least=Decimal(3)), units=Between(below=Decimal(3)))),),
         "contradiction", "rules[0].when.units"),
        ((rule(when=Conditions(ends_on=date(2026, 11, 19))),), "ended", "rules[0].when.ends_on"),
        ((rule(preferences=(Preference(sites=Sites(), amount=Decimal(-2)),)),), "pays_to_split",
         "rules[0].preferences"),
        ((rule(weights={"freight": Decimal(0), "handling": Decimal(0)}),), "costs_ignored",
         "rules[0].weights"),
        ((rule(go_on=True),), "says_nothing", "rules[0]"),
    ],
)  # fmt: skip
def test_each_finding_says_where(rules: tuple[Rule, ...], code: str, where: str) -> None:
    assert (code, where) in found(*rules)


def test_a_sound_strategy_has_no_finding() -> None:
    assert not found(
        rule("a", when=Conditions(channels=("web",)), circles=(at("paris"), at("depot"))),
        rule("b", when=Conditions(ends_on=date(2026, 11, 20)), go_on=True, weights={"freight": 2}),
        rule("c", circles=(at("depot"), Circle())),
    )
    # A rule that is off says nothing, and hides nothing.
    assert not found(rule("off", on=False, circles=(at("lyon"),)), rule("all"))


def test_rules_that_no_order_met_are_named() -> None:
    document = StrategyDocument(name="x", rules=(rule("a"), rule("b"), rule("c", on=False)))
    assert [item.rule for item in unmatched(document, {"a": 3}, 3)] == ["b"]
    assert not unmatched(document, {}, 0)


@settings(max_examples=200)
@given(
    st.lists(st.tuples(conditions(), st.booleans()), min_size=2, max_size=5),
    st.lists(demands(), min_size=5, max_size=30),
)
def test_a_dead_rule_is_never_reached(
    wanted: list[tuple[Conditions, bool]], orders: list[Any]
) -> None:
    rules = [
        rule(str(number), when=when, go_on=go_on, circles=(at("paris"),))
        for number, (when, go_on) in enumerate(wanted)
    ]
    document = StrategyDocument(name="x", rules=tuple(rules))
    dead = {item.rule for item in lint(document, KNOWN) if item.code == "dead_rule"}
    tried = book_of(strategy(*rules))
    for order in orders:
        reached = tried.matched(order)
        assert dead.isdisjoint(item.code for item in reached)
        # First match, by its plain meaning: all that went on, then one that decided.
        assert all(item.go_on for item in reached[:-1])


@settings(max_examples=100)
@given(
    places=st.lists(st.sampled_from(["paris", "lyon", "depot"]), unique=True),
    for_app=st.booleans(),
)
def test_a_circle_is_called_empty_exactly_when_nobody_in_it_can_serve(
    places: list[str], *, for_app: bool
) -> None:
    when = Conditions(channels=("app",) if for_app else ())
    codes = {code for code, _ in found(rule(when=when, circles=(at(*places),)))}
    able = {"depot"} if for_app else {"paris", "depot"}
    nobody = bool(places) and able.isdisjoint(places)
    assert nobody == bool(codes & {"empty_circle", "outside_pool"})
    assert np.array_equal(NETWORK.active, [True, False, True])
