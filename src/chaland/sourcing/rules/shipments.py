"""The decision for one shipped order: the cheapest single location, or the cheapest split where that is cheaper."""

from collections.abc import Sequence
from dataclasses import dataclass

from chaland.promise.engine import OUT_OF_REACH, span
from chaland.sourcing.rules.explaining import TOP_CANDIDATES, Explanation
from chaland.sourcing.rules.items import Item, Portioner, load_of
from chaland.sourcing.rules.lanes import Entry, LaneGroup
from chaland.sourcing.rules.pricing import Integers
from chaland.sourcing.rules.shortages import shortages_of, within_reach
from chaland.sourcing.rules.splits import Mask, Parcel, Plan, Search, Stock, cheapest_plan
from chaland.sourcing.types import (
    Assignment,
    CostTerms,
    Decision,
    Outcome,
    Portion,
    SearchKind,
    Shortage,
)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The single locations that hold everything: the cheapest few, cheapest first, and how many there are."""

    best: list[int]
    count: int


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
    explanation = Explanation(group, entry, costs, stock, ranking.best, ranking.count)
    assignments, cost = _assignments(group, entry, plan)
    chosen = assignments[0].location_index if len(assignments) == 1 else None
    return Decision(
        outcome=_outcome(plan, shortages),
        assignments=assignments,
        window=span([item.window for item in assignments]) if assignments else None,
        cost=cost,
        search=_search_kind(plan, chosen),
        strategy_version=strategy_version,
        candidates=explanation.candidates(),
        feasible_count=ranking.count,
        eliminations=explanation.eliminations(),
        flips=explanation.flips(chosen, cost.total if assignments else OUT_OF_REACH),
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


def _assignments(
    group: LaneGroup, entry: Entry, plan: Plan | None
) -> tuple[tuple[Assignment, ...], CostTerms]:
    """Turn parcels into assignments: one for each location and service."""
    if plan is None:
        return (), CostTerms(0, 0, 0, 0)
    rates = group.rates
    portioner = Portioner(entry.demand.lines)
    gathered: dict[tuple[int, int], list[Parcel]] = {}
    for parcel in plan.parcels:
        gathered.setdefault((parcel.location, parcel.place), []).append(parcel)
    assignments = []
    for (location, place), parcels in gathered.items():
        portions: list[Portion] = []
        terms = []
        grams = 0
        for parcel in parcels:
            load = load_of(parcel.items, entry.load.promised)
            grams += load.grams
            terms.append(rates.terms(entry.row, location, place, load, parcel.cost))
            for item in parcel.items:
                portions += portioner.take(item.sku_id, item.quantity)
        assignments.append(
            Assignment(
                location_id=rates.handling.ids[location],
                location_index=location,
                location_code=rates.handling.codes[location],
                portions=tuple(portions),
                service_code=rates.services[place].code,
                window=rates.window(entry.row, location, place),
                cost=terms[0] if len(terms) == 1 else _sum(terms, 0),
                distance_km=group.distance_km(entry, location),
                weight_grams=grams,
            )
        )
    if len(plan.parcels) == 1:
        return tuple(assignments), assignments[0].cost
    extra = rates.handling.extra_parcel * (len(plan.parcels) - 1)
    return tuple(assignments), _sum([item.cost for item in assignments], extra)


def _sum(terms: Sequence[CostTerms], extra: int) -> CostTerms:
    return CostTerms(
        sum(item.freight for item in terms),
        sum(item.handling for item in terms),
        sum(item.delay for item in terms),
        sum(item.parcels for item in terms) + extra,
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
