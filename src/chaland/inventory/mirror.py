"""Available stock kept in memory, brought up to date from the ledger before each use.

Reading 200 SKUs × 100 locations from the positions costs about 10 ms, most of it per row. A batch
of orders changes a few hundred positions, and the ledger names them. So the process keeps what it
has read, and asks before each use only for the ledger lines that its last snapshot did not show.

Exactness. PostgreSQL's snapshots say which transactions had ended. Each ledger line carries the id
of its transaction (``xid``), so the lines that are new since a snapshot are those of transactions
that were unfinished in it or began after it, and that are visible now: each is seen exactly once,
whatever order transactions commit in. Lines of the reader's own open transaction are never kept,
because it may yet roll back; they are added to the answer only. One statement reads the changes,
the positions of SKUs not yet kept, and the snapshot they all belong to.

What is read here is advice: what may be sold is decided under lock, by ``reserve``.
"""

import threading
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.db import connection

from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.arrays import decode_int4_array
from chaland.inventory.types import NOTHING_READ, LedgerPoint

Ints = npt.NDArray[np.int32]
_Shape = tuple[int, int, int]

_MOST_LINES = 50_000
_MOST_CELLS = 32_000_000  # 128 MB


@dataclass(frozen=True, slots=True)
class Units:
    """Numbers of units at positions, as three parallel arrays."""

    skus: Ints
    locations: Ints
    units: Ints

    def where(self, chosen: npt.NDArray[np.bool_]) -> "Units":
        """Return the entries at which *chosen* is true."""
        return Units(self.skus[chosen], self.locations[chosen], self.units[chosen])


@dataclass(frozen=True, slots=True)
class _News:
    """The answer of one refresh."""

    seen: LedgerPoint
    lines: int
    changes: Units
    own: npt.NDArray[np.bool_]
    whole: Units


