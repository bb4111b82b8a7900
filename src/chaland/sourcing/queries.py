"""Reads: the strategy in force, stored decisions, and deciding itself, which stores nothing."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from chaland.database.revision import read_revisions
from chaland.kernel.ids import to_public
from chaland.sourcing.engine import decide, decide_each, keep_behind
from chaland.sourcing.models import SourcingDecision, Strategy
from chaland.sourcing.rules.bodies import expanded
from chaland.sourcing.rules.strategies import weights_of
from chaland.sourcing.states import StrategyState
from chaland.sourcing.types import (
    DEFAULT_STRATEGY,
    DecisionKind,
    DecisionRecord,
    OnePolicy,
    Outcome,
    PolicyBook,
    StrategyFacts,
)

REVISION = "sourcing"
DECISION_PREFIX = "dec"

_latest: tuple[int, StrategyFacts] | None = None


def active_strategy(revision: int | None = None) -> StrategyFacts:
    """Return the strategy in force; the built-in one until a retailer activates another.

    *revision* is what ``read_revisions().get("sourcing", 0)`` said in this transaction; without
    it, one small query asks.
    """
    global _latest  # noqa: PLW0603 - one strategy for the process, replaced whole
    if revision is None:
        revision = read_revisions().get(REVISION, 0)
    known = _latest
    if known is None or known[0] != revision:
        known = _latest = (revision, _active())
    return known[1]


def policies(revision: int | None = None) -> PolicyBook:
    """Return the strategies in force, ready to decide with; *revision* as ``active_strategy``."""
    return OnePolicy(active_strategy(revision))


def decisions_of(order_ids: Collection[UUID]) -> dict[UUID, list[DecisionRecord]]:
    """Return the decisions of each order, oldest first; one query."""
    found: dict[UUID, list[DecisionRecord]] = defaultdict(list)
    rows = SourcingDecision.objects.filter(order_id__in=order_ids).order_by("order_id", "id")
    for row in rows:
        found[row.order_id].append(_record(row))
    return {order_id: found[order_id] for order_id in order_ids}


def _active() -> StrategyFacts:
    row = Strategy.objects.filter(code=DEFAULT_STRATEGY.code, state=StrategyState.ACTIVE).first()
    if row is None:
        return DEFAULT_STRATEGY
    return StrategyFacts(code=row.code, version=row.version, weights=weights_of(row.weights))


def _record(row: SourcingDecision) -> DecisionRecord:
    kind: DecisionKind = "placement" if row.kind == "placement" else "resourcing"
    return DecisionRecord(
        id=to_public(DECISION_PREFIX, row.id),
        decided_at=row.decided_at,
        kind=kind,
        outcome=Outcome(row.outcome),
        strategy_version=row.strategy_version,
        total_cost=row.total_cost,
        body=expanded(row.body),
    )


__all__ = [
    "DECISION_PREFIX",
    "REVISION",
    "active_strategy",
    "decide",
    "decide_each",
    "decisions_of",
    "keep_behind",
    "policies",
]
