"""Why, and why not: the candidates, what ruled the others out, and what would have turned it."""

from typing import NamedTuple

import numpy as np

from chaland.promise.engine import NEVER
from chaland.sourcing.rules.items import load_of
from chaland.sourcing.rules.lanes import Priced
from chaland.sourcing.rules.pricing import UNREACHABLE
from chaland.sourcing.rules.shortages import Seen, holders_of
from chaland.sourcing.rules.units import unit_terms
from chaland.sourcing.types import Candidate, CostTerms, Elimination, Example, Flip, Reason

TOP_CANDIDATES = 5
EXAMPLES = 3

_OWN_REASONS = (Reason.CLOSED, Reason.TOO_HEAVY, Reason.NO_SERVICE)

_Missing = tuple[tuple[int, int], ...]


class Ranking(NamedTuple):
    """The single locations that hold everything: the cheapest few in order, and how many exist."""

    best: list[int]
    number: int


class View(NamedTuple):
    """What a decision saw: the order with its costs, the stock of that moment, and the ranking."""

    priced: Priced
    seen: Seen
    ranking: Ranking

    @property
    def nothing_is_withheld(self) -> bool:
        """Whether the channel may sell all that is there."""
        return self.seen.sellable is self.seen.there


def candidates_of(view: View) -> tuple[Candidate, ...]:
    """Return the cheapest locations that could have done everything, the best first."""
    priced = view.priced
    entry, rates, costs, choices = priced.entry, priced.rates, priced.costs, priced.choices
    found = [
        rates.candidate(
            entry.row,
            location,
            choices.item(location),
            entry.load,
            costs.item(location),
            unit_terms(rates.units, entry.items, location),
        )
        for location in view.ranking.best
    ]
    if entry.apart:
        found = [
            candidate._replace(cost=_cost_apart(priced, location))
            for candidate, location in zip(found, view.ranking.best, strict=True)
        ]
    return tuple(found)


def _cost_apart(priced: Priced, location: int) -> CostTerms:
    """Return what the parcels of an order cost together from one location."""
    entry, rates = priced.entry, priced.rates
    loads = [load_of(items, entry.load.promised) for items in entry.apart]
    costs, choices = rates.price_loads(entry.row, loads, np.array([location], np.intp))
    terms = []
    for number, (items, load) in enumerate(zip(entry.apart, loads, strict=True)):
        units = unit_terms(rates.units, items, location)
        total = costs.item(number, 0) + sum(units)
        terms.append(rates.terms(entry.row, location, choices.item(number, 0), load, total, units))
    cost = CostTerms(*(sum(values) for values in zip(*terms, strict=True)))
    extra = rates.handling.extra_parcel * (len(loads) - 1)
    return cost._replace(parcels=cost.parcels + extra)


def eliminations_of(view: View) -> tuple[Elimination, ...]:
    """Return why the other locations were out, in the order in which constraints are looked at."""
    priced = view.priced
    eligibility, eligible = priced.entry.eligibility, priced.eligible_count
    examples = _examples(view, only_stock=eligible == len(priced.costs))
    found = []
    for reason, count, named in eligibility.counts:
        nearest = [_example(view, location) for location in named] or examples.get(reason, [])
        found.append(Elimination(reason, count, tuple(nearest)))
    lost = eligibility.size - eligible
    own = _own_counts(view, lost) if lost else []
    withheld = _withheld_count(view)
    own.append((Reason.WITHHELD, withheld))
    own.append((Reason.SHORT_OF_STOCK, eligible - view.ranking.number - withheld))
    for reason, count in own:
        if count:
            found.append(Elimination(reason, count, tuple(examples.get(reason, ()))))
    return tuple(found)


