"""A strategy tried on one order, in words, beside what would be chosen today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from chaland.catalog.queries import sku_facts_by_id
from chaland.console import decisions
from chaland.journeys.find_orders import OrderSearch, find_orders
from chaland.journeys.try_strategy import Trial, try_on_order
from chaland.kernel.actor import Actor
from chaland.kernel.ids import to_public
from chaland.network.queries import snapshot
from chaland.orders.types import ORDER_PREFIX
from chaland.promise.queries import services
from chaland.sourcing import queries
from chaland.sourcing.types import (
    Decision,
    DecisionRecord,
    Policy,
    StrategyDocument,
    StrategyVersion,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedCard:
    """What one strategy makes of an order."""

    title: str
    rules: str
    circles: str
    decision: decisions.DecisionCard


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPage:
    """One order under the draft and under what holds today; ``order`` is its number."""

    order: str
    same: bool
    tried: TriedCard
    today: TriedCard


def try_on(version: StrategyVersion, typed: str, now: datetime, actor: Actor) -> TrialPage | None:
    """Try a version on the order that a person means; None when there is none."""
    found = find_orders(OrderSearch(q=typed), actor=actor, limit=1)
    if not found:
        return None
    order = found[0].order
    trial = try_on_order(version, to_public(ORDER_PREFIX, order.id), now=now, actor=actor)
    records = [_record(trial.policy, trial.decision, now), _record(trial.present, trial.today, now)]
    articles = {
        sku_id: item.name for sku_id, item in sku_facts_by_id(decisions.sku_ids(records)).items()
    }
    network = snapshot()
    names = decisions.Names(
        {item.code: item.name for item in network.locations},
        {item.code: item.name for item in services()},
        articles,
        order.currency,
    )
    return _trial_page(
        order.external_id,
        trial,
        decisions.cards(records[::-1], names),
        version,
        queries.in_force(now=now).get(trial.present.strategy),
    )


def _trial_page(
    order: str,
    trial: Trial,
    cards: Sequence[decisions.DecisionCard],
    version: StrategyVersion,
    present: StrategyVersion | None,
) -> TrialPage:
    tried, today = cards
    followed = f"{trial.present.strategy} {trial.present.version}"
    return TrialPage(
        order=order,
        same=trial.same,
        tried=TriedCard(
            title=gettext("Under this draft"),
            rules=_rules_text(trial.policy, version.document),
            circles=_circles_text(trial.policy),
            decision=tried,
        ),
        today=TriedCard(
            title=gettext("Today (%(strategy)s)") % {"strategy": followed},
            rules=_rules_text(trial.present, present.document if present else None),
            circles=_circles_text(trial.present),
            decision=today,
        ),
    )


def _rules_text(policy: Policy, document: StrategyDocument | None) -> str:
    if not policy.rule:
        return gettext("No rule fits: what holds for all orders")
    names = {rule.code: rule.name for rule in document.rules} if document else {}
    said = ", ".join(names.get(code, code) for code in policy.rule.split("+"))
    return gettext("Rule: %(rules)s") % {"rules": said}


def _circles_text(policy: Policy) -> str:
    return " → ".join(
        f"{step.name} ({int(step.sites.sum())})" for step in policy.steps if step.sites is not None
    )


def _record(policy: Policy, decision: Decision, now: datetime) -> DecisionRecord:
    return DecisionRecord(
        id="",
        decided_at=now,
        kind="placement",
        outcome=decision.outcome,
        strategy=policy.strategy,
        strategy_version=policy.version,
        rule=policy.rule,
        total_cost=decision.cost.amount,
        body=queries.explanation(decision),
    )
