"""Changes that people and systems report: receipts, counts, breakage, expected deliveries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chaland.access.operations import record_audit
from chaland.access.types import AuditFact
from chaland.database import statements
from chaland.inventory import rules, sql
from chaland.inventory.events import StockAdjusted
from chaland.inventory.operations.guarding import guard_late
from chaland.inventory.operations.ledger import write_lines
from chaland.inventory.operations.lots import reporting
from chaland.inventory.operations.lots.book import Book, open_book
from chaland.inventory.operations.lots.reconciling import cuts
from chaland.inventory.operations.quotas import refill_quotas
from chaland.inventory.queries import last_counts, position_codes
from chaland.inventory.types import (
    Adjustment,
    AdjustmentOutcome,
    MovementKind,
    Pair,
    PositionChange,
    PositionState,
    QuotaReturn,
)
from chaland.kernel.actor import Actor
from chaland.kernel.errors import FieldProblem
from chaland.outbox.operations import publish

_Message = tuple[str, str, int, int]
_Content = tuple[str, int, int, int, int | None, str | None]

_Count = tuple[Pair, datetime, int]

_EMPTY = PositionState()


@dataclass(frozen=True, slots=True)
class _Applied:
    adjustment: Adjustment
    change: PositionChange
    before: PositionState
    after: PositionState


def adjust(
    *, adjustments: Sequence[Adjustment], now: datetime, actor: Actor
) -> list[AdjustmentOutcome]:
    """Apply each adjustment in turn, or refuse it alone; the answer keeps their order.

    Positions are made as needed. What would leave a position below zero, or with fewer units than
    orders hold, is rejected with the field and the fix. A message (source and source_ref) that was
    applied to the position before is a duplicate and changes nothing; with other content it is
    rejected.

    A count holds what happened strictly before its moment: what came or went from then on stands.
    A count of an earlier moment than the last one is stale, and units that moved before the last
    count are superseded by it.
    """
    problems = [rules.malformed(item) for item in adjustments]
    sound = [item for item, problem in zip(adjustments, problems, strict=True) if problem is None]
    guard_late(sku_ids={item.sku_id for item in sound if item.occurred_at < now})
    _create_missing(sound, now)
    pairs = {_pair(item) for item in sound}
    desk = _Desk(_lock_states(pairs))
    desk.seen = _applied_messages(sound)
    desk.blocked = _blocked_units(sound)
    desk.counted = last_counts(pairs)
    desk.known_counts, desk.since = _around_counts(sound)
    desk.announced = _announced_units(sound)
    desk.book = open_book(pairs, [(item.sku_id, reporting.tag_of(item)) for item in sound])
    outcomes = [
        AdjustmentOutcome("rejected", problem=problem) if problem else desk.decide(item)
        for item, problem in zip(adjustments, problems, strict=True)
    ]
    _write(desk.applied, now, actor)
    write_lines(cuts(desk.book, desk.states, now), now=now, actor=actor, cause_type="")
    desk.book.write(now)
    refill_quotas(returns=_returned(desk.applied))
    _announce(desk.applied, now, actor)
    return outcomes


@dataclass(slots=True)
class _Desk:
    """What is known, under lock, while adjustments are decided one after the other."""

    states: dict[Pair, PositionState]
    seen: dict[_Message, _Content] = field(default_factory=dict)
    blocked: dict[tuple[Pair, str], int] = field(default_factory=dict)
    counted: dict[Pair, datetime] = field(default_factory=dict)
    known_counts: set[_Count] = field(default_factory=set)
    since: dict[tuple[Pair, datetime], int] = field(default_factory=dict)
    announced: dict[Pair, int] = field(default_factory=dict)
    book: Book = field(default_factory=Book)
    applied: list[_Applied] = field(default_factory=list)

    def decide(self, item: Adjustment) -> AdjustmentOutcome:
        """Apply one well-formed adjustment to what is known, or refuse it."""
        before = self.states.get(_pair(item), _EMPTY)
        message = _message_of(item)
        if message is not None and message in self.seen:
            return _repeated(item, self.seen[message], before)
        counted = self.counted.get(_pair(item))
        superseded = False
        if counted is not None and item.on_hand is None:
            superseded = item.on_hand_delta != 0 and item.occurred_at < counted
            if superseded and not item.incoming_delta and not item.unavailable_delta:
                return AdjustmentOutcome("superseded", state=before)
        change = rules.change_of(item, before, since=self._since(item), superseded=superseded)
        if counted is not None and item.on_hand is not None and item.occurred_at <= counted:
            return self._counted_before(item, change, before, counted)
        return self._apply(item, change, before, superseded=superseded)

    def _since(self, item: Adjustment) -> int:
        """Return the units that came, less those that went, from the moment of a count on."""
        if item.on_hand is None:
            return 0
        here = sum(
            entry.change.on_hand
            for entry in self.applied
            if _pair(entry.adjustment) == _pair(item)
            and entry.adjustment.kind != MovementKind.COUNT
            and entry.adjustment.occurred_at >= item.occurred_at
        )
        return here + self.since.get((_pair(item), item.occurred_at), 0)

    def _counted_before(
        self, item: Adjustment, change: PositionChange, state: PositionState, counted: datetime
    ) -> AdjustmentOutcome:
        """Answer a count of a moment that was counted already, or of an earlier one."""
        if item.occurred_at < counted:
            return AdjustmentOutcome("stale", state=state)
        if change.on_hand == 0 or _count_of(item) in self.known_counts:
            return AdjustmentOutcome("duplicate", state=state)
        return AdjustmentOutcome("rejected", problem=rules.contradicts_count(item))

    def _apply(
        self,
        item: Adjustment,
        change: PositionChange,
        before: PositionState,
        *,
        superseded: bool,
    ) -> AdjustmentOutcome:
        message = _message_of(item)
        after = rules.applied(before, change)
        status = (_pair(item), item.status or "")
        in_status = self.blocked.get(status, 0)
        problem = (
            rules.impossible(item, before, after, in_status)
            or rules.belongs_to_supply(item, after, self.announced.get(_pair(item), 0))
            or reporting.problem_of(self.book, item, change, before)
        )
        if problem is not None:
            return AdjustmentOutcome("rejected", problem=problem)
        reporting.note(self.book, item, change)
        self.states[_pair(item)] = after
        self.blocked[status] = in_status + change.unavailable
        self.applied.append(_Applied(item, change, before, after))
        if message is not None:
            self.seen[message] = _content_of(item, change)
        if item.on_hand is not None:
            self.counted[_pair(item)] = item.occurred_at
            self.known_counts.add(_count_of(item))
        return AdjustmentOutcome("superseded" if superseded else "applied", state=after)


def _returned(applied: Iterable[_Applied]) -> list[QuotaReturn]:
    """Return what came back to channels' quotas: units that are fit for sale again."""
    return [
        QuotaReturn(item.sku_id, item.location_id, item.channel_id, fit)
        for entry in applied
        if (item := entry.adjustment).channel_id is not None
        and (fit := entry.change.on_hand - entry.change.unavailable) > 0
    ]


