"""Units of which nobody knew the lot or serial are named."""

from collections.abc import Sequence
from datetime import datetime

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.inventory.operations.ledger import Line, lock_states, write_lines
from chaland.inventory.operations.lots.book import Book, open_book
from chaland.inventory.queries import position_codes
from chaland.inventory.types import (
    MovementKind,
    Naming,
    NamingOutcome,
    Pair,
    PositionState,
)
from chaland.kernel.actor import Actor
from chaland.kernel.errors import FieldProblem


def name_units(*, namings: Sequence[Naming], now: datetime, actor: Actor) -> list[NamingOutcome]:
    """Say which lot, or which serials, units are that are on hand and of none; each for itself.

    Stock that was there before its SKU was followed, and what a count found, is named like this.
    """
    pairs = {(item.sku_id, item.location_id) for item in namings}
    states = lock_states(pairs)
    book = open_book(pairs, [(item.sku_id, item.tag) for item in namings])
    lines: list[Line] = []
    done: list[Naming] = []
    outcomes = []
    for item in namings:
        problem = _problem(book, states, item)
        if problem is None:
            book.come((item.sku_id, item.location_id), item.tag, item.units)
            lines += _lines(item, now)
            done.append(item)
        outcomes.append(NamingOutcome(problem))
    write_lines(lines, now=now, actor=actor, cause_type="")
    book.write(now)
    _record(done, now, actor)
    return outcomes


def _problem(book: Book, states: dict[Pair, PositionState], item: Naming) -> FieldProblem | None:
    pair = (item.sku_id, item.location_id)
    if item.sku_id not in book.tracking:
        return FieldProblem(
            "sku",
            "not_tracked",
            "this SKU is followed neither by lot nor by serial",
            "set its tracking first",
        )
    if problem := book.problem_of(pair, item.tag, item.units):
        return problem
    unknown = book.unknown(pair, states.get(pair, PositionState()).on_hand)
    if item.units > unknown:
        return FieldProblem(
            "quantity",
            "too_few_unknown",
            f"{unknown} unit(s) here are of no known lot or serial",
            "name no more than these",
        )
    return None


def _lines(item: Naming, now: datetime) -> list[Line]:
    """Move units from no lot to theirs; serials are no matter of the ledger."""
    if not item.tag.lot:
        return []
    return [
        Line(
            sku_id=item.sku_id,
            location_id=item.location_id,
            kind=MovementKind.ADJUSTMENT,
            occurred_at=now,
            on_hand=units,
            lot=lot,
            reason=item.reason or "named",
        )
        for lot, units in ((None, -item.units), (item.tag.lot, item.units))
    ]


def _record(done: Sequence[Naming], now: datetime, actor: Actor) -> None:
    codes = position_codes({(item.sku_id, item.location_id) for item in done})
    record_audit(
        [
            AuditFact(
                actor=actor,
                action="inventory.name_units",
                entity_type="stock_position",
                entity_id="/".join(codes[item.sku_id, item.location_id]),
                at=now,
                after={
                    "units": item.units,
                    "lot": item.tag.lot,
                    "serials": list(item.tag.serials),
                },
                reason=item.reason,
            )
            for item in done
        ]
    )
