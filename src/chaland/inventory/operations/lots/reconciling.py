"""What is known of lots and serials never exceeds what is on hand."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from chaland.catalog.queries import tracked_skus
from chaland.catalog.types import Tracking
from chaland.database import statements
from chaland.inventory import rules, sql
from chaland.inventory.operations.ledger import Line, lock_states, write_lines
from chaland.inventory.operations.lots.book import Book, open_book, read_lots
from chaland.inventory.types import MovementKind, Pair, Part, PositionState, Serial, SerialState
from chaland.kernel.actor import Actor

NOT_FOLLOWED = "not followed by lot any more"
COUNTED_AWAY = "counted without lots: taken for the first to expire"


def cuts(book: Book, states: Mapping[Pair, PositionState], now: datetime) -> list[Line]:
    """Take from lots (and serials) what a count did not find; return the lines that say so.

    Nobody said which are missing: they are taken for the ones that would have left first. The
    lines change no position, they move units between a lot and none.
    """
    lines: list[Line] = []
    for pair, state in states.items():
        tracking = book.tracking.get(pair[0])
        if tracking == Tracking.LOT:
            parts = rules.too_many_known(book.lots.get(pair, {}), state.on_hand, now.date())
            book.go(pair, parts)
            lines += [_line(pair, part.lot, -part.units, now) for part in parts]
            if parts:
                lines.append(_line(pair, None, sum(part.units for part in parts), now))
        elif tracking == Tracking.SERIAL and book.unknown(pair, state.on_hand) < 0:
            for name in book.oldest(pair, -book.unknown(pair, state.on_hand)):
                book.put_serial(
                    pair[0], name, Serial(pair[1], SerialState.GONE, "count", presumed=True)
                )
    return lines


def reconcile_overfull_lots(
    *,
    now: datetime,
    actor: Actor,
    sku_ids: Collection[int] | None = None,
    limit: int = 500,
) -> int:
    """Reconcile positions (of *sku_ids*) whose lots or serials hold too many; return how many.

    For whoever writes counts by statements of their own. When none of the SKUs is followed it
    costs one query of a tiny index.
    """
    followed = None if sku_ids is None else list(tracked_skus(sku_ids))
    if followed is not None and not followed:
        return 0
    rows = statements.fetch_all(sql.load("lots/overfull"), {"skus": followed, "limit": limit})
    reconcile_lots(pairs=[(row[0], row[1]) for row in rows], now=now, actor=actor)
    return len(rows)


def reconcile_lots(*, pairs: Collection[Pair], now: datetime, actor: Actor) -> int:
    """Bring lots and serials of positions within what is on hand; return how many lines it took."""
    states = lock_states(pairs)
    book = open_book(pairs, [])
    lines = cuts(book, states, now)
    write_lines(lines, now=now, actor=actor, cause_type="")
    book.write(now)
    return len(lines)


def forget_unfollowed(*, now: datetime, actor: Actor, limit: int = 500) -> int:
    """Let lots and serials go of SKUs that are not followed any more; return how many lots.

    Their units stay where they are, of no lot; what the ledger says of the past stays too.
    """
    statements.execute(sql.load("lots/forget_serials"), {"now": now})
    rows = statements.fetch_all(sql.load("lots/unfollowed"), {"limit": limit})
    pairs = {(row[0], row[1]) for row in rows}
    lock_states(pairs)
    book = Book()
    read_lots(book, sorted(pairs), [])
    lines: list[Line] = []
    for sku, location, name in rows:
        pair = (sku, location)
        units = book.lots[pair][name].on_hand
        book.go(pair, [Part(name, units)])
        for lot, moved in ((name, -units), (None, units)):
            lines.append(replace(_line(pair, lot, moved, now), reason=NOT_FOLLOWED))
    write_lines(lines, now=now, actor=actor, cause_type="")
    book.write(now)
    return len(rows)


def _line(pair: Pair, lot: str | None, units: int, now: datetime) -> Line:
    return Line(
        sku_id=pair[0],
        location_id=pair[1],
        kind=MovementKind.ADJUSTMENT,
        occurred_at=now,
        on_hand=units,
        lot=lot,
        reason=COUNTED_AWAY,
    )
