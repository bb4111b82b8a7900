"""What is known of supply lines, under lock, while items are decided one after the other."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.events import SupplyChanged
from chaland.inventory.operations.ledger import Line, tell_positions, write_lines
from chaland.inventory.operations.lots.book import Book
from chaland.inventory.operations.lots.reconciling import cuts
from chaland.inventory.queries.supply import supply_by_id
from chaland.inventory.types import (
    MAX_ON_HAND,
    MovementKind,
    Pair,
    PositionState,
    SupplyDraft,
    SupplyKind,
    SupplyLine,
    SupplyView,
)
from chaland.kernel.actor import Actor
from chaland.kernel.errors import FieldProblem
from chaland.kernel.events import DomainEvent
from chaland.kernel.ids import to_public
from chaland.outbox.operations import publish

PREFIX = "sup"
TOO_MUCH = FieldProblem(
    "quantity", "too_much", "a position holds 10⁹ units at most", "check the unit of measure"
)
HELD_BY_COUNT = "a later count holds it already"
UNKNOWN = FieldProblem(
    "supply", "unknown_supply", "there is no such supply line that you may change", "check the id"
)


@dataclass(frozen=True, slots=True)
class Known:
    """A supply line as it was read under lock, or as it shall be written."""

    id: UUID
    draft: SupplyDraft
    numbers: SupplyLine
    dispatched_at: datetime | None = None

    @property
    def target(self) -> Pair:
        """The position where the goods are to arrive."""
        return (self.draft.sku_id, self.draft.destination_id)

    @property
    def start(self) -> Pair | None:
        """The position that the goods leave; None for a purchase."""
        if self.draft.origin_id is None:
            return None
        return (self.draft.sku_id, self.draft.origin_id)

    @property
    def public_id(self) -> str:
        """The id that the world knows it by."""
        return to_public(PREFIX, self.id)


@dataclass(slots=True)
class Desk:
    """Supply lines under lock, and what has been decided about them so far."""

    known: dict[UUID, Known]
    states: dict[Pair, PositionState]
    counted: dict[Pair, datetime] = field(default_factory=dict)
    book: Book = field(default_factory=Book)
    before: dict[UUID, Known] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    changes: dict[UUID, str] = field(default_factory=dict)
    reasons: dict[UUID, str] = field(default_factory=dict)

    def put(self, after: Known, *, change: str, reason: str = "") -> None:
        """Remember that a line becomes *after*; its effect on incoming goes to the ledger."""
        before = self.known.get(after.id)
        if before is not None:
            self.before.setdefault(after.id, before)
        self.known[after.id] = after
        self.changes[after.id] = change
        self.reasons[after.id] = reason

    def is_counted(self, pair: Pair, moment: datetime) -> bool:
        """Tell whether a count holds what happened at a position at *moment*."""
        counted = self.counted.get(pair)
        return counted is not None and moment < counted

    def move(self, line: Line) -> None:
        """Write that goods came or went, and take back what a later count holds of it already."""
        self.lines.append(line)
        pair = (line.sku_id, line.location_id)
        if self.is_counted(pair, line.occurred_at):
            self.lines.append(
                replace(
                    line,
                    kind=MovementKind.ADJUSTMENT,
                    # The last moment that the count still holds.
                    occurred_at=self.counted[pair] - timedelta(microseconds=1),
                    on_hand=-line.on_hand,
                    unavailable=0,
                    incoming=0,
                    lot=None,
                    status=None,
                    source_ref=None,
                    reason=HELD_BY_COUNT,
                )
            )

    def too_much(self, after: Known, *, incoming: int) -> FieldProblem | None:
        """Take more incoming units into account, or say that no position holds that many."""
        state = self.states[after.target]
        changed = replace(state, incoming=state.incoming + incoming)
        if changed.incoming > MAX_ON_HAND:
            return TOO_MUCH
        self.states[after.target] = changed
        return None

    def expect(
        self, after: Known, difference: int, *, occurred_at: datetime, reason: str = ""
    ) -> None:
        """Write that *difference* more units are expected where the goods are to arrive."""
        if difference:
            self.lines.append(
                Line(
                    sku_id=after.draft.sku_id,
                    location_id=after.draft.destination_id,
                    kind=MovementKind.EXPECTATION,
                    occurred_at=occurred_at,
                    incoming=difference,
                    cause_id=after.public_id,
                    source=after.draft.source,
                    reason=reason,
                )
            )

    def finish(
        self, *, action: str, now: datetime, actor: Actor, events: Sequence[DomainEvent] = ()
    ) -> None:
        """Write everything that was decided, tell the world and the auditors."""
        changed = [self.known[identifier] for identifier in self.changes]
        if not changed:
            return
        write_lines(self.lines, now=now, actor=actor, cause_type="supply")
        write_lines(cuts(self.book, self.states, now), now=now, actor=actor, cause_type="")
        self.book.write(now)
        write_supply(changed, now)
        views = supply_by_id([item.id for item in changed], now=now)
        publish(
            [
                *(
                    _changed(views[item.id], self.changes[item.id], item.public_id, now)
                    for item in changed
                ),
                *events,
            ],
            actor=actor,
        )
        tell_positions(
            {(line.sku_id, line.location_id) for line in self.lines}, now=now, actor=actor
        )
        record_audit([self._fact(item, action, now, actor) for item in changed])

    def _fact(self, item: Known, action: str, now: datetime, actor: Actor) -> AuditFact:
        before = self.before.get(item.id)
        return AuditFact(
            actor=actor,
            action=f"inventory.{action}",
            entity_type="supply",
            entity_id=item.public_id,
            at=now,
            before=None if before is None else numbers_of(before),
            after=numbers_of(item),
            reason=self.reasons[item.id],
        )


def numbers_of(item: Known) -> dict[str, object]:
    """Return what may change of a supply line, as plain JSON."""
    numbers = item.numbers
    return {
        "quantity": numbers.quantity,
        "received": numbers.received,
        "damaged": numbers.damaged,
        "cancelled": numbers.cancelled,
        "lost": numbers.lost,
        "state": numbers.state.value,
        "expected_at": item.draft.expected_at.isoformat(),
    }


def _changed(view: SupplyView, change: str, public_id: str, now: datetime) -> SupplyChanged:
    return SupplyChanged(
        occurred_at=now,
        stream=f"supply:{public_id}",
        subject=public_id,
        change=change,
        kind=view.kind.value,
        source=view.source,
        reference=view.reference,
        line=view.line,
        sku=view.sku,
        origin=view.origin,
        destination=view.destination,
        quantity=view.quantity,
        received=view.received,
        damaged=view.damaged,
        cancelled=view.cancelled,
        lost=view.lost,
        state=view.state.value,
        expected_at=view.expected_at,
        version=view.version,
    )


def places_of(ids: Collection[UUID]) -> set[Pair]:
    """Return the positions that supply lines touch."""
    rows = statements.fetch_all(sql.load("supply/places"), {"id": list(ids)})
    pairs = {(row[1], row[2]) for row in rows}
    return pairs | {(row[1], row[3]) for row in rows if row[3] is not None}


def late_skus(places: Collection[Pair], moments: Sequence[datetime], now: datetime) -> set[int]:
    """Return the SKUs of which a message may tell something that a count holds already."""
    return {pair[0] for pair in places} if any(moment < now for moment in moments) else set()


def lock_supply(ids: Collection[UUID]) -> dict[UUID, Known]:
    """Lock supply lines, by id, and return them as they are now; positions are locked before."""
    if not ids:
        return {}
    rows = statements.fetch_all(sql.load("supply/lock"), {"id": list(ids)})
    return {row[0]: _known(row) for row in rows}


def _known(row: tuple[Any, ...]) -> Known:
    kind = SupplyKind(row[1])
    draft = SupplyDraft(
        kind=kind,
        source=row[2],
        reference=row[3],
        line=row[4],
        sku_id=row[5],
        destination_id=row[6],
        origin_id=row[7],
        supplier_id=row[8],
        quantity=row[9],
        expected_at=row[14],
    )
    numbers = SupplyLine(
        kind=kind,
        quantity=row[9],
        received=row[10],
        damaged=row[11],
        cancelled=row[12],
        lost=row[13],
        dispatched=kind == SupplyKind.PURCHASE or row[15] is not None,
    )
    return Known(row[0], draft, numbers, row[15])


def write_supply(items: Collection[Known], now: datetime) -> None:
    """Write supply lines as they are now; new ones are made."""
    drafts = [item.draft for item in items]
    numbers = [item.numbers for item in items]
    statements.execute(
        sql.load("supply/write"),
        {
            "id": [item.id for item in items],
            "kind": [draft.kind.value for draft in drafts],
            "source": [draft.source for draft in drafts],
            "reference": [draft.reference for draft in drafts],
            "line": [draft.line for draft in drafts],
            "sku": [draft.sku_id for draft in drafts],
            "destination": [draft.destination_id for draft in drafts],
            "origin": [draft.origin_id for draft in drafts],
            "supplier": [draft.supplier_id for draft in drafts],
            "expected_at": [draft.expected_at for draft in drafts],
            "quantity": [line.quantity for line in numbers],
            "received": [line.received for line in numbers],
            "damaged": [line.damaged for line in numbers],
            "cancelled": [line.cancelled for line in numbers],
            "lost": [line.lost for line in numbers],
            "state": [line.state.value for line in numbers],
            "dispatched_at": [item.dispatched_at for item in items],
            "now": now,
        },
    )
