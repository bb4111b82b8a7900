"""Writes of the sourcing room: decisions are kept, strategies are put into force."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import orjson
from django.db.models import Max

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.database.revision import bump_revision
from chaland.database.statements import execute
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError, InvalidInputError
from chaland.kernel.ids import new_uuid
from chaland.sourcing.models import Strategy
from chaland.sourcing.queries import REVISION, active_strategy
from chaland.sourcing.rules.bodies import compact_body
from chaland.sourcing.rules.strategies import weights_form, weights_problems
from chaland.sourcing.states import StrategyState
from chaland.sourcing.types import (
    DEFAULT_STRATEGY,
    Decision,
    DecisionKind,
    StrategyFacts,
    StrategyWeights,
)

# An arbitrary number that means "writers of strategies" to pg_advisory_xact_lock.
_LOCK = 6_700_419

_RECORD = """
INSERT INTO sourcing_decision
    (id, order_id, decided_at, kind, strategy_version, outcome, total_cost, body)
SELECT id, order_id, %s, %s, strategy_version, outcome, total_cost::numeric / 10000, body::jsonb
FROM unnest(%s::uuid[], %s::uuid[], %s::int[], %s::text[], %s::bigint[], %s::text[])
    AS decisions (id, order_id, strategy_version, outcome, total_cost, body)
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
            [decision.strategy_version for _, decision in decisions],
            [decision.outcome.value for _, decision in decisions],
            [decision.cost.total for _, decision in decisions],
            [orjson.dumps(compact_body(decision)).decode() for _, decision in decisions],
        ],
        prepare=True,
    )


def activate_strategy(
    *, weights: StrategyWeights, now: datetime, actor: Actor, reason: str = ""
) -> StrategyFacts:
    """Put *weights* into force as the next version, and archive the version before.

    Nothing happens when they are in force already. Raises InvalidInputError for weights out of
    range, and DomainError (403) when the actor is limited to some organisations.
    """
    if actor.organisations is not None or actor.locations is not None:
        raise DomainError(
            code="outside_your_organisation",
            message="The strategy belongs to the whole group.",
            status=403,
            fix="Use a key that covers every organisation, or ask an administrator.",
        )
    problems = weights_problems(weights)
    if problems:
        raise InvalidInputError(problems)
    execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    code = DEFAULT_STRATEGY.code
    before = active_strategy()
    if before.weights == weights:
        return before
    latest = Strategy.objects.filter(code=code).aggregate(latest=Max("version"))["latest"]
    # The built-in strategy, in force where none was ever stored, counts as version 1.
    version = max(latest or 0, DEFAULT_STRATEGY.version) + 1
    Strategy.objects.filter(code=code, state=StrategyState.ACTIVE).update(
        state=StrategyState.ARCHIVED
    )
    Strategy.objects.create(
        code=code,
        version=version,
        state=StrategyState.ACTIVE,
        weights=weights_form(weights),
        created_at=now,
        activated_at=now,
    )
    record_audit(
        [
            AuditFact(
                actor=actor,
                action="sourcing.activate_strategy",
                entity_type="strategy",
                entity_id=code,
                at=now,
                before={"version": before.version, **weights_form(before.weights)},
                after={"version": version, **weights_form(weights)},
                reason=reason,
            )
        ]
    )
    bump_revision(REVISION)
    return StrategyFacts(code=code, version=version, weights=weights)
