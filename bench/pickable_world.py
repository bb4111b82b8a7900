"""Shops whose shelves are known: thefts, misplaced and miscounted goods, sales, refusals, counts.

Nothing in here knows the model that is tried on it. Hazards differ by category, shop and article,
and are drawn from other families than the model assumes: losses hit units, whole shelves are put
elsewhere and turn up again, tills and deliveries err, and orders follow the record, not the shelf.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chaland.accuracy.rules.evidence import MEMORY_DAYS, sales_rate
from chaland.accuracy.types.chances import Evidence, Lines, Role

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

CATEGORIES = 12
PRIOR = 0.85
_DELIVERY, _COUNT, _TILL, _PICK, _NIGHT = 0.1, 0.2, 0.5, 0.7, 0.9


@dataclass(frozen=True)
class Size:
    """How large the simulated retailer is."""

    shops: int = 200
    articles: int = 3000
    shelves_per_shop: int = 300


class World:
    """One position a shelf; arrays are parallel. Time is in days from 0."""

    def __init__(self, size: Size, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        draw = self.random
        self.size = size
        count = size.shops * size.shelves_per_shop
        self.shop = np.repeat(np.arange(size.shops), size.shelves_per_shop)
        articles = [
            draw.choice(size.articles, size.shelves_per_shop, replace=False)
            for _ in range(size.shops)
        ]
        self.article = np.concatenate(articles)
        self.category = draw.integers(CATEGORIES, size=size.articles)[self.article]
        self.cost = draw.lognormal(2.5, 0.8, size.articles)[self.article]
        popularity = draw.lognormal(-3.0, 1.1, size.articles)
        self.demand = popularity[self.article] * draw.lognormal(0, 0.3, size.shops)[self.shop]
        self.online = np.minimum(0.15 * self.demand, 0.3)
        self.theft = (
            0.0012
            * draw.lognormal(0, 0.9, CATEGORIES)[self.category]
            * draw.lognormal(0, 0.6, size.shops)[self.shop]
            * draw.gamma(1.5, 1 / 1.5, count)
        )
        self.misplaced = 0.0007 * draw.lognormal(0, 0.6, size.shops)[self.shop]
        self.target = np.ceil(3 + self.demand * 21)
        self.record = draw.integers(1, self.target.astype(np.int64) + 1).astype(np.float64)
        self.shelf = self.record.copy()
        self.elsewhere = np.zeros(count)
        self._begin()
        self._history: list[tuple[Ints, float, Role, Floats, Floats, Floats]] = []
        self._write(np.arange(count), 0.0, Role.OTHER, change=self.record.copy())
        self._age_shelves(draw.uniform(0, 120, count))

    def __len__(self) -> int:
        return len(self.shop)

    def run(
        self,
        first_day: int,
        days: int,
        choose: Callable[["World", float], Ints] | None = None,
    ) -> None:
        """Let days pass; *choose* says each morning which shelves are counted."""
        for day in range(first_day, first_day + days):
            self._deliver(day + _DELIVERY)
            if choose is not None:
                self.count(choose(self, day + _COUNT), day + _COUNT)
            self._sell(day + _TILL)
            self._pick(day + _PICK)
            self._night()

    def count(self, shelves: Ints, at: float) -> None:
        """Count shelves: the record becomes what is there."""
        found = self.shelf[shelves]
        change = found - self.record[shelves]
        self.record[shelves] = found
        self._write(shelves, at, Role.COUNT, change=change, counted=found)
        self.anchor[shelves] = at
        self.counted[shelves] = True
        for since in (self.sold, self.received, self.missed, self.found):
            since[shelves] = 0
        self.found_after[shelves] = self.received_after[shelves] = 0

    def evidence(self, at: float) -> Evidence:
        """Return what the records tell of every shelf at a moment."""
        return Evidence(
            location=self.shop,
            category=self.category,
            prior=np.full(len(self), PRIOR),
            quantity=self.record.copy(),
            counted=self.counted.copy(),
            age=at - self.anchor,
            sold=self.sold.copy(),
            received=self.received.copy(),
            missed=self.missed.copy(),
            missed_age=np.where(self.missed > 0, at - self.missed_at, 0.0),
            found=self.found.copy(),
            found_after=self.found_after.copy(),
            received_after=self.received_after.copy(),
            rate=sales_rate(
                self.mass * np.exp(-(at - self.mass_at) / MEMORY_DAYS), np.full(len(self), at)
            ),
            quiet=at - self.last_out,
        )

    def lines(self) -> Lines:
        """Return the ledger so far, sorted as the room reads it."""
        shelves, roles, units, changes, counted = (
            np.concatenate([entry[place] for entry in self._history]) for place in (0, 2, 3, 4, 5)
        )
        at = np.concatenate([np.full(len(entry[0]), entry[1]) for entry in self._history])
        order = np.lexsort((at, shelves))
        return Lines(
            position=shelves[order],
            at=at[order],
            role=roles[order],
            units=units[order],
            change=changes[order],
            counted=counted[order],
        )

    def accuracy(self) -> tuple[float, float]:
        """Return how many records are exact, and how many promised sales are true (by demand)."""
        held = self.record >= 1
        there = self.shelf >= 1
        exact = float((self.record == self.shelf).mean())
        return exact, float(self.online[held & there].sum() / self.online[held].sum())

    def _begin(self) -> None:
        count = len(self)
        self.anchor = np.zeros(count)
        self.counted = np.zeros(count, np.bool_)
        self.sold, self.received = np.zeros(count), np.zeros(count)
        self.missed, self.found = np.zeros(count), np.zeros(count)
        self.found_after, self.received_after = np.zeros(count), np.zeros(count)
        self.missed_at = np.zeros(count)
        self.mass, self.mass_at = np.zeros(count), np.zeros(count)
        self.last_out = np.zeros(count)

    def _age_shelves(self, days: Floats) -> None:
        """Let shelves be as wrong as they get in so many days without a count."""
        lost = self.random.poisson(self.theft * days * self.record)
        self.shelf = np.maximum(self.shelf - lost, 0)
        gone = self.random.random(len(self)) < -np.expm1(-self.misplaced * days / 2)
        self.elsewhere = np.where(gone, self.shelf, 0.0)
        self.shelf = np.where(gone, 0.0, self.shelf)

    def _deliver(self, at: float) -> None:
        """Refill once a week what the record says is low; the delivery may err by one."""
        due = (self.shop + int(at)) % 7 == 0
        low = np.flatnonzero(due & (self.record <= self.target / 3))
        units = self.target[low] - self.record[low]
        luck = self.random.random(len(low))
        real = np.maximum(units - (luck < 0.02) + (luck > 0.99), 0)
        self.record[low] += units
        self.shelf[low] += real
        self.received[low] += units
        self.received_after[low] += np.where(self.missed[low] > 0, units, 0)
        self._write(low, at, Role.IN, units=units, change=units)

    def _sell(self, at: float) -> None:
        wanted = self.random.poisson(self.demand)
        sold = np.minimum(wanted, self.shelf)
        unseen = self.random.random(len(self)) < 0.006
        self.shelf -= sold
        told = np.where(unseen, 0, np.minimum(sold, self.record))
        which = np.flatnonzero(told > 0)
        self.record[which] -= told[which]
        self._went(which, told[which], at)
        self._write(which, at, Role.OUT, units=told[which], change=-told[which])

    def _pick(self, at: float) -> None:
        """Orders go where the record says that there is something."""
        asked = np.flatnonzero((self.random.random(len(self)) < self.online) & (self.record >= 1))
        there = self.shelf[asked] >= 1
        good, bad = asked[there], asked[~there]
        one = np.ones(len(good))
        self.shelf[good] -= 1
        self.record[good] -= 1
        self.found[good] += 1
        self.found_after[good] += self.missed[good] > 0
        self._went(good, one, at)
        self._write(good, at, Role.PICKED, units=one, change=-one)
        self.record[bad] -= 1
        self.missed[bad] += 1
        self.missed_at[bad] = at
        self.found_after[bad] = self.received_after[bad] = 0
        self._write(bad, at, Role.MISSED, units=np.ones(len(bad)), change=-np.ones(len(bad)))

    def _night(self) -> None:
        draw = self.random
        lost = draw.poisson(self.theft * self.shelf)
        self.shelf = np.maximum(self.shelf - lost, 0)
        gone = draw.random(len(self)) < self.misplaced
        self.elsewhere += np.where(gone, self.shelf, 0)
        self.shelf = np.where(gone, 0, self.shelf)
        back = draw.random(len(self)) < 0.01
        self.shelf += np.where(back, self.elsewhere, 0)
        self.elsewhere = np.where(back, 0, self.elsewhere)

    def _went(self, shelves: Ints, units: Floats, at: float) -> None:
        self.sold[shelves] += units
        faded = self.mass[shelves] * np.exp(-(at - self.mass_at[shelves]) / MEMORY_DAYS)
        self.mass[shelves] = faded + units
        self.mass_at[shelves] = at
        self.last_out[shelves] = at

    def _write(
        self,
        shelves: Ints,
        at: float,
        role: Role,
        *,
        units: Floats | None = None,
        change: Floats,
        counted: Floats | None = None,
    ) -> None:
        count = len(shelves)
        self._history.append(
            (
                shelves,
                at,
                np.full(count, int(role)),  # type: ignore[arg-type]
                np.zeros(count) if units is None else units,
                change,
                np.full(count, np.nan) if counted is None else counted,
            )
        )
