"""What sending really costs and when it arrives, whatever the choice was made for.

Prices, departures and transit are the promise engine's; a strategy's weights have no part in it.
"""

from datetime import date
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chaland.lab.simulation.scenario import Scenario
from chaland.network.types import unit_vectors
from chaland.promise.engine import NEVER, Cargo, as_cost, km_at

ATTEMPTS = 6
"""So many sites in a row have luck of their own with the carrier."""

_DAY = 86_400
_FIRST_DAY = date(1970, 1, 1).toordinal()


class Way(NamedTuple):
    """Goods leave at ``departs_at``, use up capacity of ``day``, are there at ``arrives_at``.

    ``latest`` is what is promised.
    """

    departs_at: int
    day: int
    arrives_at: int
    latest: int


class Bill(NamedTuple):
    """What a parcel costs, in 1/10 000 of the currency unit, and its CO₂ in grams."""

    freight: int
    handling: int
    packaging: int
    co2: int


class Carrier:
    """The sites' ways out, and the carriers behind them."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._engine = scenario.promise
        locations = scenario.network.locations
        self._order_costs = [as_cost(item.cost_per_order) for item in locations]
        self._line_costs = [as_cost(item.cost_per_line) for item in locations]
        demands = [arrival.demand for arrival in scenario.arrivals]
        points = unit_vectors(
            np.array([demand.latitude for demand in demands], np.float64),
            np.array([demand.longitude for demand in demands], np.float64),
        )
        self._points = points
        draw = np.random.default_rng(scenario.seed)
        self._luck: NDArray[np.float64] = draw.random((len(demands), ATTEMPTS))
        self._lane = lru_cache(maxsize=65_536)(self._find_lane)

    def bill(
        self, order: int, location: int, service: int, cargo: Cargo, lines: int, now: int
    ) -> Bill:
        """Return what *cargo* costs that leaves at *now* from a site that looked for *lines*.

        0 g: nothing was found.
        """
        packaging = self._scenario.packaging
        work = self._order_costs[location] + lines * self._line_costs[location] - packaging
        if not cargo.grams:
            return Bill(0, work, 0, 0)
        if service < 0:
            return Bill(0, work, packaging, 0)
        carriage = self._engine.carriages[service]
        demand = self._scenario.arrivals[order].demand
        cosine = self._cosine(order, location)
        price = carriage.freight(
            cargo,
            location=location,
            day=_FIRST_DAY + now // _DAY,
            area=carriage.areas.place_of(demand.country, demand.postal_code),
            cosine=cosine,
        )
        facts = self._engine.services[service]
        co2 = float(facts.co2_grams_per_kg_km) * cargo.grams / 1000 * km_at(cosine)
        return Bill(price, work, packaging, round(co2))

    def way_out(
        self, order: int, location: int, service: int, *, now: int, queue_days: int, attempt: int
    ) -> Way | None:
        """Return when goods asked for at *now* leave behind *queue_days* of work, and arrive.

        They arrive inside the stated window as luck has it, or a day after it as often as the
        carrier's stated confidence leaves open. None when they never leave.
        """
        demand = self._scenario.arrivals[order].demand
        delay = 60 * self._scenario.network.channels[demand.channel_code].release_delay_minutes
        if service < 0:
            ready = self._engine.readiness(location, now=now, delay=delay, queue_days=queue_days)
            if ready.latest == NEVER:
                return None
            return Way(ready.moment, ready.moment // _DAY, ready.latest, ready.latest)
        departs_at, day, earliest, latest = self._lane(
            service, demand.country, location, now, delay, queue_days
        )
        if departs_at == NEVER:
            return None
        zone = self._zone(order, location, service)
        first, last = earliest[zone], latest[zone]
        return Way(departs_at, day, self._arrival(order, service, first, last, attempt), last)

    def _arrival(self, order: int, service: int, first: int, last: int, attempt: int) -> int:
        sure = float(self._engine.services[service].stated_confidence)
        luck = float(self._luck[order, min(attempt, ATTEMPTS - 1)])
        return last + _DAY if luck >= sure else first + int((last - first) * luck / sure)

    def _find_lane(
        self, service: int, country: str, location: int, now: int, delay: int, queue_days: int
    ) -> tuple[int, int, list[int], list[int]]:
        departure, earliest, latest = self._engine.lane_at(
            service, country, location, now=now, delay=delay, queue_days=queue_days
        )
        return departure.moment, departure.day, earliest.tolist(), latest.tolist()

    def _zone(self, order: int, location: int, service: int) -> int:
        limits = self._engine.carriages[service].limits
        return int(np.count_nonzero(limits > self._cosine(order, location)))

    def _cosine(self, order: int, location: int) -> float:
        return float(self._points[order] @ self._scenario.network.unit[location])