def _repeated(item: Adjustment, known: _Content, state: PositionState) -> AdjustmentOutcome:
    # Of a count the difference is not the sender's; of a superseded message none was written.
    same = item.on_hand is not None or known[1] == 0
    change = PositionChange(
        on_hand=known[1] if same else item.on_hand_delta,
        unavailable=item.unavailable_delta,
        incoming=item.incoming_delta,
    )
    if _content_of(item, change) == known:
        return AdjustmentOutcome("duplicate", state=state)
    return AdjustmentOutcome(
        "rejected",
        problem=FieldProblem(
            "source_ref",
            "source_ref_reused",
            f"{item.source!r} already sent {item.source_ref!r} with other content",
            "give each message a reference of its own",
        ),
    )


def _message_of(item: Adjustment) -> _Message | None:
    if item.source_ref is None:
        return None
    return (item.source, item.source_ref, item.sku_id, item.location_id)


def _count_of(item: Adjustment) -> _Count:
    return (_pair(item), item.occurred_at, item.on_hand or 0)


def _content_of(item: Adjustment, change: PositionChange) -> _Content:
    """Return what the ledger keeps of a message; for a count the difference is not the sender's."""
    status = None if item.status is None else item.status.value
    return (
        item.kind.value,
        change.on_hand,
        change.unavailable,
        change.incoming,
        item.on_hand,
        status,
    )


def _create_missing(items: Iterable[Adjustment], now: datetime) -> None:
    """Make the positions that some adjustment can start from nothing."""
    startable = {_pair(item) for item in items if _can_start(item)}
    if startable:
        statements.execute(sql.load("create_positions"), {**_columns(startable), "now": now})


def _can_start(item: Adjustment) -> bool:
    after = rules.applied(_EMPTY, rules.change_of(item, _EMPTY))
    return rules.impossible(item, _EMPTY, after, 0) is None


def _pair(item: Adjustment) -> Pair:
    return (item.sku_id, item.location_id)


def _lock_states(pairs: Collection[Pair]) -> dict[Pair, PositionState]:
    if not pairs:
        return {}
    rows = statements.fetch_all(sql.load("lock_positions"), _columns(pairs))
    return {(row[0], row[1]): PositionState(*row[2:]) for row in rows}


def _columns(pairs: Collection[Pair]) -> dict[str, list[int]]:
    return {"sku": [pair[0] for pair in pairs], "location": [pair[1] for pair in pairs]}


