"""What rules keep back: against a plain reading of the rules, cell by cell."""

from dataclasses import replace
from datetime import timedelta
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from chaland.availability.explaining import Explainer
from chaland.availability.sellable import SellableStock
from chaland.availability.types import METHODS, RuleKind, SaleMethod, StockRule
from chaland.inventory.types import StockMatrix
from chaland.network.types import NetworkSnapshot
from tests.availability.rulebooks import (
    CHANNELS,
    GROUPS,
    NOW,
    PROFILES,
    SITES,
    SKU_IDS,
    network,
    rule,
    rule_sets,
    withholding,
)
from tests.sourcing.worlds import Channel, Site, network_of

BUFFERS = ("safety_stock", "threshold", "percentage", "last_piece")
SHAPE = (len(SKU_IDS), len(SITES))
Units = NDArray[np.int32]

units = st.lists(st.integers(0, 20), min_size=16, max_size=16).map(
    lambda values: np.array(values, np.int32).reshape(SHAPE)
)
fences = st.dictionaries(st.sampled_from(CHANNELS), units, max_size=2)
nets = st.builds(
    lambda pool, refuses: replace(
        network(app=pool), withheld_by_owner={"market": np.array(refuses)} if any(refuses) else {}
    ),
    st.sampled_from([(), ("W", "A")]),
    st.lists(st.booleans(), min_size=4, max_size=4),
)


def in_scope(item: StockRule, channel: str, method: SaleMethod, sku_id: int, site: str) -> bool:
    """Read one rule's scope as its description says."""
    scope, sku = item.scope, PROFILES[sku_id]
    places = {*scope.locations, *(s for group in scope.location_groups for s in GROUPS[group])}
    shop = item.kind is not RuleKind.LAST_PIECE or site != "W"
    upper = [*scope.categories]
    below = any(sku.category == item or sku.category.startswith(f"{item}/") for item in upper)
    return (
        (not scope.channels or channel in scope.channels)
        and (not scope.methods or method in scope.methods)
        and (not places or site in places)
        and (not upper or below)
        and (not scope.tags or bool(sku.tags & set(scope.tags)))
        and (not scope.skus or sku.code in scope.skus)
        and shop
    )


def plainly_withheld(
    rules: list[StockRule],
    net: NetworkSnapshot,
    held: dict[str, Units],
    available: Units,
    channel: str,
    method: SaleMethod,
) -> Units:
    """Say what is withheld by looking at each cell for itself."""
    fenced = {item.scope.channels[0] for item in rules if item.kind is RuleKind.RING_FENCE}
    result = np.zeros(SHAPE, np.int32)
    for (row, column), there in np.ndenumerate(available):
        site, sku_id = SITES[column], SKU_IDS[row]
        first: dict[RuleKind, StockRule] = {}
        for item in sorted(rules, key=order_by_hand):
            if in_scope(item, channel, method, sku_id, site):
                first.setdefault(item.kind, item)
        switch, activation = first.get(RuleKind.SWITCH), first.get(RuleKind.ACTIVATION)
        pool = net.channels[channel].pool
        refused = net.withheld_by_owner.get(channel)
        if (
            (pool and site not in net.groups[pool].locations)
            or (refused is not None and refused[column])
            or (switch and not switch.on)
            or activation
        ):
            result[row, column] = there
            continue
        foreign = sum(
            int(values[row, column])
            for owner, values in held.items()
            if owner != channel and owner in fenced
        )
        foreign = min(foreign, int(there))
        rest = int(there) - foreign
        kept = [0]
        if stock := first.get(RuleKind.SAFETY_STOCK):
            kept.append(stock.units or 0)
        if (threshold := first.get(RuleKind.THRESHOLD)) and rest < (threshold.units or 0):
            kept.append(rest)
        if share := first.get(RuleKind.PERCENTAGE):
            kept.append(ceil(rest * (share.percent or 0) / 100))
        if RuleKind.LAST_PIECE in first:
            kept.append(1)
        result[row, column] = foreign + min(rest, max(kept))
    return result


def order_by_hand(item: StockRule) -> tuple[object, ...]:
    scope = item.scope
    return (
        item.priority,
        not scope.skus,
        not scope.locations,
        not scope.tags,
        -max(map(len, scope.categories), default=0),
        not scope.location_groups,
        not scope.channels,
        not scope.methods,
        item.code,
    )


@given(rule_sets(), nets, fences, units, st.sampled_from(CHANNELS), st.randoms())
def test_what_is_withheld_is_what_the_rules_say_in_whatever_order_they_come(
    rules: list[StockRule],
    net: NetworkSnapshot,
    held: dict[str, Units],
    available: Units,
    channel: str,
    shuffle: object,
) -> None:
    plain = {
        method: plainly_withheld(rules, net, held, available, channel, method) for method in METHODS
    }
    shuffle.shuffle(rules)  # type: ignore[attr-defined]
    compiled = withholding(rules, net, held)
    for method in METHODS:
        found = compiled.withheld(channel, SKU_IDS, available, method)
        assert (found == plain[method]).all()
    by_any = compiled.withheld(channel, SKU_IDS, available)
    assert (by_any == np.minimum(plain["ship"], plain["pickup"])).all()
    assert (by_any >= 0).all()
    assert (by_any <= available).all()


