"""What reported changes say of lots and serials."""

from chaland.catalog.types import Tracking
from chaland.inventory import rules
from chaland.inventory.operations.lots.book import Book
from chaland.inventory.types import (
    Adjustment,
    Lot,
    Part,
    PositionChange,
    PositionState,
    Serial,
    SerialState,
    Tag,
    UnavailableStatus,
)
from chaland.kernel.errors import FieldProblem


def tag_of(item: Adjustment) -> Tag:
    """Return what an adjustment says of its units."""
    return Tag(item.lot, item.expires_on, item.serials)


def problem_of(
    book: Book, item: Adjustment, change: PositionChange, before: PositionState
) -> FieldProblem | None:
    """Return why an adjustment may not say this of its units; None when it may, or is untracked."""
    pair, tag = (item.sku_id, item.location_id), tag_of(item)
    tracking = book.tracking.get(pair[0])
    if tracking is None and not tag:
        return None
    if item.on_hand is not None:
        return _named_count() if tag else None
    # Units that a later count holds already are none to move, and are named all the same.
    units = change.on_hand or item.on_hand_delta or item.unavailable_delta
    problem = rules.malformed_tag(tag, tracking, abs(units))
    if problem is None and change.on_hand:
        problem = book.problem_of(pair, tag, change.on_hand)
    if problem is None and not tag and -change.on_hand > book.unknown(pair, before.on_hand):
        problem = (
            rules.lot_required()
            if tracking == Tracking.LOT
            else rules.serials_required(-change.on_hand)
        )
    if problem is None and tracking == Tracking.LOT:
        problem = _expiry_problem(book, item, change)
    return problem


def _named_count() -> FieldProblem:
    return FieldProblem(
        "lot",
        "count_without_names",
        "a count is of all units of a position",
        "leave lot and serials out; then name the units that were found",
    )


def _expiry_problem(book: Book, item: Adjustment, change: PositionChange) -> FieldProblem | None:
    expiring = change.unavailable if item.status == UnavailableStatus.EXPIRED else 0
    if not item.lot:
        return rules.lot_required() if expiring else None
    lot = book.lots.get((item.sku_id, item.location_id), {}).get(item.lot, Lot())
    after = Lot(lot.expires_on, lot.on_hand + change.on_hand, lot.expired + expiring)
    if 0 <= after.expired <= after.on_hand:
        return None
    return FieldProblem(
        "unavailable_delta",
        "expired_units",
        f"{lot.expired} of the {lot.on_hand} unit(s) of this lot here are expired",
        "write expired units off with unavailable_delta of the same number, status expired",
    )


def note(book: Book, item: Adjustment, change: PositionChange) -> None:
    """Remember what an adjustment says of its units; ``problem_of`` found none."""
    pair, tag = (item.sku_id, item.location_id), tag_of(item)
    if not tag:
        return
    if tag.lot and item.status == UnavailableStatus.EXPIRED and change.unavailable < 0:
        book.expire(pair, tag.lot, change.unavailable)
    if change.on_hand > 0:
        book.come(pair, tag, change.on_hand, cause_id=item.cause_id)
    elif change.on_hand < 0 and tag.lot:
        book.go(pair, [Part(tag.lot, -change.on_hand)])
    elif change.on_hand < 0:
        for name in tag.serials:
            book.put_serial(pair[0], name, Serial(pair[1], SerialState.GONE, item.cause_id))
    elif change.unavailable:
        state = SerialState.UNAVAILABLE if change.unavailable > 0 else SerialState.IN_STOCK
        for name in tag.serials:
            book.put_serial(pair[0], name, Serial(pair[1], state, item.cause_id))
    if tag.lot and item.status == UnavailableStatus.EXPIRED and change.unavailable > 0:
        book.expire(pair, tag.lot, change.unavailable)
