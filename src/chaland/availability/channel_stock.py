"""What every channel may sell, kept in memory as ready answers and brought up to date as it sells.

A product page asks for fifty SKUs of one channel, thousands of times a second; a hundred orders a
second change three SKUs each. So a process keeps, per channel and SKU that was asked for, the piece
of JSON that is said of it, and every fifth of a second asks the ledger which SKUs have changed
(``inventory.queries.stock_changes``); those alone are added up again, rules included. When
reference data moves (network, rules, how channels show stock), or time changes what a rule says,
all of it is: aside, while the old is still served. The catalogue moves with every product that is
edited, so of it only the SKUs that differ are, and no oftener than every few seconds.

How old an answer may be is bounded: from ``soft`` seconds a refresh is started while the present
answer is given; older than ``hard`` seconds nothing is given, the reader waits.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection

from chaland.availability.coming import full_lines, today_at
from chaland.availability.computing import part_ids, parts_of
from chaland.availability.displays import REVISION as DISPLAYS
from chaland.availability.displays import displays
from chaland.availability.queries import sellable, withholding
from chaland.availability.shelves import Shelf
from chaland.availability.types.showing import Display
from chaland.availability.withholding import Withholding
from chaland.catalog.queries import REVISION as CATALOG
from chaland.catalog.queries import sku_facts
from chaland.catalog.types import SkuFacts
from chaland.database.revision import read_revisions
from chaland.inventory.queries import quotas, stock_changes
from chaland.inventory.types import NOTHING_READ
from chaland.kernel import clock
from chaland.network.queries import snapshot
from chaland.network.types import NetworkSnapshot

QUOTAS = "quotas"  # the revision that moves when a quota is granted
SOFT_SECONDS = 0.1
HARD_SECONDS = 1.0
CATALOG_SECONDS = 5.0
CHUNK = 500
MOST_ABSENT = 10_000
MOST_FRAGMENTS = 300_000  # about 120 MB


@dataclass(frozen=True, slots=True)
class Basis:
    """The reference data of one moment that everything kept was computed from."""

    revisions: Mapping[str, int]
    network: NetworkSnapshot
    withholding: Withholding
    displays: Mapping[str, Display]
    today: date

    @classmethod
    def now(cls, moment: datetime) -> "Basis":
        """Read it; mostly from the process's own memory."""
        revisions = read_revisions()
        network = snapshot(revisions.get("network", 0))
        return cls(
            revisions,
            network,
            withholding(network, revisions, now=moment),
            displays(revisions),
            today_at(moment),
        )

    def revision(self, name: str) -> int:
        """Return a revision, 0 for what was never changed."""
        return self.revisions.get(name, 0)

    def everywhere(self) -> str:
        """Name what every number depends on, the same in every process."""
        until = self.withholding.valid_until
        numbers = [str(self.revision(name)) for name in ("network", "availability", DISPLAYS)]
        until_text = "" if until is None else until.isoformat()
        return "/".join([self.today.isoformat(), until_text, *numbers])

    def key(self) -> str:
        """Name what the numbers depend on, the same in every process; quotas come last."""
        return f"{self.everywhere()}/{self.revision(CATALOG)}/{self.revision(QUOTAS)}"


@dataclass(slots=True)
class _Kept:
    """What was computed from one basis; SKUs as they were at the revision ``catalog``, or later."""

    basis: Basis
    catalog: int
    facts: dict[str, SkuFacts] = field(default_factory=dict)
    shelves: dict[str, Shelf] = field(default_factory=dict)
    uses: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    absent: set[str] = field(default_factory=set)

    def size(self) -> int:
        """Count the fragments."""
        return sum(len(shelf.fragments) for shelf in self.shelves.values())


