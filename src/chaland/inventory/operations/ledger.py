"""Lines of the ledger that operations have decided, written with what they do to positions."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.events import StockAdjusted
from chaland.inventory.queries import position_codes
from chaland.inventory.types import MovementKind, Pair, PositionState, UnavailableStatus
from chaland.kernel.actor import Actor
from chaland.outbox.operations import publish


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line to be written; differences in units, ``cause_id`` is the public id of its cause."""

    sku_id: int
    location_id: int
    kind: MovementKind
    occurred_at: datetime
    on_hand: int = 0
    unavailable: int = 0
    incoming: int = 0
    status: UnavailableStatus | None = None
    lot: str | None = None
    cause_id: str = ""
    source: str = "chaland"
    source_ref: str | None = None
    reason: str = ""


def write_lines(lines: Sequence[Line], *, now: datetime, actor: Actor, cause_type: str) -> None:
    """Write *lines* and change their positions, which the caller has locked and checked."""
    if not lines:
        return
    statements.execute(
        sql.load("move"),
        {
            "sku": [line.sku_id for line in lines],
            "location": [line.location_id for line in lines],
            "kind": [line.kind.value for line in lines],
            "on_hand": [line.on_hand for line in lines],
            "unavailable": [line.unavailable for line in lines],
            "incoming": [line.incoming for line in lines],
            "status": [line.status and line.status.value for line in lines],
            "lot": [line.lot for line in lines],
            "cause": [line.cause_id for line in lines],
            "source": [line.source for line in lines],
            "source_ref": [line.source_ref for line in lines],
            "occurred_at": [line.occurred_at for line in lines],
            "reason": [line.reason for line in lines],
            "now": now,
            "actor_kind": actor.kind,
            "actor_id": actor.id,
            "cause_type": cause_type,
        },
    )


def lock_states(pairs: Collection[Pair]) -> dict[Pair, PositionState]:
    """Lock positions, in the order that every writer keeps, and return those that there are."""
    if not pairs:
        return {}
    rows = statements.fetch_all(sql.load("lock_positions"), columns_of(pairs))
    return {(row[0], row[1]): PositionState(*row[2:]) for row in rows}


def make_and_lock(pairs: Collection[Pair], now: datetime) -> dict[Pair, PositionState]:
    """Make positions where there are none, lock all, and return their quantities."""
    if pairs:
        statements.execute(sql.load("create_positions"), {**columns_of(pairs), "now": now})
    return lock_states(pairs)


def columns_of(pairs: Iterable[Pair]) -> dict[str, list[int]]:
    """Return *pairs* as the two columns that statements take."""
    listed = list(pairs)
    return {"sku": [pair[0] for pair in listed], "location": [pair[1] for pair in listed]}


def tell_positions(pairs: Collection[Pair], *, now: datetime, actor: Actor) -> None:
    """Tell the world what positions are now, once for each SKU."""
    states = lock_states(pairs)
    positions: dict[str, list[dict[str, object]]] = defaultdict(list)
    for pair, (sku_code, location_code) in position_codes(pairs).items():
        positions[sku_code].append({"location": location_code, **quantities(states[pair])})
    publish(
        [
            StockAdjusted(occurred_at=now, stream=f"sku:{code}", subject=code, positions=entries)
            for code, entries in positions.items()
        ],
        actor=actor,
    )


def quantities(state: PositionState) -> dict[str, object]:
    """Return the quantities of a position as plain JSON, ``available`` included."""
    return {
        "on_hand": state.on_hand,
        "reserved": state.reserved,
        "unavailable": state.unavailable,
        "incoming": state.incoming,
        "available": state.available,
    }
