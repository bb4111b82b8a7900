"""What each location would cost for each demand, in one go: carriage, work, waiting and the rest.

Costs are whole numbers of 1/10 000 of the currency unit, so that sums are exact and the same on
every machine. Everything that does not depend on the order (prices by weight and zone, delay by
location and zone) is a small table; an order's costs are looked up in it through the zones of its
destination. What units cost by themselves (``units``) is the caller's to add: it depends on which
they are, not on how they travel.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from chaland.promise.engine import (
    NEVER,
    OUT_OF_REACH,
    Carriage,
    PromiseEngine,
    as_cost,
    as_datetime,
    km_at,
    rounded_km,
)
from chaland.promise.types import PromiseWindow
from chaland.sourcing.rules.freight import Freight, areas_of
from chaland.sourcing.rules.items import Load
from chaland.sourcing.rules.sites import SitePrices
from chaland.sourcing.rules.units import UnitPrices, UnitTerms
from chaland.sourcing.types import Candidate, CostTerms, StrategyWeights

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Choices = NDArray[np.int8]

_DAY = 86_400

UNREACHABLE = OUT_OF_REACH // 2
"""Costs from here on are those of what cannot be done, whatever a credit took off OUT_OF_REACH."""

Amount = TypeVar("Amount", int, Integers)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Handling:
    """What preparing an order costs at each location (L), under one strategy's weights.

    The tuples hold the same numbers, and the locations' names, for looking up one at a time.
    """

    per_order: Integers
    per_line: Integers
    delay: int
    late: int
    extra_parcel: int
    per_km: int
    co2_per_kg: int
    freight: Decimal
    order_costs: tuple[int, ...]
    line_costs: tuple[int, ...]
    ids: tuple[int, ...]
    codes: tuple[str, ...]


@lru_cache(maxsize=32)
def handling_of(engine: PromiseEngine, weights: StrategyWeights) -> Handling:
    """Turn amounts into whole costs; kept for the engines and weights used last."""
    locations = engine.network.locations
    order_costs = [as_cost(item.cost_per_order * weights.handling) for item in locations]
    line_costs = [as_cost(item.cost_per_line * weights.handling) for item in locations]
    return Handling(
        per_order=np.array(order_costs, np.int64),
        per_line=np.array(line_costs, np.int64),
        delay=as_cost(weights.delay_per_line_day),
        late=as_cost(weights.late_per_line_day),
        extra_parcel=as_cost(weights.extra_parcel),
        per_km=as_cost(weights.distance_per_km),
        co2_per_kg=as_cost(weights.co2_per_kg),
        freight=weights.freight,
        order_costs=tuple(order_costs),
        line_costs=tuple(line_costs),
        ids=tuple(item.id for item in locations),
        codes=tuple(item.code for item in locations),
    )


class Prices(NamedTuple):
    """Everything that one policy makes of sites and units; None where it makes nothing of them."""

    handling: Handling
    sites: SitePrices | None = None
    units: UnitPrices | None = None


def waiting_cost(seconds: Amount, per_day: int) -> Amount:
    """Return what one line's waiting *seconds* is worth."""
    return seconds * per_day // _DAY


