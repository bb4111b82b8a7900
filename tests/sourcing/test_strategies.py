"""Strategies: written as rules, compiled into policies, kept in versions."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaland.access.queries import AuditFilter, audit_entries
from chaland.database.revision import read_revisions
from chaland.kernel.actor import SYSTEM, Actor
from chaland.kernel.errors import ConflictError, DomainError, InvalidInputError, NotFoundError
from chaland.network.types import LocationKind, NetworkSnapshot
from chaland.sourcing import operations, queries
from chaland.sourcing.rules.strategies.books import StrategyBook, draw
from chaland.sourcing.rules.strategies.compiling import (
    CompiledStrategy,
    Setting,
    fairness_prices,
)
from chaland.sourcing.rules.strategies.covering import covers
from chaland.sourcing.rules.strategies.matching import LocalMoment, matcher
from chaland.sourcing.types import (
    Between,
    Circle,
    Conditions,
    Demand,
    Fairness,
    Items,
    Method,
    NothingFits,
    Pilot,
    Preference,
    Rule,
    Sites,
    SplitLimits,
    StrategyDocument,
    StrategyUse,
    StrategyVersion,
)
from tests.sourcing.worlds import FRIDAY, LYON, PARIS, Channel, Site, network_of, ship

PARIS_TIME = ZoneInfo("Europe/Paris")
SITES = [
    Site(code="paris"),
    Site(code="lyon", at=LYON, organisation=2),
    Site(code="depot", at=LYON, kind=LocationKind.WAREHOUSE),
]
NETWORK = network_of(SITES, [Channel(), Channel(code="app", pool=("paris", "depot"))])


def strategy(*rules: Rule, code: str = "default", **more: Any) -> StrategyVersion:
    document = StrategyDocument(name="Trial", rules=rules, **more)
    return StrategyVersion(code=code, version=1, state="active", document=document)


def book(
    *versions: StrategyVersion,
    use: StrategyUse | None = None,
    now: datetime = FRIDAY,
    network: NetworkSnapshot = NETWORK,
    shares: Mapping[str, float] | None = None,
) -> StrategyBook:
    setting = Setting(
        network=network,
        zone=PARIS_TIME,
        sku_ids={"LAMP": 1},
        chances=lambda ids: np.tile(np.array([0.5, 0.99, 0.9], np.float32), (len(ids), 1)),
    )
    named = {item.code: item for item in (strategy(), *versions)}
    ready = {code: CompiledStrategy(item, setting) for code, item in named.items()}
    return StrategyBook(
        ready, use or StrategyUse(), network, now, PARIS_TIME, lambda _days: shares or {}
    )


def rule(code: str, **more: Any) -> Rule:
    return Rule(code=code, name=code, **more)


def marked(mask: Any) -> list[str]:
    return [SITES[index].code for index in np.flatnonzero(mask)]


def test_the_first_rule_that_fits_decides() -> None:
    dear = rule(
        "dear",
        when=Conditions(value=Between(least=Decimal(200))),
        circles=(Circle(name="shops", sites=Sites(kinds=(LocationKind.STORE,))), Circle()),
        split=SplitLimits(parcels=2),
        nothing_fits=NothingFits.ASK,
        weights={"extra_parcel": Decimal(3)},
    )
    found = book(strategy(dear, rule("all", nothing_fits=NothingFits.QUEUE)))
    policy = found.policy_of(ship({1: 1}, value=Decimal(200)))
    assert policy.rule == "dear"
    assert [step.name for step in policy.steps] == ["shops", "dear/2"]
    assert marked(policy.steps[0].sites) == ["paris", "lyon"]
    assert policy.steps[1].sites is None
    assert (policy.split.parcels, policy.nothing_fits) == (2, NothingFits.ASK)
    assert policy.weights.extra_parcel == Decimal(3)
    other = found.policy_of(ship({1: 1}, value=Decimal("199.99")))
    assert (other.rule, other.nothing_fits) == ("all", NothingFits.QUEUE)
    assert found.policy_of(ship({2: 9}, at=LYON, value=Decimal(900))) is policy


def test_a_rule_that_goes_on_restricts_what_a_later_one_decides() -> None:
    near = rule(
        "near",
        when=Conditions(tags=("vip",)),
        circles=(Circle(sites=Sites(within_km=50), services=("express", "home")),),
        preferences=(Preference(sites=Sites(locations=("paris",)), amount=Decimal("-1.50")),),
        split=SplitLimits(parcels=1),
        weights={"freight": Decimal(2), "handling": Decimal(5)},
        go_on=True,
    )
    last = rule(
        "last",
        circles=(Circle(services=("home", "locker")), Circle(sites=Sites(locations=("depot",)))),
        preferences=(Preference(sites=Sites(), amount=Decimal("0.25")),),
        split=SplitLimits(parcels=3, divide_lines=False),
        weights={"freight": Decimal(9)},
    )
    found = book(strategy(near, last))
    policy = found.policy_of(ship({1: 1}, tags=frozenset({"vip"})))
    assert policy.rule == "near+last"
    assert [marked(step.sites) for step in policy.steps] == [["paris"], []]
    assert [step.service_codes for step in policy.steps] == [("home",), ("express", "home")]
    assert policy.site_prices is not None
    assert policy.site_prices.tolist() == [-12_500, 2_500, 2_500]
    assert policy.split == SplitLimits(parcels=1, divide_lines=False)
    assert (policy.weights.freight, policy.weights.handling) == (Decimal(2), Decimal(5))
    assert marked(
        found.policy_of(ship({1: 1}, at=LYON, tags=frozenset({"vip"}))).steps[0].sites
    ) == ["lyon", "depot"]
    plain = found.policy_of(ship({1: 1}))
    assert (plain.rule, plain.split.parcels) == ("last", 3)
    assert plain.weights.freight == Decimal(9)


def test_the_counter_may_always_give_what_it_has() -> None:
    only = rule("only", circles=(Circle(sites=Sites(locations=("depot",))),))
    found = book(strategy(only))
    asked = ship({1: 1}, method=Method.PICKUP, pickup_location_id=100)
    assert marked(found.policy_of(asked).steps[0].sites) == ["paris", "depot"]
    assert marked(found.policy_of(ship({1: 1})).steps[0].sites) == ["depot"]


def test_sites_can_be_asked_to_find_what_they_hold() -> None:
    sure = rule("sure", circles=(Circle(sites=Sites(pickable=Decimal("0.9"))),))
    assert marked(book(strategy(sure)).policy_of(ship({1: 1})).steps[0].sites) == ["lyon", "depot"]


def test_a_channel_follows_its_own_strategy_and_a_pilot_comes_first() -> None:
    own, tried = strategy(rule("own"), code="own"), strategy(rule("tried"), code="tried")
    pilot = Pilot(strategy="tried", postal_prefixes=("75", "69-0"), share=30)
    found = book(own, tried, use=StrategyUse(channels={"app": "own"}, pilots=(pilot,)))
    keys = [f"web:{number}" for number in range(2_000)]
    inside = [ship({1: 1}, postal_code="75 011", pilot_key=key) for key in keys]
    drawn = [found.policy_of(item).strategy for item in inside]
    assert 500 < drawn.count("tried") < 700
    assert drawn == [found.policy_of(item).strategy for item in inside]
    assert {item: draw("tried", key) < 30 for item, key in zip(keys, keys, strict=True)} == {
        key: name == "tried" for key, name in zip(keys, drawn, strict=True)
    }
    assert found.policy_of(ship({1: 1}, postal_code="75011")).strategy == "default"
    assert found.policy_of(ship({1: 1}, channel_code="app")).strategy == "own"
    lyon = [ship({1: 1}, postal_code="69001", pilot_key=key) for key in keys]
    assert [found.policy_of(item).strategy for item in lyon] == drawn


def test_a_pilot_can_be_where_the_nearest_site_is() -> None:
    tried = strategy(rule("tried"), code="tried")
    use = StrategyUse(pilots=(Pilot(strategy="tried", location_groups=("app",)),))
    found = book(tried, use=use)
    assert found.policy_of(ship({1: 1}, at=PARIS)).strategy == "tried"
    assert found.policy_of(ship({1: 1}, at=LYON)).strategy == "default"
    at_lyon = ship({1: 1}, at=PARIS, method=Method.PICKUP, pickup_location_id=101)
    assert found.policy_of(at_lyon).strategy == "default"


def test_owners_who_had_more_than_their_share_count_as_dearer() -> None:
    fair = Fairness(amount=Decimal(2), targets={"org-1": Decimal(40), "org-2": Decimal(40)})
    assert fairness_prices(fair, NETWORK, {"org-1": 0.2, "org-2": 0.9}).tolist() == [
        -10_000, 20_000, -10_000,
    ]  # fmt: skip
    assert not fairness_prices(fair, NETWORK, {}).any()
    policy = book(strategy(fairness=fair), shares={"org-2": 0.5}).policy_of(ship({1: 1}))
    assert policy.site_prices is not None
    assert policy.site_prices.tolist() == [-20_000, 5_000, -20_000]


# --- what a condition means, against its plain meaning ------------------------------------------


MOMENTS = [
    datetime(2026, 11, day, hour, 30, tzinfo=UTC) for day in (20, 21, 22) for hour in (2, 9, 23)
]


def some(values: list[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


@st.composite
def spans(draw_one: Any) -> Between | None:
    low = draw_one(st.sampled_from([None, 0, 1, 2]))
    high = draw_one(st.sampled_from([None, 1, 2, 3]))
    if (low is None and high is None) or (low is not None and high is not None and high <= low):
        return None
    return Between(
        least=None if low is None else Decimal(low), below=None if high is None else Decimal(high)
    )


items = st.builds(
    Items,
    quantifier=st.sampled_from(["any", "all"]),
    categories=some(["Toys", "Toys/Puzzles", "Garden"]),
    skus=some(["LAMP"]),
    tags=some(["heavy", "gift"]),
).filter(lambda item: bool(item.categories or item.skus or item.tags))

hours = st.sampled_from(
    [(None, None), (time(8), time(20)), (time(9), time(12)), (time(22), time(6)),
     (time(23), time(0)), (time(0), time(6))]
)  # fmt: skip


@st.composite
def conditions(draw_one: Any) -> Conditions:
    start, end = draw_one(hours)
    return Conditions(
        channels=draw_one(some(["web", "app"])),
        methods=draw_one(some([Method.SHIP, Method.PICKUP])),
        postal_prefixes=draw_one(some(["7", "75", "69"])),
        tags=draw_one(some(["vip", "gift"])),
        without_tags=draw_one(some(["vip", "slow"])),
        value=draw_one(spans()),
        lines=draw_one(spans()),
        items=draw_one(st.one_of(st.none(), items)),
        weekdays=draw_one(some([4, 5, 6])),
        hour_from=start,
        hour_until=end,
        starts_on=draw_one(st.sampled_from([None, date(2026, 11, 21)])),
        ends_on=draw_one(st.sampled_from([None, date(2026, 11, 22)])),
    )


lines = st.lists(
    st.builds(
        lambda sku, category, tags: (sku, category, frozenset(tags)),
        st.sampled_from([1, 2]),
        st.sampled_from(["Toys", "Toys/Puzzles", "Garden", ""]),
        st.lists(st.sampled_from(["heavy", "gift"]), max_size=1),
    ),
    min_size=1,
    max_size=2,
)


@st.composite
def demands(draw_one: Any) -> Demand:
    asked = draw_one(lines)
    plain = ship(
        [(sku, 1) for sku, _, _ in asked],
        channel_code=draw_one(st.sampled_from(["web", "app"])),
        method=draw_one(st.sampled_from(list(Method))),
        postal_code=draw_one(st.sampled_from(["75001", "77100", "69002", ""])),
        tags=frozenset(draw_one(some(["vip", "gift", "slow"]))),
        value=Decimal(draw_one(st.sampled_from([0, 1, 2, 9]))),
    )
    return replace(
        plain,
        lines=tuple(
            replace(line, category=category, tags=tags)
            for line, (_, category, tags) in zip(plain.lines, asked, strict=True)
        ),
    )


@settings(max_examples=400)
@given(conditions(), conditions(), st.lists(demands(), min_size=5, max_size=30))
def test_a_rule_said_to_be_covered_never_meets_an_order_alone(
    wide: Conditions, narrow: Conditions, orders: list[Demand]
) -> None:
    if not covers(wide, narrow):
        return
    fits_wide, fits_narrow = matcher(wide, {"LAMP": 1}), matcher(narrow, {"LAMP": 1})
    for order in orders:
        for moment in MOMENTS:
            local = LocalMoment.of(moment, PARIS_TIME)
            assert not fits_narrow(order, local) or fits_wide(order, local)


@settings(max_examples=200)
@given(conditions(), st.data())
def test_a_rule_covers_what_asks_for_more(wide: Conditions, data: st.DataObject) -> None:
    assert covers(wide, wide)
    name = data.draw(st.sampled_from(["channels", "postal_prefixes", "value", "items", "tags"]))
    left: Any = None if name in {"value", "items"} else ()
    assert covers(replace(wide, **{name: left}), wide)


# --- their life, in the database ------------------------------------------------------------------


DEAR = StrategyDocument(
    name="Dear parcels",
    weights={"extra_parcel": Decimal("2.50")},
    rules=(
        rule(
            "big",
            when=Conditions(value=Between(least=Decimal(200)), starts_on=date(2026, 11, 1)),
            circles=(Circle(name="stores", sites=Sites(kinds=(LocationKind.STORE,))),),
            nothing_fits=NothingFits.ASK,
        ),
    ),
)
PLAIN = StrategyDocument(name="Plain", weights={"extra_parcel": Decimal(1)})


def write(document: StrategyDocument, code: str = "default", now: datetime = FRIDAY) -> None:
    operations.write_draft(code=code, document=document, now=now, actor=SYSTEM)


@pytest.mark.django_db
def test_a_version_is_drafted_activated_and_rolled_back() -> None:
    assert queries.in_force(now=FRIDAY) == {"default": queries.BUILT_IN}
    write(DEAR)
    assert queries.in_force(now=FRIDAY) == {"default": queries.BUILT_IN}
    second = operations.activate(code="default", now=FRIDAY, actor=SYSTEM, note="fewer parcels")
    assert (second.version, second.state, second.document) == (2, "active", DEAR)
    later = FRIDAY + timedelta(hours=1)
    write(PLAIN, now=later)
    assert operations.activate(code="default", now=later, actor=SYSTEM).version == 3
    back = operations.roll_back(code="default", version=2, now=later, actor=SYSTEM)
    assert (back.version, back.document) == (4, DEAR)
    found = queries.versions_of("default")
    assert [(item.version, item.state) for item in found] == [
        (4, "active"), (3, "archived"), (2, "archived"), (1, "archived"),
    ]  # fmt: skip
    assert found[2].ended_at == later
    first = operations.roll_back(code="default", version=1, now=later, actor=SYSTEM)
    assert (first.version, first.document) == (5, queries.BUILT_IN.document)
    with pytest.raises(ConflictError, match="in force"):
        operations.roll_back(code="default", version=5, now=later, actor=SYSTEM)
    with pytest.raises(NotFoundError):
        operations.roll_back(code="default", version=9, now=later, actor=SYSTEM)
    actions = {entry.action for entry in audit_entries(AuditFilter(entity_type="strategy"))}
    assert actions == {"sourcing.write_draft", "sourcing.activate", "sourcing.roll_back"}


@pytest.mark.django_db
def test_a_plan_takes_force_at_its_moment_whoever_writes_it_down() -> None:
    at = FRIDAY + timedelta(days=1)
    write(PLAIN)
    operations.activate(code="default", now=FRIDAY, actor=SYSTEM, at=at)
    with pytest.raises(ConflictError, match="planned"):
        write(DEAR)
    before = queries.policies(NETWORK, now=at - timedelta(seconds=1)).policy_of(ship({1: 1}))
    after = queries.policies(NETWORK, now=at).policy_of(ship({1: 1}))
    assert (before.version, before.weights.extra_parcel) == (1, Decimal("0.50"))
    assert (after.version, after.weights.extra_parcel) == (2, Decimal(1))
    assert operations.activate_due(now=at - timedelta(seconds=1), actor=SYSTEM) == []
    (due,) = operations.activate_due(now=at + timedelta(minutes=5), actor=SYSTEM)
    assert (due.version, due.activated_at, due.activate_at) == (2, at, None)
    assert operations.activate_due(now=at + timedelta(minutes=9), actor=SYSTEM) == []
    write(DEAR)
    operations.activate(code="default", now=at, actor=SYSTEM, at=at + timedelta(days=1))
    operations.withdraw_plan(code="default", now=at, actor=SYSTEM)
    write(PLAIN)
    with pytest.raises(InvalidInputError):
        operations.activate(code="default", now=at, actor=SYSTEM, at=at)


@pytest.mark.django_db
def test_a_known_revision_costs_no_query_and_no_rule_costs_nothing(
    django_assert_num_queries: Any,
) -> None:
    revision = read_revisions().get("sourcing", 0)
    queries.policies(NETWORK, revision, now=FRIDAY)
    with django_assert_num_queries(0):
        found = queries.policies(NETWORK, revision, now=FRIDAY)
    assert not isinstance(found, StrategyBook)


@pytest.mark.django_db
def test_the_same_policy_lasts_from_round_to_round() -> None:
    write(DEAR)
    operations.activate(code="default", now=FRIDAY, actor=SYSTEM)
    order = ship({1: 1}, value=Decimal(500))
    first = queries.policies(NETWORK, now=FRIDAY).policy_of(order)
    again = queries.policies(NETWORK, now=FRIDAY + timedelta(hours=1)).policy_of(order)
    assert first is again
    assert (first.rule, first.version) == ("big", 2)


@pytest.mark.django_db
def test_what_is_wrong_is_named() -> None:
    wrong = StrategyDocument(
        name=" ",
        weights={"freight": Decimal(-1), "speed": Decimal(1)},
        rules=(
            rule("a b", when=Conditions(hour_from=time(9))),
            rule("x", when=Conditions(value=Between(least=Decimal(9), below=Decimal(9)))),
            rule("x", circles=(Circle(sites=Sites(countries=("FX",), within_km=0)),)),
        ),
    )
    with pytest.raises(InvalidInputError) as refusal:
        write(wrong, code="no code")
    assert [item.field for item in refusal.value.problems] == [
        "name", "rules[0].code", "rules[0].when.hour_until", "rules[1].when.value.below",
        "rules[2].code", "rules[2].circles[0].sites.countries[0]",
        "rules[2].circles[0].sites.within_km", "weights.freight", "weights.speed", "code",
    ]  # fmt: skip
    limited = Actor(kind="user", id="u", label="u", locations=frozenset({"shop"}))
    with pytest.raises(DomainError, match="does not cover"):
        operations.write_draft(code="a", document=PLAIN, now=FRIDAY, actor=limited)


@pytest.mark.django_db
def test_a_strategy_that_names_what_is_not_there_takes_no_force() -> None:
    there = rule("lost", circles=(Circle(sites=Sites(location_groups=("nowhere",))),))
    write(StrategyDocument(name="Lost", rules=(there,)))
    with pytest.raises(ConflictError, match="nowhere") as refusal:
        operations.activate(code="default", now=FRIDAY, actor=SYSTEM)
    assert refusal.value.code == "strategy_findings"


@pytest.mark.django_db
def test_a_strategy_in_use_is_not_retired() -> None:
    write(PLAIN, code="other")
    with pytest.raises(ConflictError, match="in force"):
        operations.put_pilot(pilot=Pilot(strategy="other", share=10), now=FRIDAY, actor=SYSTEM)
    operations.activate(code="other", now=FRIDAY, actor=SYSTEM)
    operations.put_pilot(pilot=Pilot(strategy="other", share=10), now=FRIDAY, actor=SYSTEM)
    with pytest.raises(ConflictError, match="follow"):
        operations.retire(code="other", now=FRIDAY, actor=SYSTEM)
    operations.end_pilot(strategy="other", now=FRIDAY, actor=SYSTEM)
    operations.retire(code="other", now=FRIDAY, actor=SYSTEM)
    assert set(queries.in_force(now=FRIDAY)) == {"default"}
    with pytest.raises(ConflictError, match="anyway"):
        operations.put_pilot(pilot=Pilot(strategy="default"), now=FRIDAY, actor=SYSTEM)


def test_a_comparison_tells_what_came_went_moved_and_changed() -> None:
    first = StrategyDocument(name="A", rules=(rule("a"), rule("b"), rule("c"), rule("gone")))
    second = StrategyDocument(
        name="A",
        weights={"freight": Decimal(2)},
        rules=(
            rule("c"),
            rule("a"),
            rule("b", when=Conditions(tags=("vip",)), on=False),
            rule("new"),
        ),
    )
    found = queries.changes(first, second)
    assert [(item.kind, item.rule, item.field, item.before, item.after) for item in found] == [
        ("changed", "", "weights.freight", None, "2"),
        ("removed", "gone", "", {"code": "gone", "name": "gone"}, None),
        ("moved", "c", "", 3, 1),
        ("changed", "b", "on", True, False),
        ("changed", "b", "when.tags", None, ["vip"]),
        ("added", "new", "", None, {"code": "new", "name": "new"}),
    ]
    assert queries.changes(first, first) == []