def flips_of(view: View, chosen: int | None, cost: int) -> tuple[Flip, ...]:
    """Return the smallest changes that would have made another single location the choice.

    *chosen* is the one chosen location, None for a split; *cost* is what the choice costs.
    """
    priced = view.priced
    codes, ideal = priced.rates.handling.codes, priced.ideal
    found = []
    saving = cost - priced.costs.item(ideal)
    if saving > 0 and (missing := _missing(view, ideal)):
        found.append(Flip("stock", codes[ideal], saving, missing))
    for rival in view.ranking.best[:2]:
        if rival != chosen:
            found.append(Flip("cost", codes[rival], priced.costs.item(rival) - cost))
            break
    return tuple(found)


def _withheld_count(view: View) -> int:
    """Count the locations that hold everything, of which rules keep something from the channel."""
    if view.nothing_is_withheld:
        return 0
    priced = view.priced
    there = holders_of(priced.entry.items, priced.eligible, view.seen.there)
    return int(np.count_nonzero(there)) - view.ranking.number


def _own_counts(view: View, lost: int) -> list[tuple[Reason, int]]:
    """Count what this order's own refusals, weight and destination rule out: *lost* locations."""
    refused = view.priced.entry.refused
    found = [(Reason.REFUSED_BEFORE, len(refused))]
    if lost > len(refused):
        shut = view.priced.entry.eligibility.allowed & ~view.priced.eligible
        reasons = [
            _unreachable(view, location)
            for location in np.flatnonzero(shut).tolist()
            if location not in refused
        ]
        found += [(reason, reasons.count(reason)) for reason in _OWN_REASONS]
    return found


def _unreachable(view: View, location: int) -> Reason:
    """Tell why no service carries the order from a location that may serve."""
    services = view.priced.rates.services
    if not services:
        return Reason.NO_SERVICE
    if all(rates.departure.item(location) == NEVER for rates in services):
        return Reason.CLOSED
    if all(view.priced.entry.load.heaviest_unit > rates.carriage.heaviest for rates in services):
        return Reason.TOO_HEAVY
    return Reason.NO_SERVICE


def _examples(view: View, *, only_stock: bool) -> dict[Reason, list[Example]]:
    """Walk outwards from the customer and keep the first few of each reason.

    *only_stock* says that only stock ruled locations out: a few of those are enough.
    """
    entry, best = view.priced.entry, view.ranking.best
    reasons, codes = entry.eligibility.reasons, view.priced.rates.handling.codes
    found: dict[Reason, list[Example]] = {}
    short: list[Example] = []
    withheld: list[Example] = []
    for location, cost, distance in view.priced.near:
        if cost < UNREACHABLE:
            # Of the feasible ones only the cheapest are listed; any has nothing missing.
            if location not in best and (missing := _missing(view, location)):
                kind = withheld if _has_all(view, location) else short
                kind.append(Example(codes[location], distance, missing))
                if only_stock and view.nothing_is_withheld and len(short) == EXAMPLES:
                    break
            continue
        reason = reasons[location]
        if reason is None:
            refused = location in entry.refused
            reason = Reason.REFUSED_BEFORE if refused else _unreachable(view, location)
        found.setdefault(reason, []).append(Example(codes[location], distance))
    found[Reason.SHORT_OF_STOCK] = short
    found[Reason.WITHHELD] = withheld
    return {reason: examples[:EXAMPLES] for reason, examples in found.items()}


def _example(view: View, location: int) -> Example:
    rates, row = view.priced.rates, view.priced.entry.row
    return Example(rates.handling.codes[location], rates.distance_km(row, location))


def _has_all(view: View, location: int) -> bool:
    """Tell whether a location that may not sell everything has it all the same."""
    there = view.seen.there
    return not view.nothing_is_withheld and all(
        item.row is not None and there.item(item.row, location) >= item.quantity
        for item in view.priced.entry.items
    )


def _missing(view: View, location: int) -> _Missing:
    """Return by line how many units a location is short of."""
    held_at = view.seen.sellable.item
    missing = []
    for item in view.priced.entry.items:
        held = 0 if item.row is None else held_at(item.row, location)
        if held < item.quantity:
            missing.append((item.line, item.quantity - held))
    return tuple(missing)