class StockMirror:
    """A table of available units, SKU × location, that grows as SKUs are asked for. Thread-safe."""

    def __init__(self, *, most_lines: int = _MOST_LINES, most_cells: int = _MOST_CELLS) -> None:
        self._most_lines = most_lines
        self._most_cells = most_cells
        self._lock = threading.Lock()
        self._forget()

    def forget(self) -> None:
        """Drop everything; the next read starts from the positions."""
        with self._lock:
            self._forget()

    def read(self, sku_ids: Ints, columns: Ints, width: int) -> Ints:
        """Return available units, a row per SKU of the sorted and unique *sku_ids*.

        ``columns[location_id]`` is the location's column, below *width*, or -1 to leave it out; ids
        beyond its end are left out too.
        """
        with self._lock:
            news = self._refresh(sku_ids)
            rows = np.fromiter(
                (self._row_of[sku] for sku in sku_ids.tolist()), np.intp, len(sku_ids)
            )
            result = self._gather(rows, columns, width)
        _add(result, news.changes.where(news.own), sku_ids, columns)
        return result

    def _forget(self) -> None:
        self._seen = NOTHING_READ
        self._row_of: dict[int, int] = {}
        self._column_of = np.full(0, -1, np.int32)
        self._location_ids = np.empty(0, np.int32)
        self._cells = np.zeros((0, 1), np.int32)
        self._sources_for: tuple[Ints, _Shape, npt.NDArray[np.intp]] | None = None

    def _refresh(self, sku_ids: Ints) -> _News:
        news = self._ask(sku_ids)
        went_back = news.seen.since < self._seen.since and not self._seen.is_nowhere
        if went_back or news.lines > self._most_lines:
            # The database went back in time (a fail-over), or too far ahead: start over.
            self._forget()
            news = self._ask(sku_ids)
        if (len(self._row_of) + len(sku_ids)) * max(1, len(self._location_ids)) > self._most_cells:
            self._forget()
            news = self._ask(sku_ids)
        self._keep(news, sku_ids)
        return news

    def _ask(self, sku_ids: Ints) -> _News:
        missing = [sku for sku in sku_ids.tolist() if sku not in self._row_of]
        row = statements.fetch_one(
            sql.load("refresh_mirror"),
            {
                "since": str(self._seen.since),
                "unfinished": [str(xid) for xid in self._seen.unfinished],
                "missing": missing,
                "most": self._most_lines,
            },
            prepare=True,
            binary=True,
        )
        assert row is not None  # noqa: S101 - aggregates without GROUP BY give exactly one row
        snapshot, own, lines, *arrays = row
        skus, locations, units, is_own, *whole = (decode_int4_array(data) for data in arrays)
        return _News(
            seen=LedgerPoint.of(snapshot, own),
            lines=lines,
            changes=Units(skus, locations, units),
            own=is_own.astype(np.bool_),
            whole=Units(*whole),
        )

    def _keep(self, news: _News, sku_ids: Ints) -> None:
        known = np.fromiter(
            (sku in self._row_of for sku in news.changes.skus.tolist()),
            np.bool_,
            len(news.changes.skus),
        )
        new_skus = [sku for sku in sku_ids.tolist() if sku not in self._row_of]
        self._make_room(new_skus, np.concatenate([news.changes.locations, news.whole.locations]))
        self._add(news.changes.where(known & ~news.own), 1)
        self._add(news.whole, 1)
        # What was just read from the positions shows the reader's own changes; they are not kept.
        if news.own.any():
            fresh = np.isin(news.changes.skus, new_skus) & news.own
            self._add(news.changes.where(fresh), -1)
        self._seen = news.seen

    def _make_room(self, new_skus: list[int], locations: Ints) -> None:
        for sku in new_skus:
            self._row_of[sku] = len(self._row_of)
        self._add_locations(locations)
        height, width = self._cells.shape
        needed = len(self._location_ids) + 1  # the last column stays empty
        if len(self._row_of) > height or needed > width:
            shape = (_capacity(len(self._row_of), height), _capacity(needed, width))
            grown = np.zeros(shape, np.int32)
            grown[:height, :width] = self._cells
            self._cells = grown

    def _add_locations(self, locations: Ints) -> None:
        if not len(locations):
            return
        highest = int(locations.max())
        if highest >= len(self._column_of):
            grown = np.full(_capacity(highest + 1, len(self._column_of)), -1, np.int32)
            grown[: len(self._column_of)] = self._column_of
            self._column_of = grown
        new = np.unique(locations[self._column_of[locations] < 0])
        start = len(self._location_ids)
        self._column_of[new] = np.arange(start, start + len(new), dtype=np.int32)
        self._location_ids = np.concatenate([self._location_ids, new])

    def _add(self, units: Units, sign: int) -> None:
        if not len(units.skus):
            return
        rows = np.fromiter((self._row_of[sku] for sku in units.skus.tolist()), np.intp)
        np.add.at(self._cells, (rows, self._column_of[units.locations]), sign * units.units)

    def _gather(self, rows: npt.NDArray[np.intp], columns: Ints, width: int) -> Ints:
        """Copy whole rows, which lie together, and only then put their cells in order."""
        return np.take(np.take(self._cells, rows, axis=0), self._sources(columns, width), axis=1)

    def _sources(self, columns: Ints, width: int) -> npt.NDArray[np.intp]:
        """Return the cell that each answered column comes from; the last cell is always 0."""
        shape = (width, len(self._location_ids), self._cells.shape[1])
        if self._sources_for is not None:
            known, known_shape, sources = self._sources_for
            # Only an array that cannot change is known by being the same one.
            if known is columns and known_shape == shape and not columns.flags.writeable:
                return sources
        targets = columns_of(self._location_ids, columns)
        sources = np.full(width, self._cells.shape[1] - 1, np.intp)
        wanted = np.flatnonzero(targets >= 0)
        sources[targets[wanted]] = wanted
        self._sources_for = (columns, shape, sources)
        return sources


def columns_of(location_ids: Ints, columns: Ints) -> Ints:
    """Return the columns of *location_ids*; -1 for those that have none."""
    inside = location_ids < len(columns)
    return np.where(inside, columns[np.where(inside, location_ids, 0)], -1).astype(np.int32)


def _add(result: Ints, units: Units, sku_ids: Ints, columns: Ints) -> None:
    """Add *units* of the SKUs asked for to *result*."""
    if not len(units.skus):
        return
    targets = columns_of(units.locations, columns)
    wanted = (targets >= 0) & np.isin(units.skus, sku_ids)
    rows = np.searchsorted(sku_ids, units.skus[wanted])
    np.add.at(result, (rows, targets[wanted]), units.units[wanted])


def _capacity(needed: int, present: int) -> int:
    return present if needed <= present else max(needed, 2 * present)


_mirrors: dict[tuple[object, ...], StockMirror] = {}


def mirror_of_this_database() -> StockMirror:
    """Return the mirror of the database that Django is connected to; one for all threads."""
    settings = connection.settings_dict
    key = (settings["NAME"], settings["HOST"], settings["PORT"])
    return _mirrors.setdefault(key, StockMirror())