def _applied_messages(items: Iterable[Adjustment]) -> dict[_Message, _Content]:
    """Return the known messages; read after locking, so that a concurrent sender's is seen too."""
    messages = [message for item in items if (message := _message_of(item)) is not None]
    if not messages:
        return {}
    source, source_ref, sku, location = zip(*messages, strict=True)
    rows = statements.fetch_all(
        sql.load("applied_messages"),
        {
            "source": list(source),
            "source_ref": list(source_ref),
            "sku": list(sku),
            "location": list(location),
        },
    )
    return {row[:4]: row[4:] for row in rows}


def _around_counts(
    items: Iterable[Adjustment],
) -> tuple[set[_Count], dict[tuple[Pair, datetime], int]]:
    """Return which counts are in the ledger, and what came or went since the moment of each.

    Read after locking, so that nothing is missing that changed the position before.
    """
    counts = [item for item in items if item.on_hand is not None]
    if not counts:
        return set(), {}
    rows = statements.fetch_all(
        sql.load("around_counts"),
        {
            **_columns([_pair(item) for item in counts]),
            "as_of": [item.occurred_at for item in counts],
            "on_hand": [item.on_hand for item in counts],
        },
    )
    known = {((row[0], row[1]), row[2], row[3]) for row in rows if row[4]}
    return known, {((row[0], row[1]), row[2]): row[5] for row in rows}


def _blocked_units(items: Iterable[Adjustment]) -> dict[tuple[Pair, str], int]:
    """Return the units in each status, of the positions where some are to be freed."""
    pairs = {_pair(item) for item in items if item.unavailable_delta < 0}
    if not pairs:
        return {}
    rows = statements.fetch_all(sql.load("blocked_units"), _columns(pairs))
    return {((row[0], row[1]), row[2]): row[3] for row in rows}


def _announced_units(items: Iterable[Adjustment]) -> dict[Pair, int]:
    """Return the incoming units that open supply explains, where some are to be taken off."""
    pairs = {_pair(item) for item in items if item.incoming_delta < 0}
    if not pairs:
        return {}
    rows = statements.fetch_all(sql.load("supply/open_units"), _columns(pairs))
    return {(row[0], row[1]): row[2] for row in rows}


def _write(applied: Sequence[_Applied], now: datetime, actor: Actor) -> None:
    if not applied:
        return
    items = [entry.adjustment for entry in applied]
    changes = [entry.change for entry in applied]
    statements.execute(
        sql.load("adjust"),
        {
            "sku": [item.sku_id for item in items],
            "location": [item.location_id for item in items],
            "kind": [item.kind.value for item in items],
            "on_hand": [change.on_hand for change in changes],
            "unavailable": [change.unavailable for change in changes],
            "incoming": [change.incoming for change in changes],
            "counted": [item.on_hand for item in items],
            "status": [None if item.status is None else item.status.value for item in items],
            "source": [item.source for item in items],
            "source_ref": [item.source_ref for item in items],
            "occurred_at": [item.occurred_at for item in items],
            "reason": [item.reason for item in items],
            "cause_type": [item.cause_type for item in items],
            "cause_id": [item.cause_id for item in items],
            "lot": [item.lot for item in items],
            "now": now,
            "actor_kind": actor.kind,
            "actor_id": actor.id,
        },
    )


def _announce(applied: Sequence[_Applied], now: datetime, actor: Actor) -> None:
    """Tell the world once per SKU, with the quantities after the call, and the auditors of each."""
    codes = position_codes({_pair(entry.adjustment) for entry in applied})
    last = {_pair(entry.adjustment): entry.after for entry in applied}
    positions: dict[str, list[dict[str, object]]] = defaultdict(list)
    for pair, (sku_code, location_code) in codes.items():
        positions[sku_code].append({"location": location_code, **_quantities(last[pair])})
    publish(
        [
            StockAdjusted(occurred_at=now, stream=f"sku:{code}", subject=code, positions=entries)
            for code, entries in positions.items()
        ],
        actor=actor,
    )
    record_audit([_fact(entry, codes[_pair(entry.adjustment)], now, actor) for entry in applied])


def _fact(entry: _Applied, codes: tuple[str, str], now: datetime, actor: Actor) -> AuditFact:
    return AuditFact(
        actor=actor,
        action="inventory.adjust",
        entity_type="stock_position",
        entity_id="/".join(codes),
        at=now,
        before=_quantities(entry.before),
        after=_quantities(entry.after),
        reason=entry.adjustment.reason,
    )


def _quantities(state: PositionState) -> dict[str, object]:
    return {
        "on_hand": state.on_hand,
        "reserved": state.reserved,
        "unavailable": state.unavailable,
        "incoming": state.incoming,
        "available": state.available,
    }
