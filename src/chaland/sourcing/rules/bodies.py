"""A decision as JSON: small as it is stored, plain as it is read.

One is written for every order and kept for good, so the stored form has short keys, lists in a
fixed order and costs in whole 1/10 000; ``expanded`` turns it into what screens, clients and
people read. A stored body says which form it has (``v``), so that the form may change while old
ones stay readable.
"""

from collections.abc import Sequence
from typing import Any

from chaland.promise.types import COST_UNIT
from chaland.sourcing.types import Assignment, CostTerms, Decision

Json = dict[str, Any]

FORM = 2
"""1 had four cost terms, in line with the rest; 2 has as many as there are, in a list."""


def compact_body(decision: Decision) -> Json:
    """Return everything about *decision* that is not a column of its own, in its stored form."""
    body: Json = {
        "v": FORM,
        "s": decision.search,
        "n": decision.feasible_count,
        "a": [_assignment(item) for item in decision.assignments],
        "c": [
            [
                item.location_code,
                item.service_code,
                _terms(item.cost),
                item.distance_km,
                item.latest,
            ]
            for item in decision.candidates
        ],
        "e": [
            [item.reason, item.locations, [list(example) for example in item.nearest]]
            for item in decision.eliminations
        ],
    }
    if decision.cost.parcels:
        body["p"] = decision.cost.parcels
    if decision.search == "greedy_split":
        body["b"] = decision.lower_bound
    if decision.flips:
        body["f"] = [list(item) for item in decision.flips]
    if decision.shortages:
        body["x"] = [
            [item.line, item.sku_id, item.wanted, item.available, item.short]
            for item in decision.shortages
        ]
    return body


def _assignment(item: Assignment) -> list[Any]:
    window = item.window
    return [
        item.location_code,
        item.service_code,
        _terms(item.cost),
        item.distance_km,
        item.weight_grams,
        [window.earliest, window.latest, window.dispatch_by, window.order_before],
        window.confidence,
        window.basis,
        [list(portion) for portion in item.portions],
    ]


def _terms(cost: CostTerms) -> list[int]:
    """Return the terms without the noughts at the end, which most are."""
    terms = list(cost)
    while terms and not terms[-1]:
        terms.pop()
    return terms


def expanded(body: Json) -> Json:
    """Return a stored body in its readable form.

    Costs become amounts in the group's currency; moments are RFC 3339 in UTC; distances are
    kilometres; lines count from 0.
    """
    if body["v"] == 1:
        body = _in_form_2(body)
    assignments = [_expanded_assignment(item) for item in body["a"]]
    terms = [CostTerms(*item[2]) for item in body["a"]]
    terms.append(CostTerms(parcels=body.get("p", 0)))
    cost = _amounts([sum(values) for values in zip(*terms, strict=True)])
    return {
        "search": body["s"],
        "cost": cost,
        "lower_bound": body["b"] / COST_UNIT if "b" in body else cost["total"],
        "assignments": assignments,
        "feasible": body["n"],
        "candidates": [_expanded_candidate(item) for item in body["c"]],
        "eliminated": [
            {
                "reason": reason,
                "locations": count,
                "nearest": [_expanded_example(e) for e in nearest],
            }
            for reason, count, nearest in body["e"]
        ],
        "flips": [_expanded_flip(item) for item in body.get("f", ())],
        "shortages": [
            dict(zip(("line", "sku_id", "wanted", "available", "short"), item, strict=True))
            for item in body.get("x", ())
        ],
    }


def _in_form_2(body: Json) -> Json:
    """Return a body of form 1, which had the four terms it knew in line with the rest."""
    gathered = {
        key: [[*item[:2], item[2:6], *item[6:]] for item in body[key]] for key in ("a", "c")
    }
    return {**body, **gathered}


def _expanded_assignment(item: list[Any]) -> Json:
    code, service, terms, distance, grams, moments, *rest = item
    confidence, basis, portions = rest
    names = ("earliest", "latest", "dispatch_by", "order_before")
    return {
        "location": code,
        "service": service,
        "lines": [
            {"line": line, "sku_id": sku_id, "quantity": quantity}
            for line, sku_id, quantity in portions
        ],
        "window": {
            **dict(zip(names, moments, strict=True)),
            "confidence": confidence,
            "basis": basis,
        },
        "cost": _amounts(terms),
        "distance_km": distance,
        "weight_grams": grams,
    }


def _expanded_candidate(item: list[Any]) -> Json:
    code, service, terms, distance, latest = item
    return {
        "location": code,
        "service": service,
        "cost": _amounts(terms),
        "distance_km": distance,
        "latest": latest,
    }


def _expanded_example(item: list[Any]) -> Json:
    code, distance, missing = item
    example: Json = {"location": code, "distance_km": distance}
    if missing:
        example["missing"] = {str(line): units for line, units in missing}
    return example


def _expanded_flip(item: list[Any]) -> Json:
    kind, code, saving, missing = item
    flip: Json = {"kind": kind, "location": code, "saving": saving / COST_UNIT}
    if missing:
        flip["missing"] = {str(line): units for line, units in missing}
    return flip


def _amounts(terms: Sequence[int]) -> Json:
    cost = CostTerms(*terms)
    named = {name: value / COST_UNIT for name, value in cost._asdict().items()}
    return {"total": cost.total / COST_UNIT, **named}
