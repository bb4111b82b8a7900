"""The decision for one shipped order: the cheapest location, or a split that is cheaper."""

from collections.abc import Sequence
from dataclasses import replace
from typing import overload

from chaland.promise.engine import span
from chaland.sourcing.rules.assigning import NO_COST, assigned
from chaland.sourcing.rules.explaining import (
    TOP_CANDIDATES,
    Ranking,
    View,
    candidates_of,
    eliminations_of,
    flips_of,
)
from chaland.sourcing.rules.greedy import greedy_plan, parcel_of
from chaland.sourcing.rules.items import Item
from chaland.sourcing.rules.lanes import Entry, LaneGroup, Priced
from chaland.sourcing.rules.pieces import pieces_of
from chaland.sourcing.rules.shortages import Seen, holders_of, shortages_of, within_reach
from chaland.sourcing.rules.splits import Parcel, Plan, Search, Stock, exact_plan
from chaland.sourcing.types import Decision, Outcome, SearchKind, Shortage


@overload
def decide_shipment(group: LaneGroup, entry: Entry, seen: Seen) -> Decision: ...
@overload
def decide_shipment(
    group: LaneGroup, entry: Entry, seen: Seen, *, or_nothing: bool
) -> Decision | None: ...
def decide_shipment(
    group: LaneGroup, entry: Entry, seen: Seen, *, or_nothing: bool = False
) -> Decision | None:
    """Decide one order against the stock as it is now; *or_nothing* asks for a whole plan or None.

    None saves looking for parts and reasons where another circle of sites is looked in next.
    """
    priced, stock = group.priced(entry), seen.sellable
    ranking = rank(priced, stock)
    plan = _plan(group, priced, stock, ranking)
    shortages: tuple[Shortage, ...] = ()
    served: Sequence[Item] = entry.items
    if plan is None and or_nothing:
        return None
    if plan is None:
        shortages = shortages_of(entry.demand.lines, entry.items, priced.eligible, stock)
        if entry.demand.allow_partial and entry.demand.allow_split and shortages:
            served = within_reach(entry.items, priced.eligible, stock)
            plan = _split(priced, stock, served) if served else None
    view = View(priced, seen, ranking)
    candidates = candidates_of(view)
    assignments, cost = assigned(priced, plan, candidates) if plan is not None else ((), NO_COST)
    chosen = assignments[0].location_index if len(assignments) == 1 else None
    return Decision(
        outcome=_outcome(plan, shortages),
        assignments=assignments,
        window=span([item.window for item in assignments]) if assignments else None,
        cost=cost,
        search=_search_kind(plan, chosen),
        strategy_version=entry.policy.version,
        strategy=entry.policy.strategy,
        rule=entry.policy.rule,
        candidates=candidates,
        feasible_count=ranking.number,
        eliminations=eliminations_of(view),
        flips=flips_of(view, chosen, cost.total) if assignments else (),
        shortages=shortages,
        lower_bound=cost.total
        if plan is None or plan.exact
        else group.split_bound(priced, served, stock),
    )


def rank(priced: Priced, stock: Stock) -> Ranking:
    """Return the locations that hold everything, cheapest first; equal costs by index."""
    places = holders_of(priced.entry.items, priced.eligible, stock).nonzero()[0]
    if len(places) > 1:
        order = priced.costs[places].argsort(kind="stable")[:TOP_CANDIDATES]
        return Ranking(places[order].tolist(), len(places))
    return Ranking(places.tolist(), len(places))


def _plan(group: LaneGroup, priced: Priced, stock: Stock, ranking: Ranking) -> Plan | None:
    entry = priced.entry
    may_split = entry.demand.allow_split and entry.policy.split.parcels != 1
    if not ranking.best:
        return _split(priced, stock, entry.items) if may_split else None
    single = _single(priced, stock, ranking.best[0])
    units = sum([item.quantity for item in entry.items])
    if not may_split or units == 1 or not group.may_split_below(priced, stock, single.cost):
        return single
    split = _split(priced, stock, entry.items)
    if split is None:
        return single
    # Where splits were looked for greedily only, a better one may have been missed.
    return split if split.cost < single.cost else replace(single, exact=split.exact)


def _single(priced: Priced, stock: Stock, location: int) -> Plan:
    """Return the plan in which one location sends everything."""
    entry = priced.entry
    cost = priced.costs.item(location)
    if entry.apart:
        search = _search(priced, stock)
        return search.plan(
            [parcel_of(search, items, location) for items in entry.apart], exact=True
        )
    parcel = Parcel(location, priced.choices.item(location), tuple(entry.items), cost)
    return Plan((parcel,), cost, exact=True, single=True)


def _split(priced: Priced, stock: Stock, items: Sequence[Item]) -> Plan | None:
    entry = priced.entry
    search = _search(priced, stock)
    pieces = pieces_of(items, entry.demand.lines, divide_lines=entry.policy.split.divide_lines)
    plan, compared = exact_plan(search, pieces)
    return plan if compared else greedy_plan(search, pieces)


def _search(priced: Priced, stock: Stock) -> Search:
    entry = priced.entry
    return Search(
        priced.rates,
        entry.row,
        priced.eligible,
        stock,
        entry.load.promised,
        entry.policy.split.parcels,
    )


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
