"""A decision as JSON: what is stored for good, read by screens and by people.

Costs are amounts in the group's currency with up to four decimals; moments are RFC 3339 in UTC;
distances are kilometres; ``missing`` maps line numbers (from 0) to units.
"""

from datetime import datetime
from typing import Any

from chaland.promise.types import COST_UNIT, PromiseWindow
from chaland.sourcing.types import (
    Assignment,
    Candidate,
    CostTerms,
    Decision,
    Elimination,
    Example,
    Flip,
    Shortage,
)

Json = dict[str, Any]


def decision_body(decision: Decision) -> Json:
    """Return everything about *decision* that is not a column of its own."""
    return {
        "search": decision.search,
        "cost": _cost(decision.cost),
        "lower_bound": decision.lower_bound / COST_UNIT,
        "window": None if decision.window is None else _window(decision.window),
        "assignments": [_assignment(item) for item in decision.assignments],
        "feasible": decision.feasible_count,
        "candidates": [_candidate(item) for item in decision.candidates],
        "eliminated": [_elimination(item) for item in decision.eliminations],
        "flips": [_flip(item) for item in decision.flips],
        "shortages": [_shortage(item) for item in decision.shortages],
    }


def _cost(cost: CostTerms) -> Json:
    freight, handling, delay, parcels = cost
    return {
        "total": (freight + handling + delay + parcels) / COST_UNIT,
        "freight": freight / COST_UNIT,
        "handling": handling / COST_UNIT,
        "delay": delay / COST_UNIT,
        "parcels": parcels / COST_UNIT,
    }


def _window(window: PromiseWindow) -> Json:
    return {
        "earliest": _moment(window.earliest),
        "latest": _moment(window.latest),
        "confidence": window.confidence,
        "basis": window.basis,
        "dispatch_by": _moment(window.dispatch_by),
        "order_before": _moment(window.order_before),
    }


def _moment(moment: datetime) -> str:
    return moment.isoformat()


def _assignment(item: Assignment) -> Json:
    return {
        "location": item.location_code,
        "service": item.service_code,
        "lines": [
            {"line": portion.line, "sku_id": portion.sku_id, "quantity": portion.quantity}
            for portion in item.portions
        ],
        "window": _window(item.window),
        "cost": _cost(item.cost),
        "distance_km": item.distance_km,
        "weight_grams": item.weight_grams,
    }


def _candidate(item: Candidate) -> Json:
    return {
        "location": item.location_code,
        "service": item.service_code,
        "cost": _cost(item.cost),
        "distance_km": item.distance_km,
        "latest": _moment(item.latest),
    }


def _elimination(item: Elimination) -> Json:
    return {
        "reason": item.reason.value,
        "locations": item.locations,
        "nearest": [_example(example) for example in item.nearest],
    }


def _example(item: Example) -> Json:
    body: Json = {"location": item.location_code, "distance_km": item.distance_km}
    if item.missing:
        body["missing"] = {str(line): units for line, units in item.missing}
    return body


def _flip(item: Flip) -> Json:
    body: Json = {
        "kind": item.kind,
        "location": item.location_code,
        "saving": item.saving / COST_UNIT,
    }
    if item.missing:
        body["missing"] = {str(line): units for line, units in item.missing}
    return body


def _shortage(item: Shortage) -> Json:
    return {
        "line": item.line,
        "sku_id": item.sku_id,
        "wanted": item.wanted,
        "available": item.available,
        "short": item.short,
    }
