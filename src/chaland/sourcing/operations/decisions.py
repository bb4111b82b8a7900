"""Decisions are kept."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import orjson

from chaland.database.statements import execute
from chaland.kernel.ids import new_uuid
from chaland.sourcing.rules.bodies import compact_body
from chaland.sourcing.types import Decision, DecisionKind

_RECORD = """
INSERT INTO sourcing_decision
    (id, order_id, decided_at, kind, strategy_code, strategy_version, rule, outcome, total_cost,
     body)
SELECT id, order_id, %s, %s, strategy_code, strategy_version, rule, outcome,
       total_cost::numeric / 10000, body::jsonb
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::int[], %s::text[], %s::text[], %s::bigint[],
            %s::text[])
    AS decisions (id, order_id, strategy_code, strategy_version, rule, outcome, total_cost, body)
"""


def record_decisions(
    decisions: Sequence[tuple[UUID, Decision]], *, kind: DecisionKind, now: datetime
) -> None:
    """Keep what was decided at *now* for each order (its UUID); one statement for all."""
    if not decisions:
        return
    execute(
        _RECORD,
        [
            now,
            kind,
            [new_uuid() for _ in decisions],
            [order_id for order_id, _ in decisions],
            [decision.strategy for _, decision in decisions],
            [decision.strategy_version for _, decision in decisions],
            [decision.rule for _, decision in decisions],
            [decision.outcome.value for _, decision in decisions],
            [decision.cost.total for _, decision in decisions],
            [orjson.dumps(compact_body(decision)).decode() for _, decision in decisions],
        ],
        prepare=True,
    )