class ChannelStock:
    """The view of one process. Any number of threads may read; one at a time brings it up to date.

    ``as_of`` is the moment that everything shown is at least as new as (JSON text, UTC).
    """

    def __init__(
        self,
        *,
        most_fragments: int = MOST_FRAGMENTS,
        catalog_seconds: float = CATALOG_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most_fragments
        self._catalog_seconds = catalog_seconds
        self._catalog_at = float("-inf")
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kept: _Kept | None = None
        self._point = NOTHING_READ
        self._read_at = float("-inf")
        self.as_of = b""

    def shelf(self, channel: str) -> Shelf | None:
        """Return what is kept of a channel."""
        kept = self._kept
        return None if kept is None else kept.shelves.get(channel)

    def has(self, channel: str, codes: Iterable[str]) -> bool:
        """Tell whether all that there is to say of *codes* is kept: a line, or that none exists."""
        kept = self._kept
        shelf = self.shelf(channel)
        if kept is None or shelf is None:
            return False
        return all(code in shelf.fragments or code in kept.absent for code in codes)

    def age(self) -> float:
        """Return how old, in seconds, an answer may be that is given now."""
        return self._monotonic() - self._read_at

    def refresh(self, channel: str = "", codes: Collection[str] = ()) -> Shelf | None:
        """Bring everything up to date, and take in SKUs of *channel* that are not kept yet.

        Return the channel's shelf, None when there is no such channel; SKUs that do not exist stay
        absent from it. Uses this thread's connection.
        """
        with self._lock:
            read_at, moment = self._monotonic(), clock.now()
            kept = self._bring_up_to_date(moment)
            self._take_in(kept, channel, codes, moment)
            self._read_at = read_at
            self.as_of = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()
            return kept.shelves.get(channel)

    def forget(self) -> None:
        """Keep nothing any more."""
        with self._lock:
            self._kept = None
            self._point, self._read_at = NOTHING_READ, float("-inf")

    def _bring_up_to_date(self, moment: datetime) -> _Kept:
        kept = self._kept
        changes = stock_changes(self._point)
        basis = Basis.now(moment)
        if kept is None or kept.size() > self._most:
            kept = _Kept(basis, basis.revision(CATALOG))
        elif basis.everywhere() != kept.basis.everywhere() or not changes.complete:
            kept = _rebuilt(kept, basis, moment)
        else:
            moved = set(changes.sku_ids.tolist())
            if basis.revision(QUOTAS) != kept.basis.revision(QUOTAS):
                moved |= {quota.sku_id for quota in quotas()}
            if basis.revision(CATALOG) != kept.basis.revision(CATALOG):
                kept.absent.clear()
            kept.basis = basis
            codes = {code for sku in moved for code in kept.uses.get(sku, ())}
            codes |= self._edited(kept)
            _compute(kept, kept.shelves.values(), codes, moment)
        self._kept, self._point = kept, changes.point
        return kept

    def _edited(self, kept: _Kept) -> set[str]:
        """Return the SKUs that the catalogue describes differently, if it is time to look."""
        catalog = kept.basis.revision(CATALOG)
        if catalog == kept.catalog:
            return set()
        if self._monotonic() < self._catalog_at + self._catalog_seconds:
            return set()
        self._catalog_at = self._monotonic()
        fresh = sku_facts(kept.facts, revision=catalog)
        kept.catalog = catalog
        return {code for code, facts in kept.facts.items() if fresh.get(code) != facts}

    def _take_in(self, kept: _Kept, channel: str, codes: Collection[str], moment: datetime) -> None:
        if channel not in kept.basis.network.channels:
            return
        shelf = kept.shelves.get(channel)
        if shelf is None:
            shelf = Shelf(channel, kept.basis.displays.get(channel, Display()))
            kept.shelves[channel] = shelf
        _compute(kept, [shelf], {code for code in codes if code not in shelf.fragments}, moment)


def _rebuilt(old: _Kept, basis: Basis, moment: datetime) -> _Kept:
    """Compute everything that was asked for so far anew; *old* is not touched."""
    new = _Kept(basis, basis.revision(CATALOG))
    for channel, shelf in old.shelves.items():
        if channel in basis.network.channels:
            fresh = Shelf(channel, basis.displays.get(channel, Display()))
            new.shelves[channel] = fresh
            _compute(new, [fresh], list(shelf.fragments), moment)
    return new


def _compute(
    kept: _Kept, shelves: Iterable[Shelf], codes: Collection[str], moment: datetime
) -> None:
    """Put what is true now of *codes* on the *shelves*: where they are kept, or have to be."""
    if not codes:
        return
    listed = list(shelves)
    facts = sku_facts(codes, revision=kept.basis.revision(CATALOG))
    kept.facts.update(facts)
    if len(kept.absent) < MOST_ABSENT:
        kept.absent.update(code for code in codes if code not in facts)
    for start in range(0, len(facts), CHUNK):
        chunk = list(facts.values())[start : start + CHUNK]
        for item in chunk:
            for part in parts_of(item):
                kept.uses[part].add(item.code)
        _compute_chunk(kept, listed, chunk, moment)


def _compute_chunk(
    kept: _Kept, shelves: Iterable[Shelf], facts: list[SkuFacts], moment: datetime
) -> None:
    basis = kept.basis
    stock = sellable(part_ids(facts), basis.network, basis.revisions, now=moment)
    for shelf in shelves:
        shelf.put(full_lines(shelf.channel, facts, stock, basis.network, shelf.display, now=moment))


_views: dict[tuple[object, ...], ChannelStock] = {}


def channel_stock() -> ChannelStock:
    """Return the view of the database that Django is connected to; one for all threads."""
    settings = connection.settings_dict
    key = (settings["NAME"], settings["HOST"], settings["PORT"])
    return _views.setdefault(key, ChannelStock())