@given(
    rule_sets(),
    nets,
    fences,
    units,
    st.sampled_from(CHANNELS),
    st.none() | st.sampled_from(METHODS),
)
def test_the_explanation_names_every_withheld_unit_once(
    rules: list[StockRule],
    net: NetworkSnapshot,
    held: dict[str, Units],
    available: Units,
    channel: str,
    method: SaleMethod | None,
) -> None:
    compiled = withholding(rules, net, held)
    found = compiled.withheld(channel, SKU_IDS, available, method)
    for row, sku_id in enumerate(SKU_IDS):
        explainer = Explainer(compiled, sku_id, channel, method, compiled.fences([sku_id]))
        for column in range(len(SITES)):
            parts = explainer.withheld(column, int(available[row, column]))
            assert sum(part.units for part in parts) == found[row, column]
            assert all(part.units > 0 for part in parts)
            assert all(part.rule for part in parts if part.why in BUFFERS)


def sellable(rules: list[StockRule], held: dict[str, Units], available: Units) -> SellableStock:
    rows = {sku: row for row, sku in enumerate(SKU_IDS)}
    compiled = withholding(rules, network(app=("W", "A")), held)
    stock = StockMatrix(SKU_IDS, available.copy(), rows)
    return SellableStock(stock, compiled, compiled.fences(SKU_IDS))


@given(
    rule_sets(),
    fences,
    units,
    st.sampled_from(CHANNELS),
    st.sampled_from(METHODS),
    st.sampled_from(SKU_IDS),
    st.integers(0, 3),
    st.integers(1, 12),
)
def test_a_quantity_may_be_sold_exactly_when_enough_is_left(
    rules: list[StockRule],
    held: dict[str, Units],
    available: Units,
    channel: str,
    method: SaleMethod,
    sku_id: int,
    location: int,
    quantity: int,
) -> None:
    stock = sellable(rules, held, available)
    row = SKU_IDS.index(sku_id)
    may = int(stock.of(channel, method)[row, location]) >= quantity
    others = {item.scope.channels[0] for item in rules if item.kind is RuleKind.RING_FENCE}
    foreign = sum(int(held[code][row, location]) for code in (others & held.keys()) - {channel})
    left = int(available[row, location]) - foreign - quantity
    assert may == (left >= stock.keep(channel, method, sku_id, location, quantity))


takes = st.lists(
    st.tuples(st.sampled_from(CHANNELS), st.integers(0, 3), st.integers(0, 3), st.integers(1, 4)),
    max_size=6,
)


@given(rule_sets(), fences, units, takes)
def test_taking_keeps_every_view_as_if_it_were_read_anew(
    rules: list[StockRule],
    held: dict[str, Units],
    available: Units,
    taken: list[tuple[str, int, int, int]],
) -> None:
    stock = sellable(rules, held, available)
    left, quotas = available.copy(), {code: units.copy() for code, units in held.items()}
    fenced = {item.scope.channels[0] for item in rules if item.kind is RuleKind.RING_FENCE}
    before = {(c, m): stock.of(c, m) for c in CHANNELS for m in METHODS}
    for channel, row, location, wanted in taken:
        quantity = min(wanted, int(left[row, location]))
        if not quantity:
            continue
        stock.take(channel, SKU_IDS[row], location, quantity)
        left[row, location] -= quantity
        if channel in quotas and channel in fenced:
            quotas[channel][row, location] -= min(quantity, int(quotas[channel][row, location]))
    anew = sellable(rules, quotas, left)
    for (channel, method), view in before.items():
        assert (view == anew.of(channel, method)).all(), (channel, method)


def test_without_rules_all_channels_share_the_same_numbers() -> None:
    stock = sellable([], {}, np.full(SHAPE, 5, np.int32))
    assert stock.of("web", "ship") is stock.stock.available
    assert stock.of("market", "pickup") is stock.stock.available
    assert stock.of("app", "ship").tolist() == [[5, 5, 0, 0]] * len(SKU_IDS)


@pytest.mark.parametrize(("later", "kept"), [({}, 5), ({"opens_at": NOW - timedelta(1)}, 0)])
def test_a_rollout_opens_group_by_group(later: dict[str, object], kept: int) -> None:
    rules = [
        rule("activation", "everywhere", priority=900),
        rule("activation", "pilot", location_groups=["pilot"], **later),
    ]
    compiled = withholding(rules, network())
    five = np.full(SHAPE, 5, np.int32)
    found = compiled.withheld("web", SKU_IDS, five)
    assert found[0].tolist() == [5, 5, 5, kept]


def test_time_alone_changes_what_rules_say_and_the_moment_is_told() -> None:
    soon = NOW + timedelta(hours=1)
    rules = [
        rule("safety_stock", "later", units=3, starts_at=soon),
        rule("activation", "wave", location_groups=["pilot"], opens_at=NOW + timedelta(hours=2)),
        rule("safety_stock", "off", units=9, active=False, ends_at=NOW + timedelta(minutes=1)),
    ]
    compiled = withholding(rules, network())
    assert compiled.valid_until == soon
    assert compiled.withheld("web", [1], np.full((1, 4), 5, np.int32)).tolist() == [[0, 0, 0, 5]]


def test_a_paused_site_sells_nothing_until_its_pause_is_over() -> None:
    end = NOW + timedelta(minutes=30)
    places = [
        Site(code="A", paused_at=NOW - timedelta(minutes=1), paused_until=end),
        Site(code="B", paused_at=NOW + timedelta(hours=2)),
    ]
    compiled = withholding([], network_of(places, [Channel(code="web")]))
    five = np.full((1, 2), 5, np.int32)
    assert compiled.withheld("web", [1], five).tolist() == [[5, 0]]
    assert compiled.valid_until == end
    explainer = Explainer(compiled, 1, "web", None, {})
    assert [(part.why, part.units) for part in explainer.withheld(0, 5)] == [("paused", 5)]
    assert explainer.withheld(1, 5) == ()
