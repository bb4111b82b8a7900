"""What is on its way is announced, and announced again when it changes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from chaland.database import statements
from chaland.inventory import rules, sql
from chaland.inventory.operations.ledger import make_and_lock
from chaland.inventory.operations.supply.desk import Desk, Known, lock_supply, places_of
from chaland.inventory.types import SupplyDraft, SupplyKind, SupplyLine, SupplyOutcome
from chaland.kernel.actor import Actor
from chaland.kernel.errors import FieldProblem
from chaland.kernel.ids import new_uuid

_Key = tuple[str, str, str]


def announce_supply(
    *, drafts: Sequence[SupplyDraft], now: datetime, actor: Actor, reason: str = ""
) -> list[SupplyOutcome]:
    """Announce lines of purchase orders and transfers, or give known ones another quantity or date.

    What is announced counts as incoming at its destination at once, a transfer when it is
    dispatched. Announcing what is known already changes and tells nothing. Each item is refused
    alone.
    """
    problems: list[FieldProblem | None] = [rules.malformed_draft(draft) for draft in drafts]
    sound = [draft for draft, problem in zip(drafts, problems, strict=True) if problem is None]
    _lock_sources(sound)
    ids = _ids_by_key(sound)
    fresh = {(draft.sku_id, draft.destination_id) for draft in sound if _key(draft) not in ids}
    states = make_and_lock(fresh | places_of(ids.values()), now)
    desk = Desk(lock_supply(ids.values()), states)
    outcomes = [
        SupplyOutcome("rejected", problem=problem)
        if problem
        else _announce(desk, ids, draft, now, reason)
        for draft, problem in zip(drafts, problems, strict=True)
    ]
    desk.finish(action="announce_supply", now=now, actor=actor)
    return outcomes


def _lock_sources(drafts: Sequence[SupplyDraft]) -> None:
    """Keep others from announcing the same new lines meanwhile: one writer for each source."""
    for source in sorted({draft.source for draft in drafts}):
        statements.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('supply:' || %s, 0))", [source]
        )


def _ids_by_key(drafts: Sequence[SupplyDraft]) -> dict[_Key, UUID]:
    if not drafts:
        return {}
    rows = statements.fetch_all(
        sql.load("supply/by_key"),
        {
            "source": [draft.source for draft in drafts],
            "reference": [draft.reference for draft in drafts],
            "line": [draft.line for draft in drafts],
        },
    )
    return {(row[1], row[2], row[3]): row[0] for row in rows}


def _announce(
    desk: Desk, ids: dict[_Key, UUID], draft: SupplyDraft, now: datetime, reason: str
) -> SupplyOutcome:
    key = _key(draft)
    known = desk.known.get(ids[key]) if key in ids else None
    if known is None:
        dispatched = draft.kind == SupplyKind.PURCHASE
        made = Known(
            new_uuid(), draft, SupplyLine(draft.kind, draft.quantity, dispatched=dispatched)
        )
        if problem := desk.too_much(made, incoming=made.numbers.announced):
            return SupplyOutcome("rejected", problem=problem)
        ids[key] = made.id
        desk.put(made, change="announced", reason=reason)
        desk.expect(made, made.numbers.announced, occurred_at=now, reason=reason)
        return SupplyOutcome("created", made.id)
    numbers = rules.may_change(known.numbers, draft, same_goods=_same_goods(known.draft, draft))
    if isinstance(numbers, FieldProblem):
        return SupplyOutcome("rejected", known.id, numbers)
    supplier = draft.supplier_id if draft.supplier_id is not None else known.draft.supplier_id
    after = replace(known, draft=replace(draft, supplier_id=supplier), numbers=numbers)
    if after == known:
        return SupplyOutcome("unchanged", known.id)
    difference = numbers.announced - known.numbers.announced
    if problem := desk.too_much(after, incoming=difference):
        return SupplyOutcome("rejected", known.id, problem)
    desk.put(after, change="changed", reason=reason)
    desk.expect(after, difference, occurred_at=now, reason=reason)
    return SupplyOutcome("updated", known.id)


def _key(draft: SupplyDraft) -> _Key:
    return (draft.source, draft.reference, draft.line)


def _same_goods(known: SupplyDraft, draft: SupplyDraft) -> bool:
    return (known.kind, known.sku_id, known.destination_id, known.origin_id) == (
        draft.kind,
        draft.sku_id,
        draft.destination_id,
        draft.origin_id,
    )
