"""Why, and why not: the candidates, what ruled the others out, and what would have turned it."""

from typing import NamedTuple

import numpy as np

from chaland.promise.engine import NEVER, OUT_OF_REACH, as_datetime
from chaland.sourcing.rules.lanes import Entry, LaneGroup
from chaland.sourcing.rules.pricing import Integers
from chaland.sourcing.rules.splits import Mask, Stock
from chaland.sourcing.types import Candidate, Elimination, Example, Flip, Reason

TOP_CANDIDATES = 5
EXAMPLES = 3

_OWN_REASONS = (Reason.CLOSED, Reason.TOO_HEAVY, Reason.NO_SERVICE)

_Missing = tuple[tuple[int, int], ...]


class Ranking(NamedTuple):
    """The single locations that hold everything: the cheapest few in order, and how many exist."""

    best: list[int]
    number: int


class View(NamedTuple):
    """What a decision saw: costs, who was eligible and the stock of that moment, and the ranking."""

    group: LaneGroup
    entry: Entry
    costs: Integers
    eligible: Mask
    stock: Stock
    ranking: Ranking


def candidates_of(view: View) -> tuple[Candidate, ...]:
    """Return the cheapest locations that could have done everything, the best first."""
    group, entry, rates = view.group, view.entry, view.group.rates
    row, load, codes = entry.row, entry.load, rates.handling.codes
    found = []
    for location in view.ranking.best:
        place = group.choice(entry, location)
        found.append(
            Candidate(
                codes[location],
                rates.services[place].code,
                rates.terms(row, location, place, load, view.costs.item(location)),
                group.distance_km(entry, location),
                as_datetime(rates.latest(row, location, place)),
            )
        )
    return tuple(found)


def eliminations_of(view: View) -> tuple[Elimination, ...]:
    """Return why the other locations were out, in the order in which constraints are looked at."""
    eligibility = view.entry.eligibility
    eligible = int(np.count_nonzero(view.eligible))
    examples = _examples(view, only_stock=eligible == len(view.costs))
    found = []
    for reason, count, named in eligibility.counts:
        nearest = [_example(view, location) for location in named] or examples.get(reason, [])
        found.append(Elimination(reason, count, tuple(nearest)))
    lost = eligibility.size - eligible
    own = _own_counts(view, lost) if lost else []
    own.append((Reason.SHORT_OF_STOCK, eligible - view.ranking.number))
    for reason, count in own:
        if count:
            found.append(Elimination(reason, count, tuple(examples.get(reason, ()))))
    return tuple(found)


def flips_of(view: View, chosen: int | None, cost: int) -> tuple[Flip, ...]:
    """Return the smallest changes that would have made another single location the choice.

    *chosen* is the one chosen location, None for a split; *cost* is what the choice costs.
    """
    codes = view.group.rates.handling.codes
    found = []
    ideal = int(view.costs.argmin())
    saving = cost - view.costs.item(ideal)
    if saving > 0 and (missing := _missing(view, ideal)):
        found.append(Flip("stock", codes[ideal], saving, missing))
    for rival in view.ranking.best[:2]:
        if rival != chosen:
            found.append(Flip("cost", codes[rival], view.costs.item(rival) - cost))
            break
    return tuple(found)


def _own_counts(view: View, lost: int) -> list[tuple[Reason, int]]:
    """Count what this order's own refusals, weight and destination rule out: *lost* locations."""
    refused = view.entry.refused
    found = [(Reason.REFUSED_BEFORE, len(refused))]
    if lost > len(refused):
        shut = view.entry.eligibility.allowed & ~view.eligible
        reasons = [
            _unreachable(view, location)
            for location in np.flatnonzero(shut).tolist()
            if location not in refused
        ]
        found += [(reason, reasons.count(reason)) for reason in _OWN_REASONS]
    return found


def _unreachable(view: View, location: int) -> Reason:
    """Tell why no service carries the order from a location that may serve."""
    services = view.group.rates.services
    if not services:
        return Reason.NO_SERVICE
    if all(rates.departure.item(location) == NEVER for rates in services):
        return Reason.CLOSED
    if all(view.entry.load.heaviest_unit > rates.carriage.heaviest for rates in services):
        return Reason.TOO_HEAVY
    return Reason.NO_SERVICE


def _examples(view: View, *, only_stock: bool) -> dict[Reason, list[Example]]:
    """Walk outwards from the customer and keep the first few of each reason.

    *only_stock* says that only stock ruled locations out: a few of those are enough.
    """
    reasons, best = view.entry.eligibility.reasons, view.ranking.best
    found: dict[Reason, list[Example]] = {}
    for location, cost in view.group.nearest(view.entry):
        reason = reasons[location]
        if reason is None:
            if cost < OUT_OF_REACH:
                # Of the feasible ones only the cheapest are listed; any has nothing missing.
                if location in best or not (missing := _missing(view, location)):
                    continue
                known = found.setdefault(Reason.SHORT_OF_STOCK, [])
                known.append(_example(view, location, missing))
                if only_stock and len(known) == EXAMPLES:
                    break
                continue
            refused = location in view.entry.refused
            reason = Reason.REFUSED_BEFORE if refused else _unreachable(view, location)
        found.setdefault(reason, []).append(_example(view, location))
    return {reason: examples[:EXAMPLES] for reason, examples in found.items()}


def _example(view: View, location: int, missing: _Missing = ()) -> Example:
    code = view.group.rates.handling.codes[location]
    return Example(code, view.group.distance_km(view.entry, location), missing)


def _missing(view: View, location: int) -> _Missing:
    """Return by line how many units a location is short of."""
    held_at = view.stock.item
    missing = []
    for item in view.entry.items:
        held = 0 if item.row is None else held_at(item.row, location)
        if held < item.quantity:
            missing.append((item.line, item.quantity - held))
    return tuple(missing)