class ServiceRates:
    """One service's tables for the orders of one lane group."""

    def __init__(
        self,
        engine: PromiseEngine,
        handling: Handling,
        service: int,
        *,
        country: str,
        now: int,
        delay: int,
        queue_days: Integers,
        cosines: Floats,
        postal_codes: Sequence[str],
    ) -> None:
        self.service = service
        self.code = engine.services[service].code
        self.carriage: Carriage = engine.carriages[service]
        self._engine, self._handling = engine, handling
        self.country, self._now, self._delay = country, now, delay
        rate = float(engine.services[service].co2_grams_per_kg_km)
        # From grams × hectometres to the cost of the CO₂ of a rate in grams per kilogram-kilometre.
        self.co2_factor = handling.co2_per_kg * rate / 10**7
        # What the last mile of one parcel costs.
        self.parcel_co2 = handling.co2_per_kg * self.carriage.co2_grams_per_parcel // 1000
        self.zones = self.carriage.zones_of(cosines)
        lane = engine.lane(service, country, now=now, delay=delay, queue_days=queue_days)
        self.lane = lane
        self.earliest, self.latest = lane.earliest, lane.latest
        self.departure, self.until = lane.departures.moment, lane.departures.until
        self.waiting = self._waiting_cost(self.latest)
        self._owned = False
        self.freight = Freight(
            self.carriage,
            handling.freight,
            country=country,
            areas=areas_of(self.carriage, country, postal_codes),
            zones=self.zones,
            days=lane.departures.day,
            latest=self.latest,
        )

    def _waiting_cost(self, latest: Integers) -> Integers:
        """Return what one line's waiting until *latest* is worth."""
        cost = waiting_cost(latest - self._now, self._handling.delay)
        return np.where(latest >= NEVER, OUT_OF_REACH, cost)

    def costs(
        self,
        zones: NDArray[np.intp],
        cells: NDArray[np.intp],
        loads: Sequence[Load],
        lines: Integers,
        columns: NDArray[np.intp],
        hectometres: Integers | None,
    ) -> Integers:
        """Return freight, delay and CO₂ of N loads from C locations.

        *zones*, *cells* and *hectometres* are N × C or 1 × C.
        """
        size = self.freight.size
        freight = np.concatenate([self.freight.row(load) for load in loads])
        starts = np.arange(0, size * len(loads), size)
        total = freight.take(cells + starts[:, None])
        places = zones + columns * self.carriage.zones
        total += self.waiting.take(places) * lines
        if any(load.promised is not None for load in loads):
            total += self._lateness(places, loads) * lines
        if hectometres is not None and self.co2_factor:
            grams = np.array([[load.grams] for load in loads], np.int64)
            total += np.rint(hectometres * grams * self.co2_factor).astype(np.int64)
        if self.parcel_co2:
            parcels = [[self.freight.parcels(load)] for load in loads]
            total += self.parcel_co2 * np.array(parcels, np.int64)
        return total

    def co2_cost(self, hectometres: int, load: Load) -> int:
        """Return what the CO₂ of carrying one load so far costs."""
        last_mile = self.parcel_co2 * self.freight.parcels(load) if self.parcel_co2 else 0
        return round(hectometres * load.grams * self.co2_factor) + last_mile

    def _lateness(self, places: NDArray[np.intp], loads: Sequence[Load]) -> Integers:
        promised = np.array(
            [NEVER if load.promised is None else load.promised for load in loads], np.int64
        )
        late: Integers = np.maximum(self.latest.take(places) - promised[:, None], 0)
        return late * self._handling.late // _DAY

    def refresh(self, location: int, queue_days: int) -> None:
        """Look at one location again, whose queue has grown by a day."""
        departure, earliest, latest = self._engine.lane_at(
            self.service,
            self.country,
            location,
            now=self._now,
            delay=self._delay,
            queue_days=queue_days,
        )
        if not self._owned:
            # The lane belongs to the engine and to other threads: change a copy.
            self.earliest, self.latest = self.earliest.copy(), self.latest.copy()
            self.departure, self.until = self.departure.copy(), self.until.copy()
            self._owned = True
        self.earliest[location], self.latest[location] = earliest, latest
        self.departure[location], self.until[location] = departure.moment, departure.until
        self.waiting[location] = self._waiting_cost(latest)
        self.freight.refresh(location, departure.day, latest)

    def delay_cost(self, zone: int, location: int, load: Load) -> int:
        """Return what waiting for one load from one location is worth."""
        per_line = self.waiting.item(location, zone)
        if load.promised is not None:
            late = max(self.latest.item(location, zone) - load.promised, 0)
            per_line += late * self._handling.late // _DAY
        return load.lines * per_line


