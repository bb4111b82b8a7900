"""A strategy tried before it is in force: on one order beside today's, and on last month's orders.

Nothing is written, reserved or used up. An order that is known is tried as if it came in now: what
is already reserved for it counts as gone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chaland.database.revision import read_revisions
from chaland.journeys.decision_world import world_for
from chaland.journeys.order_demands import demands_of
from chaland.journeys.owner_shares import shares_of_work
from chaland.journeys.place_orders.body import OrderBody
from chaland.journeys.place_orders.references import load_references, resolve
from chaland.journeys.place_orders.requests import placement_request
from chaland.journeys.visibility import is_restricted
from chaland.kernel.actor import Actor
from chaland.kernel.errors import NotFoundError
from chaland.kernel.ids import from_public
from chaland.network.queries import snapshot
from chaland.network.types import NetworkSnapshot
from chaland.orders import queries as order_queries
from chaland.orders.queries import OrderFilter
from chaland.orders.types import ORDER_PREFIX
from chaland.promise import queries as promise_queries
from chaland.sourcing import queries as sourcing_queries
from chaland.sourcing.types import (
    Decision,
    Demand,
    Finding,
    Policy,
    StrategyDocument,
    StrategyVersion,
)

DAYS, MOST_ORDERS = 30, 1_000
"""Rules are tried on so many days' orders, the latest ones, and no more of them than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One order under a strategy that is tried, and under what it would follow today."""

    demand: Demand
    policy: Policy
    decision: Decision
    present: Policy
    today: Decision

    @property
    def same(self) -> bool:
        """Tell whether the same sites would give the same units by the same services."""
        return _given(self.decision) == _given(self.today)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is worth knowing of a strategy; ``met`` counts the orders that each rule would meet."""

    findings: Sequence[Finding]
    orders: int
    met: Mapping[str, int]


def try_on_order(
    version: StrategyVersion, order: str | OrderBody, *, now: datetime, actor: Actor
) -> Trial:
    """Decide an order, by its public id or as it would be sent, under *version* and as today.

    Raises NotFoundError for an order that is none or that the actor may not see, InvalidInputError
    for a body that could not be placed.
    """
    network = snapshot()
    demand = (
        _known_demand(order, network, actor)
        if isinstance(order, str)
        else _new_demand(order, now=now, actor=actor)
    )
    world = world_for([demand], network, read_revisions(), now=now)
    present = world.policies.policy_of(demand)
    (today,) = sourcing_queries.decide_each([demand], world)
    book = sourcing_queries.book_of(version, network, now=now, shares=shares_of_work(network, now))
    (decision,) = sourcing_queries.decide_each([demand], replace(world, policies=book))
    return Trial(
        demand=demand,
        policy=book.policy_of(demand),
        decision=decision,
        present=present,
        today=today,
    )


def check_strategy(document: StrategyDocument, *, now: datetime) -> Checked:
    """Return what is worth knowing of a strategy, last month's orders included."""
    network = snapshot()
    since = OrderFilter(placed_from=now - timedelta(days=DAYS))
    orders = order_queries.search(since, limit=MOST_ORDERS)
    demands = demands_of(orders, network, promise_queries.engine(network))
    moments = [order.placed_at for order in orders]
    met, unmet = sourcing_queries.rules_met(document, list(zip(demands, moments, strict=True)))
    findings = sourcing_queries.findings(document, now=now)
    told = {item.rule for item in findings if item.code in {"dead_rule", "ended", "contradiction"}}
    return Checked(
        findings=[*findings, *(item for item in unmet if item.rule not in told)],
        orders=len(orders),
        met=met,
    )


def _known_demand(order: str, network: NetworkSnapshot, actor: Actor) -> Demand:
    if is_restricted(actor):
        raise NotFoundError("order", order)
    try:
        view = order_queries.order_view(from_public(ORDER_PREFIX, order))
    except ValueError:
        view = None
    if view is None:
        raise NotFoundError("order", order)
    (demand,) = demands_of([view], network, promise_queries.engine(network))
    return demand


def _new_demand(order: OrderBody, *, now: datetime, actor: Actor) -> Demand:
    request = placement_request(order, actor=actor)
    return resolve(request, load_references([request]), now=now).demand


def _given(decision: Decision) -> set[tuple[str, str | None, tuple[object, ...]]]:
    return {(item.location_code, item.service_code, item.portions) for item in decision.assignments}
