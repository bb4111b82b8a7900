"""The engine as the pricer of a joint choice: the best plan of each order at given prices.

Prices of stock are put into the outlook as scarcity, prices of a site's day into the policy as
what the site adds to a parcel. So whatever sourcing takes into account, the joint choice does.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from chaland.sourcing.engine import decide_each
from chaland.sourcing.joint.placing import FixedBook, placement_of, priced_placements
from chaland.sourcing.rules.joint.columns import Column, Offer, Placement, Resource
from chaland.sourcing.types import (
    Decision,
    Demand,
    Outcome,
    Policy,
    UnitOutlook,
    World,
)

Integers = NDArray[np.int64]

LATE_PER_LINE_DAY = Decimal(10_000)
"""The price of a day beyond a promise, in whole currency: high enough that the cheapest plan is
late only where every plan is. Late plans are left out in any case."""

RUNNERS_UP = 2
"""How many further single sites are weighed beside the best plan; whole plans fit better then."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Asking:
    """One order as it is asked about. ``latest`` is the last moment at which it may arrive.

    ``hard`` tells whether that is a promise that holds still; an order that is late already may
    not become later, and its lateness costs what it costs.
    """

    demand: Demand
    policy: Policy
    present: Placement
    latest: datetime
    hard: bool


class EnginePricer:
    """Prices orders by the engine in *world*, whose stock includes what the orders hold.

    The day of *limited* sites may be full before all orders are done.
    """

    def __init__(
        self,
        asking: Sequence[Asking],
        world: World,
        *,
        limited: frozenset[int],
        change_price: int,
    ) -> None:
        self._asking, self._world = asking, world
        self._limited, self._change_price = limited, change_price
        self.decisions: dict[tuple[int, Placement], Decision | None] = {}
        self._demands = [_priced_demand(item) for item in asking]
        groups: dict[tuple[str, Decimal], list[int]] = defaultdict(list)
        for number, item in enumerate(asking):
            key = item.demand.channel_code, item.policy.weights.scarcity
            groups[key].append(number)
        self._groups = list(groups.items())

    def column(self, number: int, placement: Placement) -> Column | None:
        """Return the plan with a placement that was priced before; None where it may not be."""
        decision = self.decisions[number, placement]
        asked = self._asking[number]
        if decision is None or decision.window is None:
            return None
        stays = placement == asked.present
        if not stays and decision.window.latest > asked.latest:
            return None
        return Column(
            number,
            decision.cost.total + (0 if stays else self._change_price),
            placement,
            tuple(self.uses(asked.demand.channel_code, placement)),
        )

    def uses(self, channel: str, placement: Placement) -> Iterator[tuple[Resource, int]]:
        """Yield what a placement takes of each resource."""
        stock = self._world.stock
        fenced = stock.of(channel, "ship") is not stock.available
        for sku_id, location, units in placement:
            row = stock.row_of[sku_id]
            yield Resource("stock", location, row), units
            if fenced:
                yield Resource("share", location, row, channel), units
        for location in sorted({location for _, location, _ in placement}):
            if location in self._limited:
                yield Resource("day", location), 1

    def price(self, wanted: Sequence[tuple[int, Placement]]) -> None:
        """Price placements of orders (by number) that were not priced before."""
        new = [key for key in dict.fromkeys(wanted) if key not in self.decisions]
        placed = [
            (self._asking[number].demand, self._asking[number].policy, placement)
            for number, placement in new
        ]
        self.decisions.update(zip(new, priced_placements(placed, self._world), strict=True))

    def offers(self, prices: Mapping[Resource, int]) -> list[Offer]:
        """Return for each order the best plan at *prices*, and the best single sites after it."""
        least: dict[int, int | None] = {}
        found: dict[int, list[Placement]] = {}
        for (channel, scarcity), numbers in self._groups:
            world = self._priced_world(channel, scarcity, numbers, prices)
            decisions = decide_each([self._demands[number] for number in numbers], world)
            for number, decision in zip(numbers, decisions, strict=True):
                found[number] = list(self._placements(number, decision))
                least[number] = self._least(decision)
        self.price([(number, item) for number, items in found.items() for item in items])
        return [
            Offer(
                [
                    column
                    for placement in found[number]
                    if (column := self.column(number, placement)) is not None
                ],
                least[number],
            )
            for number in range(len(self._asking))
        ]

    def _placements(self, number: int, decision: Decision) -> Iterator[Placement]:
        asked = self._asking[number]
        if decision.outcome is not Outcome.SOURCED or decision.window is None:
            return
        if decision.window.latest <= asked.latest:
            yield placement_of(decision.assignments)
        totals: Counter[int] = Counter()
        for line in asked.demand.lines:
            totals[line.sku_id] += line.quantity
        by_code = self._world.network.by_code
        for candidate in decision.candidates[: RUNNERS_UP + 1]:
            if candidate.latest <= asked.latest:
                location = by_code[candidate.location_code]
                yield tuple(sorted((sku, location, units) for sku, units in totals.items()))

    def _least(self, decision: Decision) -> int | None:
        if decision.outcome is not Outcome.SOURCED:
            return None
        return decision.lower_bound + self._change_price

    def _priced_world(
        self,
        channel: str,
        scarcity: Decimal,
        numbers: Sequence[int],
        prices: Mapping[Resource, int],
    ) -> World:
        world = self._world
        by_site = np.zeros(len(world.network), np.int64)
        by_unit = self._scarcity(scarcity)
        for resource, price in prices.items():
            if resource.kind == "day":
                by_site[resource.location] += price
            elif resource.kind == "stock" or resource.channel == channel:
                by_unit[resource.row, resource.location] += price
        known: dict[tuple[int, bool], Policy] = {}
        book = []
        for number in numbers:
            asked = self._asking[number]
            key = id(asked.policy), asked.hard
            if key not in known:
                known[key] = _priced_policy(asked.policy, by_site, hard=asked.hard)
            book.append((self._demands[number], known[key]))
        outlook = world.outlook or UnitOutlook()
        return replace(world, policies=FixedBook(book), outlook=replace(outlook, scarcity=by_unit))

    def _scarcity(self, weight: Decimal) -> Integers:
        outlook, shape = self._world.outlook, self._world.stock.available.shape
        if outlook is None or outlook.scarcity is None or not weight:
            return np.zeros(shape, np.int64)
        return _whole(outlook.scarcity, weight)


def _priced_demand(asked: Asking) -> Demand:
    """Ask for a plan in time; what is only of use in part is of no use here."""
    latest = asked.latest if asked.hard else asked.demand.promised_latest
    return replace(asked.demand, promised_latest=latest, allow_partial=False)


def _priced_policy(policy: Policy, by_site: Integers, *, hard: bool) -> Policy:
    """Put the prices of sites into a policy; its own weights of these prices are worked in."""
    weights = replace(policy.weights, scarcity=Decimal(1), owner=Decimal(1))
    if hard:
        weights = replace(weights, late_per_line_day=LATE_PER_LINE_DAY)
    own = policy.site_prices
    if own is not None:
        by_site = by_site + _whole(own, policy.weights.owner)
    return replace(policy, weights=weights, site_prices=by_site if by_site.any() else None)


def _whole(prices: Integers, weight: Decimal) -> Integers:
    whole: Integers = np.rint(prices * float(weight)).astype(np.int64)
    return whole