class Rates:
    """Costs, from every location, of orders (rows) that share country, services and delay."""

    def __init__(
        self,
        engine: PromiseEngine,
        prices: Prices,
        services: Sequence[int],
        *,
        country: str,
        now: int,
        delay: int,
        queue_days: Integers,
        cosines: Floats,
        postal_codes: Sequence[str],
    ) -> None:
        self.engine = engine
        handling, self.sites, self.units = prices
        self.handling = handling
        self.delay = delay
        self.cosines = cosines
        self.hectometres: Integers | None = None
        if handling.per_km or handling.co2_per_kg:
            self.hectometres = np.rint(rounded_km(cosines) * 10).astype(np.int64)
        self.services = [
            ServiceRates(
                engine,
                handling,
                service,
                country=country,
                now=now,
                delay=delay,
                queue_days=queue_days,
                cosines=cosines,
                postal_codes=postal_codes,
            )
            for service in services
        ]
        self.columns = np.arange(cosines.shape[1])

    def price_rows(
        self, rows: slice, loads: Sequence[Load], columns: NDArray[np.intp] | None = None
    ) -> tuple[Integers, Choices]:
        """Return the costs (N × C) of orders *rows*, a load each, and the services taken."""
        return self._price(rows, loads, columns)

    def price_loads(
        self, row: int, loads: Sequence[Load], columns: NDArray[np.intp] | None = None
    ) -> tuple[Integers, Choices]:
        """Return the costs (N × C) of N loads of the order *row*, and the services taken."""
        return self._price(slice(row, row + 1), loads, columns)

    def _price(
        self, rows: slice, loads: Sequence[Load], columns: NDArray[np.intp] | None
    ) -> tuple[Integers, Choices]:
        zones = [rates.zones[rows] for rates in self.services]
        cells = [rates.freight.cells[rows] for rates in self.services]
        far = None if self.hectometres is None else self.hectometres[rows]
        if columns is None:
            columns = self.columns
        else:
            zones = [item.take(columns, axis=1) for item in zones]
            cells = [item.take(columns, axis=1) for item in cells]
            far = None if far is None else far.take(columns, axis=1)
        lines = np.array([[load.lines] for load in loads], np.int64)
        shape = (len(loads), len(columns))
        choice = np.zeros(shape, np.int8)
        best: Integers | None = None
        tables = zip(self.services, zones, cells, strict=True)
        for place, (rates, zone, cell) in enumerate(tables):
            cost = rates.costs(zone, cell, loads, lines, columns, far)
            if best is None:
                best = cost
            else:
                choice[cost < best] = place
                np.minimum(best, cost, out=best)
        if best is None:
            best = np.full(shape, OUT_OF_REACH, np.int64)
        best += self.handling.per_line[columns] * lines
        best += self.handling.per_order[columns]
        if self.sites is not None:
            best += self.sites.total[columns]
        if far is not None and self.handling.per_km:
            best += far * self.handling.per_km // 10
        return best, choice

    def refresh(self, location: int, queue_days: int) -> None:
        """Look at one location again, whose queue has grown by a day."""
        for rates in self.services:
            rates.refresh(location, queue_days)

    def terms(
        self, row: int, location: int, place: int, load: Load, total: int, units: UnitTerms
    ) -> CostTerms:
        """Return the terms of *total*, which is what a load of the order *row* costs there.

        *units* are the terms of its units by themselves, which *total* includes.
        """
        rates, handling = self.services[place], self.handling
        delay = rates.delay_cost(rates.zones.item(row, location), location, load)
        work = handling.order_costs[location] + load.lines * handling.line_costs[location]
        freight = total - work - delay
        capacity = owner = distance = co2 = 0
        if self.units is not None:
            freight -= sum(units)
        if self.sites is not None:
            capacity, owner = self.sites.terms(location)
            freight -= capacity + owner
        if self.hectometres is not None:
            far = self.hectometres.item(row, location)
            distance, co2 = far * handling.per_km // 10, rates.co2_cost(far, load)
            freight -= distance + co2
        return CostTerms(freight, work, delay, 0, distance, co2, capacity, *units, owner)

    def candidate(
        self, row: int, location: int, place: int, load: Load, total: int, units: UnitTerms
    ) -> Candidate:
        """Return what is told about one location that could serve a load for *total*."""
        rates = self.services[place]
        return Candidate(
            self.handling.codes[location],
            rates.code,
            self.terms(row, location, place, load, total, units),
            km_at(self.cosines.item(row, location)),
            as_datetime(rates.latest.item(location, rates.zones.item(row, location))),
        )

    def distance_km(self, row: int, location: int) -> float:
        """Return how far a location is from the destination of the order *row*, to 100 m."""
        return km_at(self.cosines.item(row, location))

    def window(self, row: int, location: int, place: int) -> PromiseWindow:
        """Return the window of the order *row* from one location by one service."""
        rates = self.services[place]
        zone = rates.zones.item(row, location)
        return self.engine.shipped_window(
            rates.service,
            rates.country,
            location,
            zone,
            departure=rates.departure.item(location),
            until=rates.until.item(location) - self.delay,
            earliest=rates.earliest.item(location, zone),
            latest=rates.latest.item(location, zone),
        )
