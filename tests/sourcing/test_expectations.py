"""What orders to expect, from those of the past."""

from dataclasses import replace

import pytest

from chaland.sourcing.expectations import HALF_LIFE_DAYS, competing, kinds_of, scarce_skus
from chaland.sourcing.types import Demand
from tests.sourcing.worlds import LYON, PARIS, ship


def to(postal_code: str, units: dict[int, int]) -> Demand:
    at = LYON if postal_code.startswith("69") else PARIS
    return replace(ship(units, at=at), postal_code=postal_code)


def test_a_steady_stream_is_expected_to_go_on() -> None:
    ages = [day + 0.5 for day in range(28) for _ in range(4)]
    (kind,) = kinds_of([to("75001", {1: 1})] * len(ages), ages)
    assert kind.per_day == pytest.approx(4, rel=0.01)


def test_what_came_lately_counts_more() -> None:
    ages = [0.5 * HALF_LIFE_DAYS, 3.5 * HALF_LIFE_DAYS]
    new, old = kinds_of([to("75001", {1: 1}), to("75001", {2: 1})], ages)
    assert [line.sku_id for line in new.demand.lines] == [1]
    assert new.per_day == pytest.approx(8 * old.per_day)


def test_a_few_minutes_of_history_are_not_taken_for_a_rush() -> None:
    (kind,) = kinds_of([to("75001", {1: 1})] * 2, [0.001, 0.002])
    assert kind.per_day == pytest.approx(2, rel=0.06)


def test_the_same_basket_to_the_same_area_is_one_kind() -> None:
    demands = [
        to("75001", {1: 1, 2: 1}),
        to("75020", {2: 1, 1: 1}),
        to("69002", {1: 1, 2: 1}),
        to("75001", {1: 2}),
        replace(to("75001", {1: 2}), channel_code="app"),
    ]
    assert len(kinds_of(demands, [1.0] * 5)) == 4


def test_scarce_is_what_is_there_but_not_for_long() -> None:
    kinds = kinds_of([to("75001", {sku: 1}) for sku in (1, 2, 3)], [0.0] * 3)
    days = dict.fromkeys((1, 2, 3), 14.0)
    assert scarce_skus(kinds, days, {1: 20, 2: 500, 3: 0}) == {1}


def test_the_commonest_kinds_stand_for_the_others() -> None:
    demands = [to("75001", {1: 1})] * 3 + [to("69001", {1: 1}), to("69001", {2: 1})]
    kinds = kinds_of(demands, [0.0] * 5)
    every = competing(kinds, {1}, most=10)
    assert [line.sku_id for kind in every for line in kind.demand.lines] == [1, 1]
    (kept,) = competing(kinds, {1}, most=1)
    assert kept.demand.postal_code == "75001"
    assert kept.per_day == pytest.approx(sum(kind.per_day for kind in every))
