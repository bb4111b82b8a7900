"""What the carriage of loads costs by one service: looked up by site, area, zone and what is sent.

A load's prices are one row: for each tariff that a site is charged by, each area and each zone, and
once more where parcels promised for a Saturday cost more. Which cell of it a site and a destination
are charged by does not depend on the load.
"""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from chaland.promise.engine import OUT_OF_REACH, Carriage, Tariff, on_saturday
from chaland.sourcing.rules.items import Load

Integers = NDArray[np.int64]
Cells = NDArray[np.intp]


class Freight:
    """One service's prices for the orders (N) of one lane group from every site (L)."""

    def __init__(
        self,
        carriage: Carriage,
        weight: Decimal,
        *,
        country: str,
        areas: Cells | None,
        zones: Cells,
        days: Integers,
        latest: Integers,
    ) -> None:
        """Lay the cells out.

        *areas* (N) are those of the destinations, None where prices depend on none; *zones* is
        N × L; *days* (L) are those of departure; *latest* (L × Z) the ends of the windows.
        """
        self._carriage, self._weight, self._country = carriage, float(weight), country
        self._areas, self._zones = areas, zones
        tariffs = carriage.tariffs_of(days)
        self._used: list[int] = np.unique(tariffs).tolist()
        self._rows: dict[tuple[int, int, int], Integers] = {}
        self._floors: dict[Tariff, Integers] = {}
        self._heaviest = min(carriage.tariffs[number].heaviest for number in self._used)
        self._by_volume = carriage.by_volume
        self._saturdays: NDArray[np.bool_] | None = None
        if carriage.saturday:
            self._saturdays = on_saturday(latest, country)
        self.cells = zones
        """Where in a load's row each destination and site is charged (N × L)."""
        if areas is not None:
            self.cells = self.cells + (areas * carriage.zones)[:, None]
        if len(self._used) > 1:
            places = np.searchsorted(self._used, tariffs) * self._block
            self.cells = self.cells + places
        if self._saturdays is not None:
            flags = self._saturdays.take(zones + np.arange(len(days)) * carriage.zones)
            self.cells = self.cells + flags * self._half

    @property
    def size(self) -> int:
        """How long a row is."""
        return self._half * (1 if self._saturdays is None else 2)

    @property
    def _block(self) -> int:
        return self._carriage.width

    @property
    def _half(self) -> int:
        return self._carriage.width * len(self._used)

    def row(self, load: Load) -> Integers:
        """Return what *load* costs in each cell."""
        if load.heaviest_unit > self._heaviest:
            return self._worked_out(load)
        volume, longest = (load.volume_cm3, load.longest_mm) if self._by_volume else (0, 0)
        key = load.grams, volume, longest
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = self._worked_out(load)
        return row

    def parcels(self, load: Load) -> int:
        """Return into how many parcels *load* goes, by the first tariff in use."""
        tariff = self._carriage.tariffs[self._used[0]]
        return tariff.packing(load.grams, load.volume_cm3, load.longest_mm).parcels

    def floor(self, load: Load | None, zone: int) -> int:
        """Return the least that *load* costs from *zone* on, None: that anything costs.

        Prices need not rise with distance or weight.
        """
        return min(self._floor(self._carriage.tariffs[number], load, zone) for number in self._used)

    def refresh(self, location: int, day: int, latest: Integers) -> None:
        """Look at one site again, whose goods leave on another *day*; *latest* is Z long."""
        tariff = self._carriage.tariff_at(location, day)
        if len(self._used) == 1 and self._used[0] == tariff and self._saturdays is None:
            return
        if tariff not in self._used:
            self._append(tariff)
        if self._saturdays is not None:
            self._saturdays[location] = on_saturday(latest, self._country)
        cells = self._zones[:, location] + self._used.index(tariff) * self._block
        if self._areas is not None:
            cells = cells + self._areas * self._carriage.zones
        if self._saturdays is not None:
            flags = self._saturdays[location].take(self._zones[:, location])
            cells = cells + flags * self._half
        if self.cells is self._zones:
            self.cells = self.cells.copy()
        self.cells[:, location] = cells

    def _append(self, tariff: int) -> None:
        """Put one more tariff at the end of the rows: what is charged on Saturdays moves on."""
        if self._saturdays is not None:
            late = self.cells >= self._half
            self.cells = self.cells + late * self._block
        self._used.append(tariff)
        self._rows.clear()
        self._heaviest = min(self._heaviest, self._carriage.tariffs[tariff].heaviest)

    def _worked_out(self, load: Load) -> Integers:
        parts: list[Integers] = []
        dearer: list[Integers] = []
        for number in self._used:
            tariff = self._carriage.tariffs[number]
            if load.heaviest_unit > tariff.heaviest:
                row = np.full(self._block, OUT_OF_REACH, np.int64)
                parts.append(row)
                dearer.append(row)
                continue
            packing = tariff.packing(load.grams, load.volume_cm3, load.longest_mm)
            row = tariff.row(packing)
            parts.append(row)
            dearer.append(row + packing.parcels * self._carriage.saturday)
        if self._saturdays is not None:
            parts += dearer
        return self._weighted(parts[0] if len(parts) == 1 else np.concatenate(parts))

    def _weighted(self, row: Integers) -> Integers:
        if self._weight == 1 and self._saturdays is None:
            return row
        scaled: Integers = np.rint(row * self._weight).astype(np.int64)
        return np.where(row >= OUT_OF_REACH, OUT_OF_REACH, scaled)

    def _floor(self, tariff: Tariff, load: Load | None, zone: int) -> int:
        table = self._floors.get(tariff)
        if table is None:
            zones = self._carriage.zones
            nearest = tariff.prices.reshape(len(tariff.weights), -1, zones).min(axis=1)
            table = np.minimum.accumulate(nearest[:, ::-1], axis=1)[:, ::-1]
            self._floors[tariff] = table
        least, extra = int(table[:, zone].min()), 0
        if load is not None:
            if load.heaviest_unit > tariff.heaviest:
                return OUT_OF_REACH
            packing = tariff.packing(load.grams, load.volume_cm3, load.longest_mm)
            extra = packing.extra
            if packing.parcels == 1:
                least = int(table[packing.weight_class, zone])
        if least >= OUT_OF_REACH:
            return OUT_OF_REACH
        return round((least + extra) * self._weight)


def areas_of(carriage: Carriage, country: str, postal_codes: Sequence[str]) -> Cells | None:
    """Return the area of each destination (N); None where prices depend on none."""
    if len(carriage.areas) == 1:
        return None
    places = [carriage.areas.place_of(country, code) for code in postal_codes]
    return np.array(places, np.intp)
