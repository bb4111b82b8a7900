"""Decisions and strategies in the database: kept for good, read back in full."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from chaland.promise.types import COST_UNIT
from chaland.sourcing import operations, queries
from chaland.sourcing.engine import decide
from chaland.sourcing.states import STRATEGY, StrategyState
from chaland.sourcing.types import (
    CostTerms,
    Decision,
    Outcome,
)
from tests.sourcing.worlds import FRIDAY, LYON, Scene, Site, ship

pytestmark = pytest.mark.django_db


def some_decisions() -> list[Decision]:
    """Make a single, a split and a refusal, with every kind of reason in them."""
    sites = [
        Site(code="near", per_order="1.50"),
        Site(code="far", at=LYON),
        Site(code="asleep", paused_at=FRIDAY),
        Site(code="never", active=False),
    ]
    stock = {1: {"near": 5, "far": 9, "asleep": 9}, 2: {"far": 9}, 3: {"near": 9}}
    demands = [ship({1: 6}), ship({2: 1, 3: 2}), ship({1: 99, 3: 1})]
    return decide(demands, Scene(sites=sites, stock=stock).world())


def test_a_decision_is_read_back_as_it_was_made() -> None:
    decided = some_decisions()
    orders = [uuid4() for _ in decided]
    operations.record_decisions(
        list(zip(orders, decided, strict=True)), kind="placement", now=FRIDAY
    )
    records = queries.decisions_of(orders)
    for order, decision in zip(orders, decided, strict=True):
        (record,) = records[order]
        assert record.id.startswith("dec_")
        assert record.decided_at == FRIDAY
        assert record.kind == "placement"
        assert record.outcome is decision.outcome
        assert record.total_cost == decision.cost.amount
        check_body(record.body, decision)
    assert [item.outcome for item in decided] == [
        Outcome.SOURCED,
        Outcome.SOURCED,
        Outcome.UNROUTABLE,
    ]


def amounts(cost: CostTerms) -> dict[str, float]:
    named = {name: value / COST_UNIT for name, value in cost._asdict().items()}
    return {"total": cost.total / COST_UNIT, **named}


def check_body(body: dict[str, object], decision: Decision) -> None:
    assert body["search"] == decision.search
    assert body["cost"] == amounts(decision.cost)
    assert body["assignments"] == [
        {
            "location": item.location_code,
            "service": item.service_code,
            "lines": [portion._asdict() for portion in item.portions],
            "window": {
                "earliest": item.window.earliest.isoformat(),
                "latest": item.window.latest.isoformat(),
                "dispatch_by": item.window.dispatch_by.isoformat(),
                "order_before": item.window.order_before.isoformat(),
                "confidence": 0.95,
                "basis": "stated",
            },
            "cost": amounts(item.cost),
            "distance_km": item.distance_km,
            "weight_grams": item.weight_grams,
        }
        for item in decision.assignments
    ]
    candidates, eliminated = body["candidates"], body["eliminated"]
    assert isinstance(candidates, list)
    assert isinstance(eliminated, list)
    assert [item["location"] for item in candidates] == [
        item.location_code for item in decision.candidates
    ]
    assert [(item["reason"], item["locations"]) for item in eliminated] == [
        (item.reason.value, item.locations) for item in decision.eliminations
    ]
    assert body["shortages"] == [
        {
            "line": item.line,
            "sku_id": item.sku_id,
            "wanted": item.wanted,
            "available": item.available,
            "short": item.short,
        }
        for item in decision.shortages
    ]


def test_reasons_are_kept_with_the_nearest_examples() -> None:
    order = uuid4()
    operations.record_decisions([(order, some_decisions()[0])], kind="placement", now=FRIDAY)
    (record,) = queries.decisions_of([order])[order]
    eliminated = {item["reason"]: item for item in record.body["eliminated"]}
    assert eliminated["short_of_stock"]["nearest"] == [
        {"location": "near", "distance_km": 0.0, "missing": {"0": 1}}
    ]
    assert eliminated["paused"]["nearest"] == [{"location": "asleep", "distance_km": 0.0}]
    assert eliminated["inactive"]["nearest"] == [{"location": "never", "distance_km": 0.0}]
    (flip,) = record.body["flips"]
    assert (flip["kind"], flip["location"], flip["missing"]) == ("stock", "near", {"0": 1})


def test_decisions_of_one_order_come_oldest_first() -> None:
    order, stranger = uuid4(), uuid4()
    first, second, _ = some_decisions()
    operations.record_decisions([(order, first)], kind="placement", now=FRIDAY)
    later = FRIDAY + timedelta(hours=1)
    operations.record_decisions([(order, second)], kind="resourcing", now=later)
    operations.record_decisions([], kind="placement", now=later)
    found = queries.decisions_of([order, stranger])
    assert [item.kind for item in found[order]] == ["placement", "resourcing"]
    assert found[stranger] == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sourcing_decision SET outcome = 'partial'",
        "DELETE FROM sourcing_decision",
    ],
)
def test_a_decision_is_never_changed(statement: str) -> None:
    operations.record_decisions([(uuid4(), some_decisions()[0])], kind="placement", now=FRIDAY)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)


def test_the_life_of_a_strategy() -> None:
    assert STRATEGY.initial is StrategyState.DRAFT
    assert STRATEGY.target(StrategyState.DRAFT, "activate") is StrategyState.ACTIVE
    assert STRATEGY.is_final(StrategyState.ARCHIVED)
