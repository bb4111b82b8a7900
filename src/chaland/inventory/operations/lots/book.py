"""Which units are of which lot or serial, while changes are decided under the lock of positions."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from chaland.catalog.queries import tracked_skus
from chaland.catalog.types import Tracking
from chaland.database import statements
from chaland.inventory import rules, sql
from chaland.inventory.types import Lot, Pair, Part, Serial, SerialState, Tag
from chaland.kernel.errors import FieldProblem

_HERE = (SerialState.IN_STOCK, SerialState.UNAVAILABLE)
_SERIAL_LOCK = 7_302
"""Any number that nothing else uses for advisory locks of two numbers."""


@dataclass(slots=True)
class Book:
    """The lots and serials of some positions; of untracked SKUs it knows nothing.

    Changes are remembered and written together by ``write``.
    """

    tracking: Mapping[int, Tracking] = field(default_factory=dict)
    lots: dict[Pair, dict[str, Lot]] = field(default_factory=dict)
    expiries: dict[tuple[int, str], date] = field(default_factory=dict)
    learned: dict[tuple[int, str], date] = field(default_factory=dict)
    serials: dict[tuple[int, str], Serial] = field(default_factory=dict)
    named_units: Counter[Pair] = field(default_factory=Counter)
    changed_lots: set[tuple[Pair, str]] = field(default_factory=set)
    changed_serials: set[tuple[int, str]] = field(default_factory=set)

    def unknown(self, pair: Pair, on_hand: int) -> int:
        """Return how many of the units on hand are of no known lot or serial."""
        if self.tracking.get(pair[0]) == Tracking.SERIAL:
            return on_hand - self.named_units[pair]
        return on_hand - sum(lot.on_hand for lot in self.lots.get(pair, {}).values())

    def problem_of(self, pair: Pair, tag: Tag, units: int) -> FieldProblem | None:
        """Return what is wrong with what is said of *units*; they come when positive, else go."""
        tracking = self.tracking.get(pair[0])
        problem = rules.malformed_tag(tag, tracking, abs(units))
        if problem or tracking is None or not units:
            return problem
        if tag.lot:
            return self._lot_problem(pair, tag, units)
        if tag.serials:
            return self._serial_problem(pair, tag, units)
        if units < 0:
            return None
        if tracking == Tracking.LOT:
            return rules.lot_required()
        return rules.serials_required(units)

    def _lot_problem(self, pair: Pair, tag: Tag, units: int) -> FieldProblem | None:
        lot = self.lots.get(pair, {}).get(tag.lot or "", Lot())
        known = self.expiries.get((pair[0], tag.lot or ""))
        if known and tag.expires_on and known != tag.expires_on:
            return FieldProblem(
                "expires_on",
                "expiry_differs",
                f"the lot was told to expire on {known.isoformat()}",
                "check the lot and the date",
            )
        if units < 0 and lot.on_hand + units < 0:
            return FieldProblem(
                "lot",
                "not_in_lot",
                f"only {lot.on_hand} unit(s) of this lot are here",
                "check the lot, or send fewer",
            )
        return None

    def _serial_problem(self, pair: Pair, tag: Tag, units: int) -> FieldProblem | None:
        for place, name in enumerate(tag.serials):
            known = self.serials.get((pair[0], name))
            here = known is not None and known.location_id == pair[1] and known.state in _HERE
            if units < 0 and not here:
                return FieldProblem(
                    f"serials[{place}]",
                    "serial_not_here",
                    f"{name!r} is not in this location's stock",
                    "check the number and the place",
                )
            if units > 0 and known is not None and known.state != SerialState.GONE:
                return FieldProblem(
                    f"serials[{place}]",
                    "serial_in_stock",
                    f"{name!r} is in stock or on its way already",
                    "check the number; receive a transfer by its line",
                )
        return None

    def come(self, pair: Pair, tag: Tag, units: int, *, cause_id: str = "") -> None:
        """Put units into their lot, or register their serials; ``problem_of`` found none."""
        if tag.lot:
            key = (pair[0], tag.lot)
            known = self.expiries.get(key)
            if known is None and tag.expires_on:
                known = self.expiries[key] = self.learned[key] = tag.expires_on
            lot = self.lots.setdefault(pair, {}).get(tag.lot, Lot())
            self.put_lot(pair, tag.lot, replace(lot, expires_on=known, on_hand=lot.on_hand + units))
        for name in tag.serials:
            self.put_serial(pair[0], name, Serial(pair[1], SerialState.IN_STOCK, cause_id))

    def go(self, pair: Pair, parts: Sequence[Part]) -> None:
        """Take units out of their lots."""
        for part in parts:
            if part.lot is not None:
                lot = self.lots[pair][part.lot]
                left = lot.on_hand - part.units
                self.put_lot(
                    pair, part.lot, replace(lot, on_hand=left, expired=min(lot.expired, left))
                )

    def expire(self, pair: Pair, name: str, units: int) -> None:
        """Note that units of a lot are (or below zero: are no longer) out of sale as expired."""
        lot = self.lots[pair][name]
        self.put_lot(pair, name, replace(lot, expired=lot.expired + units))

    def put_serial(self, sku_id: int, name: str, serial: Serial) -> None:
        """Note where the unit with a serial is now."""
        before = self.serials.get((sku_id, name))
        if before is not None and before.state in _HERE and before.location_id is not None:
            self.named_units[sku_id, before.location_id] -= 1
        if serial.state in _HERE and serial.location_id is not None:
            self.named_units[sku_id, serial.location_id] += 1
        self.serials[sku_id, name] = serial
        self.changed_serials.add((sku_id, name))

    def put_lot(self, pair: Pair, name: str, lot: Lot) -> None:
        """Note what a lot is now."""
        self.lots.setdefault(pair, {})[name] = lot
        self.changed_lots.add((pair, name))

    def oldest(self, pair: Pair, units: int) -> list[str]:
        """Return the serials that have been at a position for longest, as of this book."""
        moved = [name for sku, name in self.changed_serials if sku == pair[0]]
        rows = statements.fetch_all(
            sql.load("lots/oldest_serials"),
            {"sku": pair[0], "location": pair[1], "without": moved, "limit": units},
        )
        names = [str(row[0]) for row in rows]
        mine = (
            name
            for name in moved
            if (serial := self.serials[pair[0], name]).location_id == pair[1]
            and serial.state in _HERE
        )
        names += list(mine)[: units - len(names)]
        for name in names:
            self.serials.setdefault((pair[0], name), Serial(pair[1], SerialState.IN_STOCK))
        return names

    def write(self, now: datetime) -> None:
        """Write what has changed."""
        _write_lots(self)
        _write_serials(self, now)
        _write_learned(self)


def open_book(pairs: Collection[Pair], tags: Collection[tuple[int, Tag]]) -> Book:
    """Read the lots and serials of positions that the caller has locked, and those that are named.

    One query of a tiny index when none of the SKUs is tracked.
    """
    tracking = tracked_skus({pair[0] for pair in pairs})
    book = Book(tracking)
    followed = [pair for pair in pairs if pair[0] in tracking]
    by_lot = [pair for pair in followed if tracking[pair[0]] == Tracking.LOT]
    by_serial = [pair for pair in followed if tracking[pair[0]] == Tracking.SERIAL]
    read_lots(book, by_lot, tags)
    _read_serials(book, by_serial, tags)
    return book


def read_lots(book: Book, pairs: Sequence[Pair], tags: Collection[tuple[int, Tag]]) -> None:
    """Read the lots of positions into the book, and when the named ones expire."""
    if not pairs:
        return
    for row in statements.fetch_all(sql.load("lots/of_positions"), _columns(pairs)):
        book.lots.setdefault((row[0], row[1]), {})[row[2]] = Lot(row[3], row[4], row[5])
        if row[3]:
            book.expiries[row[0], row[2]] = row[3]
    named = [(sku, tag.lot) for sku, tag in tags if tag.lot]
    if named:
        asked = {"sku": [sku for sku, _ in named], "lot": [lot for _, lot in named]}
        for sku, lot, expires_on in statements.fetch_all(sql.load("lots/expiries"), asked):
            book.expiries[sku, lot] = expires_on


def _read_serials(book: Book, pairs: Sequence[Pair], tags: Collection[tuple[int, Tag]]) -> None:
    if not pairs:
        return
    # One writer for each such SKU: two shops could register the same new serial at once.
    statements.fetch_all(
        "SELECT pg_advisory_xact_lock(%(class)s::int, sku) FROM unnest(%(sku)s::int[]) AS s (sku)",
        {"class": _SERIAL_LOCK, "sku": sorted({sku for sku, _ in pairs})},
    )
    for row in statements.fetch_all(sql.load("lots/serial_counts"), _columns(pairs)):
        book.named_units[row[0], row[1]] = row[2]
    read_serials(book, [(sku, name) for sku, tag in tags for name in tag.serials])


def read_serials(book: Book, named: Sequence[tuple[int, str]]) -> None:
    """Read what is known of serials into the book; what it has changed stays."""
    if not named:
        return
    asked = {"sku": [sku for sku, _ in named], "serial": [name for _, name in named]}
    for row in statements.fetch_all(sql.load("lots/serials"), asked):
        if (row[0], row[1]) not in book.changed_serials:
            book.serials[row[0], row[1]] = _serial(row)


def _serial(row: tuple[Any, ...]) -> Serial:
    order: UUID | None = row[5]
    return Serial(row[2], SerialState(row[3]), row[4], order, row[6])


def _columns(pairs: Collection[Pair]) -> dict[str, list[int]]:
    return {"sku": [pair[0] for pair in pairs], "location": [pair[1] for pair in pairs]}


def _write_lots(book: Book) -> None:
    keys = sorted(book.changed_lots)
    if not keys:
        return
    lots = [book.lots[pair][name] for pair, name in keys]
    statements.execute(
        sql.load("lots/write_lots"),
        {
            **_columns([pair for pair, _ in keys]),
            "lot": [name for _, name in keys],
            "expires_on": [lot.expires_on for lot in lots],
            "on_hand": [lot.on_hand for lot in lots],
            "expired": [lot.expired for lot in lots],
        },
    )
    book.changed_lots.clear()


def _write_serials(book: Book, now: datetime) -> None:
    keys = sorted(book.changed_serials)
    if not keys:
        return
    serials = [book.serials[key] for key in keys]
    statements.execute(
        sql.load("lots/write_serials"),
        {
            "sku": [sku for sku, _ in keys],
            "serial": [name for _, name in keys],
            "location": [serial.location_id for serial in serials],
            "state": [serial.state.value for serial in serials],
            "cause": [serial.cause_id for serial in serials],
            "order": [serial.order_id for serial in serials],
            "presumed": [serial.presumed for serial in serials],
            "now": now,
        },
    )
    book.changed_serials.clear()


def _write_learned(book: Book) -> None:
    """Tell every place where a lot lies when it expires, told for the first time."""
    if not book.learned:
        return
    statements.execute(
        sql.load("lots/learn_expiries"),
        {
            "sku": [sku for sku, _ in book.learned],
            "lot": [lot for _, lot in book.learned],
            "expires_on": list(book.learned.values()),
        },
    )
    book.learned.clear()
