"""Which lots and serials leave with an order: those that were scanned, else the first to expire."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from chaland.catalog.types import Tracking
from chaland.database import statements
from chaland.inventory import rules, sql
from chaland.inventory.operations.ledger import lock_states
from chaland.inventory.operations.lots.book import Book, open_book
from chaland.inventory.types import (
    IssueRequest,
    NamedUnits,
    Pair,
    Part,
    Serial,
    SerialState,
)
from chaland.kernel.errors import FieldProblem, InvalidInputError


@dataclass(slots=True)
class Leaving:
    """The lots that reservations leave with; ``book`` is written once they have left."""

    book: Book = field(default_factory=Book)
    parts: list[tuple[UUID, Part]] = field(default_factory=list)
    left: Counter[Pair] = field(default_factory=Counter)

    def columns(self) -> dict[str, list[Any]]:
        """Return the parts as the columns that the settling statement takes."""
        return {
            "part_id": [identifier for identifier, _ in self.parts],
            "part_lot": [part.lot for _, part in self.parts],
            "part_units": [part.units for _, part in self.parts],
        }


def plan_leaving(issues: Sequence[IssueRequest], now: datetime) -> Leaving:
    """Choose lots and serials for what is to leave; none of it for SKUs that are not followed.

    One small query when none is. Else the positions are locked, all of the batch in order. Raises
    InvalidInputError for a name that is not in the stock of its location.
    """
    ids = [item.reservation_id for item in issues]
    tracked = statements.fetch_all(sql.load("lots/tracked_reservations"), {"id": ids})
    if not tracked and not any(item.named for item in issues):
        return Leaving()
    places = _reservations(ids)
    states = lock_states({place.pair for place in places.values()})
    tags = [
        (places[item.reservation_id].pair[0], named.tag)
        for item in issues
        for named in item.named
        if item.reservation_id in places
    ]
    leaving = Leaving(open_book(states.keys(), tags))
    for item in issues:
        if item.reservation_id in places:
            place = places[item.reservation_id]
            _choose(leaving, item, place, states[place.pair].on_hand, now)
    return leaving


@dataclass(frozen=True, slots=True)
class _Place:
    """What a reservation keeps: where, for which order, and how many units still."""

    pair: Pair
    order_id: UUID
    open_units: int


def _reservations(ids: Sequence[UUID]) -> dict[UUID, _Place]:
    rows = statements.fetch_all(
        "SELECT id, sku_id, location_id, order_id, quantity - issued - released"
        " FROM inventory_reservation WHERE id = ANY (%s::uuid[])",
        [list(ids)],
    )
    return {row[0]: _Place((row[1], row[2]), row[3], row[4]) for row in rows}


def _choose(
    leaving: Leaving, item: IssueRequest, place: _Place, on_hand: int, now: datetime
) -> None:
    book, pair = leaving.book, place.pair
    units = place.open_units if item.quantity is None else item.quantity
    unknown = max(0, book.unknown(pair, on_hand - leaving.left[pair]))
    leaving.left[pair] += units
    for named in item.named:
        units -= named.units
        problem = _wrong_name(book, pair, named, units)
        if problem is not None:
            raise InvalidInputError([problem])
        if named.tag.lot:
            _leave(leaving, item, pair, [Part(named.tag.lot, named.units)])
        _sell(book, pair, named.tag.serials, item, place, presumed=False)
    tracking = book.tracking.get(pair[0])
    if tracking == Tracking.LOT:
        rest = rules.first_expired_first(book.lots.get(pair, {}), unknown, units, now.date())
        _leave(leaving, item, pair, rest)
    elif tracking == Tracking.SERIAL and units > unknown:
        _sell(book, pair, book.oldest(pair, units - unknown), item, place, presumed=True)


def _wrong_name(book: Book, pair: Pair, named: NamedUnits, rest: int) -> FieldProblem | None:
    """Return why these units cannot be the ones that leave."""
    if rest < 0:
        return FieldProblem(
            "scanned", "too_many", "more units are named than leave", "name no more than leave"
        )
    problem = book.problem_of(pair, named.tag, -named.units)
    if problem is not None or not named.tag.lot:
        return problem
    lot = book.lots[pair][named.tag.lot]
    if lot.free >= named.units:
        return None
    return FieldProblem(
        "lot",
        "expired_units",
        f"only {lot.free} unit(s) of this lot may leave, the others are expired",
        "take another lot",
    )


def _leave(leaving: Leaving, item: IssueRequest, pair: Pair, parts: Sequence[Part]) -> None:
    leaving.book.go(pair, parts)
    leaving.parts += [(item.reservation_id, part) for part in parts]


def _sell(
    book: Book,
    pair: Pair,
    names: Sequence[str],
    item: IssueRequest,
    place: _Place,
    *,
    presumed: bool,
) -> None:
    """Let units with a serial go with their order; *presumed* ones nobody has scanned."""
    for name in names:
        gone = Serial(
            pair[1],
            SerialState.GONE,
            item.cause_id,
            order_id=place.order_id,
            presumed=presumed,
        )
        book.put_serial(pair[0], name, gone)
