"""Why, and why not: the candidates, what ruled the others out, and what would have turned the choice."""

from collections.abc import Sequence

import numpy as np

from chaland.promise.engine import NEVER, OUT_OF_REACH, as_datetime
from chaland.sourcing.rules.lanes import Entry, LaneGroup
from chaland.sourcing.rules.pricing import Integers
from chaland.sourcing.rules.splits import Stock
from chaland.sourcing.types import Candidate, Elimination, Example, Flip, Reason

TOP_CANDIDATES = 5
EXAMPLES = 3

_Missing = tuple[tuple[int, int], ...]


class Explanation:
    """The reasons of one shipped order's decision; *feasible* locations come cheapest first."""

    def __init__(
        self,
        group: LaneGroup,
        entry: Entry,
        costs: Integers,
        stock: Stock,
        feasible: Sequence[int],
        feasible_count: int,
    ) -> None:
        self._group, self._entry, self._costs, self._stock = group, entry, costs, stock
        self._feasible = feasible
        self._feasible_count = feasible_count
        self._codes = group.rates.handling.codes

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the cheapest locations that could have done everything, the best first."""
        group, entry, rates = self._group, self._entry, self._group.rates
        found = []
        for location in self._feasible[:TOP_CANDIDATES]:
            place = group.choice(entry, location)
            found.append(
                Candidate(
                    self._codes[location],
                    rates.services[place].code,
                    rates.terms(entry.row, location, place, entry.load, self._costs.item(location)),
                    group.distance_km(entry, location),
                    as_datetime(rates.latest(entry.row, location, place)),
                )
            )
        return tuple(found)

    def eliminations(self) -> tuple[Elimination, ...]:
        """Return why the other locations were out, in the order in which constraints are looked at."""
        eligibility = self._entry.eligibility
        eligible = int(np.count_nonzero(self._costs < OUT_OF_REACH))
        examples = self._examples(nothing_else=eligible == len(self._costs))
        found = []
        for reason, count, named in eligibility.counts:
            nearest = [self._example(location) for location in named] or examples.get(reason, [])
            found.append(Elimination(reason, count, tuple(nearest)))
        own = self._own_counts(eligibility.size - eligible)
        own.append((Reason.SHORT_OF_STOCK, eligible - self._feasible_count))
        for reason, count in own:
            if count:
                found.append(Elimination(reason, count, tuple(examples.get(reason, ()))))
        return tuple(found)

    def flips(self, chosen: int | None, cost: int) -> tuple[Flip, ...]:
        """Return the smallest changes that would have made another single location the choice.

        *chosen* is the one chosen location, None for a split; *cost* is what the choice costs.
        """
        found = []
        ideal = int(self._costs.argmin())
        saving = cost - int(self._costs[ideal])
        if saving > 0 and (missing := self._missing(ideal)):
            found.append(Flip("stock", self._codes[ideal], saving, missing))
        rival = next((location for location in self._feasible if location != chosen), None)
        if rival is not None:
            found.append(Flip("cost", self._codes[rival], int(self._costs[rival]) - cost))
        return tuple(found)

    def _own_counts(self, lost: int) -> list[tuple[Reason, int]]:
        """Count what this order's own refusals, weight and destination rule out: *lost* locations."""
        refused = self._entry.refused
        found = [(Reason.REFUSED_BEFORE, len(refused))]
        if lost > len(refused):
            shut = self._entry.eligibility.allowed & (self._costs >= OUT_OF_REACH)
            reasons = [
                self._unreachable(location)
                for location in np.flatnonzero(shut).tolist()
                if location not in refused
            ]
            order = (Reason.CLOSED, Reason.TOO_HEAVY, Reason.NO_SERVICE)
            found += [(reason, reasons.count(reason)) for reason in order]
        return found

    def _unreachable(self, location: int) -> Reason:
        """Tell why no service carries the order from a location that may serve."""
        services = self._group.rates.services
        if not services:
            return Reason.NO_SERVICE
        if all(int(rates.departure[location]) == NEVER for rates in services):
            return Reason.CLOSED
        if all(self._entry.load.heaviest_unit > rates.carriage.heaviest for rates in services):
            return Reason.TOO_HEAVY
        return Reason.NO_SERVICE

    def _examples(self, *, nothing_else: bool) -> dict[Reason, list[Example]]:
        """Walk outwards from the customer and keep the first few of each reason.

        *nothing_else* says that only stock ruled locations out: a few of those are enough.
        """
        entry = self._entry
        reasons, refused = entry.eligibility.reasons, entry.refused
        feasible = self._feasible
        found: dict[Reason, list[Example]] = {}
        for location, cost in self._group.nearest(entry):
            reason = reasons[location]
            if reason is None:
                if location in refused:
                    reason = Reason.REFUSED_BEFORE
                elif cost >= OUT_OF_REACH:
                    reason = self._unreachable(location)
                elif location in feasible:
                    continue
                else:
                    reason = Reason.SHORT_OF_STOCK
            known = found.setdefault(reason, [])
            if len(known) == EXAMPLES:
                if nothing_else:
                    break
                continue
            missing = self._missing(location) if reason is Reason.SHORT_OF_STOCK else ()
            known.append(self._example(location, missing))
        return found

    def _example(self, location: int, missing: _Missing = ()) -> Example:
        distance = self._group.distance_km(self._entry, location)
        return Example(self._codes[location], distance, missing)

    def _missing(self, location: int) -> _Missing:
        """Return by line how many units a location is short of."""
        missing = []
        for item in self._entry.items:
            held = 0 if item.row is None else max(self._stock.item(item.row, location), 0)
            if held < item.quantity:
                missing.append((item.line, item.quantity - held))
        return tuple(missing)
