"""The decision for one shipped order: the cheapest single location, or the cheapest split where that is cheaper."""

from collections.abc import Sequence

from chaland.promise.engine import OUT_OF_REACH, span
from chaland.sourcing.rules.assigning import NO_COST, assigned
from chaland.sourcing.rules.explaining import (
    TOP_CANDIDATES,
    Ranking,
    View,
    candidates_of,
    eliminations_of,
    flips_of,
)
from chaland.sourcing.rules.items import Item
from chaland.sourcing.rules.lanes import Entry, LaneGroup
from chaland.sourcing.rules.pricing import Integers
from chaland.sourcing.rules.shortages import shortages_of, within_reach
from chaland.sourcing.rules.splits import Mask, Parcel, Plan, Search, Stock, cheapest_plan
from chaland.sourcing.types import Decision, Outcome, SearchKind, Shortage


def decide_shipment(
    group: LaneGroup, entry: Entry, stock: Stock, strategy_version: int
) -> Decision:
    """Decide one order against *stock* (S × L units) as it is now."""
    costs = group.costs(entry)
    eligible = costs < OUT_OF_REACH
    ranking = rank(entry.items, costs, eligible, stock)
    plan = _plan(group, entry, costs, eligible, stock, ranking)
    shortages: tuple[Shortage, ...] = ()
    if plan is None:
        shortages = shortages_of(entry.demand.lines, entry.items, eligible, stock)
        if entry.demand.allow_partial and shortages:
            reachable = within_reach(entry.items, eligible, stock)
            plan = _split(group, entry, eligible, stock, reachable) if reachable else None
    view = View(group, entry, costs, eligible, stock, ranking)
    assignments, cost = assigned(group, entry, plan) if plan is not None else ((), NO_COST)
    chosen = assignments[0].location_index if len(assignments) == 1 else None
    return Decision(
        outcome=_outcome(plan, shortages),
        assignments=assignments,
        window=span([item.window for item in assignments]) if assignments else None,
        cost=cost,
        search=_search_kind(plan, chosen),
        strategy_version=strategy_version,
        candidates=candidates_of(view),
        feasible_count=ranking.number,
        eliminations=eliminations_of(view),
        flips=flips_of(view, chosen, cost.total) if assignments else (),
        shortages=shortages,
        lower_bound=cost.total if plan is None or plan.exact else group.split_bound(entry),
    )


def rank(items: Sequence[Item], costs: Integers, eligible: Mask, stock: Stock) -> Ranking:
    """Return the locations that hold all of *items*, cheapest first; equal costs by index."""
    holders = eligible
    for item in items:
        if item.row is None:
            return Ranking([], 0)
        holders = holders & (stock[item.row] >= item.quantity)
    places = holders.nonzero()[0]
    if len(places) > 1:
        order = costs[places].argsort(kind="stable")[:TOP_CANDIDATES]
        return Ranking(places[order].tolist(), len(places))
    return Ranking(places.tolist(), len(places))


def _plan(
    group: LaneGroup,
    entry: Entry,
    costs: Integers,
    eligible: Mask,
    stock: Stock,
    ranking: Ranking,
) -> Plan | None:
    if not ranking.best:
        if not entry.demand.allow_split:
            return None
        return _split(group, entry, eligible, stock, entry.items)
    location = ranking.best[0]
    cost = costs.item(location)
    parcel = Parcel(location, group.choice(entry, location), tuple(entry.items), cost)
    single = Plan((parcel,), cost, exact=True)
    if not entry.demand.allow_split or len(entry.items) == 1:
        return single
    if not group.may_split_below(entry, cost):
        return single
    split = _split(group, entry, eligible, stock, entry.items)
    return split if split is not None and split.cost < cost else single


def _split(
    group: LaneGroup, entry: Entry, eligible: Mask, stock: Stock, items: Sequence[Item]
) -> Plan | None:
    promised = entry.load.promised
    return cheapest_plan(Search(group.rates, entry.row, eligible, stock, promised), items)


def _outcome(plan: Plan | None, shortages: Sequence[Shortage]) -> Outcome:
    if plan is None:
        return Outcome.UNROUTABLE
    return Outcome.PARTIAL if shortages else Outcome.SOURCED


def _search_kind(plan: Plan | None, chosen: int | None) -> SearchKind:
    if plan is None:
        return "none"
    if chosen is not None:
        return "single"
    return "exact_split" if plan.exact else "greedy_split"
