"""Reads of stored decisions."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any, cast
from uuid import UUID

import orjson

from chaland.kernel.ids import to_public
from chaland.sourcing.models import SourcingDecision
from chaland.sourcing.rules.bodies import compact_body, expanded
from chaland.sourcing.types import Decision, DecisionKind, DecisionRecord, Outcome

DECISION_PREFIX = "dec"


def decisions_of(order_ids: Collection[UUID]) -> dict[UUID, list[DecisionRecord]]:
    """Return the decisions of each order, oldest first; one query."""
    found: dict[UUID, list[DecisionRecord]] = defaultdict(list)
    rows = SourcingDecision.objects.filter(order_id__in=order_ids).order_by("order_id", "id")
    for row in rows:
        found[row.order_id].append(_record(row))
    return {order_id: found[order_id] for order_id in order_ids}


def explanation(decision: Decision) -> dict[str, Any]:
    """Return a decision that is kept nowhere in the readable form of those that are."""
    return expanded(orjson.loads(orjson.dumps(compact_body(decision))))


def _record(row: SourcingDecision) -> DecisionRecord:
    return DecisionRecord(
        id=to_public(DECISION_PREFIX, row.id),
        decided_at=row.decided_at,
        kind=cast("DecisionKind", row.kind),
        outcome=Outcome(row.outcome),
        strategy=row.strategy_code,
        strategy_version=row.strategy_version,
        rule=row.rule,
        total_cost=row.total_cost,
        body=expanded(row.body),
    )
