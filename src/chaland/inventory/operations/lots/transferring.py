"""Lots and serials that leave with a transfer, and arrive with it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chaland.catalog.types import Tracking
from chaland.database import statements
from chaland.inventory import rules, sql
from chaland.inventory.operations.lots.book import Book, read_serials
from chaland.inventory.types import Lot, Pair, Part, Serial, SerialState, Tag
from chaland.kernel.errors import FieldProblem


def choose_parts(
    book: Book, pair: Pair, on_hand: int, units: int, tag: Tag, now: datetime
) -> list[Part] | FieldProblem:
    """Choose which units leave a position with a transfer, or say why the named ones cannot."""
    problem = book.problem_of(pair, tag, -units)
    if problem is not None:
        return problem
    tracking = book.tracking.get(pair[0])
    if tracking == Tracking.SERIAL and not tag.serials and book.unknown(pair, on_hand) < units:
        return rules.serials_required(units)
    if tracking != Tracking.LOT:
        return [Part(None, units)]
    lots = book.lots.get(pair, {})
    if tag.lot is None:
        unknown = max(0, book.unknown(pair, on_hand))
        parts = rules.first_expired_first(lots, unknown, units, now.date())
        # A count may have missed them already: then nobody knows of which lot the others were.
        rest = units - sum(part.units for part in parts)
        return [*parts, Part(None, rest)] if rest else parts
    if lots[tag.lot].free < units:
        return FieldProblem(
            "lot",
            "expired_units",
            f"only {lots[tag.lot].free} unit(s) of this lot are not expired",
            "send fewer, or another lot",
        )
    return [Part(tag.lot, units)]


def leave_with_transfer(
    book: Book, pair: Pair, parts: Sequence[Part], tag: Tag, cause_id: str
) -> None:
    """Take the chosen units out of the position's lots and serials."""
    book.go(pair, parts)
    for name in tag.serials:
        book.put_serial(pair[0], name, Serial(pair[1], SerialState.IN_TRANSIT, cause_id))


@dataclass(slots=True)
class Transit:
    """What of transfers is on its way, by the public id of the transfer."""

    lots: dict[str, dict[str | None, int]] = field(default_factory=dict)
    serials: dict[str, list[str]] = field(default_factory=dict)

    def arrive(
        self, book: Book, pair: Pair, cause_id: str, units: int, tag: Tag, now: datetime
    ) -> list[Part] | FieldProblem:
        """Choose which units arrive: the named ones, else those that expire first."""
        tracking = book.tracking.get(pair[0])
        if problem := rules.malformed_tag(tag, tracking, units):
            return problem
        if tracking == Tracking.SERIAL:
            return self._serials_arrive(book, pair, cause_id, units, tag)
        if tracking != Tracking.LOT:
            return [Part(None, units)]
        sent = self.lots.get(cause_id, {})
        if tag.lot:
            if sent.get(tag.lot, 0) < units:
                return FieldProblem(
                    "lot",
                    "not_in_transfer",
                    f"{sent.get(tag.lot, 0)} unit(s) of this lot are on their way",
                    "check the lot, or leave it out",
                )
            parts = [Part(tag.lot, units)]
        else:
            known = {
                name: Lot(book.expiries.get((pair[0], name)), left)
                for name, left in sent.items()
                if name is not None
            }
            parts = rules.first_expired_first(known, sent.get(None, 0), units, now.date())
        for part in parts:
            sent[part.lot] -= part.units
            book.come(pair, Tag(part.lot), part.units, cause_id=cause_id)
        return parts

    def _serials_arrive(
        self, book: Book, pair: Pair, cause_id: str, units: int, tag: Tag
    ) -> list[Part] | FieldProblem:
        coming = self.serials.get(cause_id, [])
        names = list(tag.serials) or (coming if len(coming) <= units else [])
        if coming and not names:
            return rules.serials_required(units)
        for place, name in enumerate(names):
            if name not in coming:
                return FieldProblem(
                    f"serials[{place}]",
                    "not_in_transfer",
                    f"{name!r} is not on its way with this transfer",
                    "check the number",
                )
        book.come(pair, Tag(serials=tuple(names)), units, cause_id=cause_id)
        self.serials[cause_id] = [name for name in coming if name not in names]
        return [Part(None, units)]

    def lose(self, book: Book, pair: Pair, cause_id: str) -> None:
        """Note that the serials of a transfer that never arrived are gone."""
        for name in self.serials.pop(cause_id, []):
            book.put_serial(pair[0], name, Serial(None, SerialState.GONE, cause_id))


def open_transit(book: Book, causes: Mapping[str, int]) -> Transit:
    """Read what of these transfers (public id and SKU) is on its way, as far as it is followed."""
    followed = [cause for cause, sku in causes.items() if sku in book.tracking]
    transit = Transit()
    if not followed:
        return transit
    for cause, lot, units in statements.fetch_all(sql.load("lots/sent"), {"cause": followed}):
        transit.lots.setdefault(cause, {})[lot] = units
    rows = statements.fetch_all(sql.load("lots/in_transit"), {"cause": followed})
    for cause, _, serial in rows:
        transit.serials.setdefault(cause, []).append(serial)
    read_serials(book, [(row[1], row[2]) for row in rows])
    _read_expiries(book, transit, causes, followed)
    return transit


def _read_expiries(
    book: Book, transit: Transit, causes: Mapping[str, int], followed: Collection[str]
) -> None:
    named = [
        (causes[cause], lot) for cause in followed for lot in transit.lots.get(cause, {}) if lot
    ]
    asked = {"sku": [sku for sku, _ in named], "lot": [lot for _, lot in named]}
    for sku, lot, expires_on in statements.fetch_all(sql.load("lots/expiries"), asked):
        book.expiries[sku, lot] = expires_on
