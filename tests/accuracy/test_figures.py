"""Accuracy by three definitions, what drift cost, and what to count next."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from chaland.accuracy import operations, queries
from chaland.accuracy.types import (
    AccuracyFigures,
    CountDraft,
    CountKind,
    Decision,
    DriftReason,
    Grouping,
)
from chaland.network.queries import snapshot
from tests.accuracy.conftest import ANNE, Floor

pytestmark = pytest.mark.django_db


def figures(floor: Floor, by: Grouping, **more: object) -> dict[str, AccuracyFigures]:
    """Let the worker read, and return the figures by group."""
    operations.read_ledger()
    span = {"since": floor.now - timedelta(days=30), "until": floor.now + timedelta(days=1)}
    return {item.group: item for item in queries.accuracy(by=by, **{**span, **more})}  # type: ignore[arg-type]


@pytest.fixture
def counted(floor: Floor) -> Floor:
    """Count four positions: two as they should be, one unit short, six units short."""
    for sku, category, cost in (("LAMP", "Light", "4.00"), ("CHAIR", "Seats", None)):
        body = {"name": sku.title(), "weight_grams": 500, "category": category}
        body |= {} if cost is None else {"unit_cost": cost}
        assert floor.retailer.client.put(f"/skus/{sku}", body).status == 200
    shop = floor.open("LAMP", "CHAIR", "VASE")
    for sku, units in (("LAMP", 4), ("CHAIR", 7), ("VASE", 3)):
        floor.scan(shop, sku, units)
    floor.submit(shop)
    floor.approve(shop, decisions=[Decision(sku="LAMP", reason=DriftReason.SHRINK)])
    house = floor.open("LAMP", location="WH")
    floor.scan(house, "LAMP", 100)
    floor.submit(house)
    floor.later()
    return floor


def test_the_three_definitions(counted: Floor) -> None:
    found = figures(counted, "all")[""]
    assert found.counts == 4
    assert found.exact == pytest.approx(2 / 4)
    assert found.within == pytest.approx(3 / 4), "one unit is within the default tolerance"
    assert found.wape == pytest.approx(7 / (4 + 7 + 3 + 100))
    assert (found.lost_units, found.found_units) == (7, 0)
    assert (found.lost_money, found.unknown_cost_units) == (Decimal(24), 1)


def test_figures_by_group(counted: Floor) -> None:
    by_location = figures(counted, "location")
    assert {code: item.counts for code, item in by_location.items()} == {"SHOP-PARIS": 3, "WH": 1}
    assert by_location["WH"].exact == 1
    assert set(figures(counted, "category")) == {"", "Light", "Seats"}
    assert {key: item.lost_units for key, item in figures(counted, "reason").items()} == {
        "shrink": 6,
        "unknown": 1,
    }
    (week,) = figures(counted, "week")
    assert week.startswith(f"{counted.now:%G}-W")
    paris = counted.ids("LAMP", "SHOP-PARIS")[1]
    assert figures(counted, "all", location_ids=[paris])[""].counts == 3
    assert figures(counted, "all", category="Light")[""].counts == 2
    assert figures(counted, "all", source="erp") == {}


def test_every_count_contributes_whoever_told_it(counted: Floor) -> None:
    told = {"sku": "VASE", "location": "SHOP-PARIS", "kind": "count", "on_hand": 1}
    at = counted.later().isoformat()
    body = {"source": "pos", "items": [{**told, "occurred_at": at}]}
    assert counted.retailer.client.post("/stock/adjustments", body).status == 200
    sources = figures(counted, "source")
    assert {name: item.counts for name, item in sources.items()} == {"chaland:count": 4, "pos": 1}
    assert sources["pos"].lost_units == 2


def test_the_tolerance_of_figures_is_the_retailers(counted: Floor) -> None:
    from chaland.accuracy.types import PolicyDraft
    from chaland.kernel.actor import SYSTEM

    drafts = [
        PolicyDraft(code="light", category="Light", tolerance_units=6),
        PolicyDraft(
            code="seats", category="Seats", tolerance_units=0, tolerance_percent=Decimal(0)
        ),
    ]
    operations.put_policies(drafts=drafts, now=counted.now, actor=SYSTEM)
    by_category = figures(counted, "category")
    assert (by_category["Light"].within, by_category["Seats"].within) == (1.0, 0.0)


def test_what_to_count_says_why_and_makes_the_list(floor: Floor) -> None:
    floor.miss("CHAIR", 2)
    for _ in range(14):
        floor.later(60 * 24)
        floor.move("LAMP", -1 if floor.position("LAMP").available > 2 else 3)
    operations.read_ledger()
    place = floor.ids("LAMP", "SHOP-PARIS")[1]
    found = queries.what_to_count(place, snapshot(), now=floor.now)
    assert [item.sku for item in found][-1] == "VASE", "nobody wants it, and nothing is wrong"
    why = {item.sku: {reason.code for reason in item.reasons} for item in found}
    assert "refused" in why["CHAIR"]
    assert "sells" in why["LAMP"]
    assert "never_counted" in why["VASE"]
    assert found[0].value > found[-1].value > 0
    draft = CountDraft(location="SHOP-PARIS", kind=CountKind.DIRECTED, limit=2)
    with transaction.atomic():
        count = operations.open_count(draft=draft, now=floor.now, actor=ANNE)
    lines = queries.count_lines(floor.view(count))
    assert [line.sku for line in lines] == [item.sku for item in found[:2]]
    assert lines[0].why == found[0].reasons
    left = queries.what_to_count(place, snapshot(), now=floor.now)
    assert [item.sku for item in left] == ["VASE"], "what is being counted is not asked for twice"
