"""Promise units to orders, and let them go again: a reservation is issued or released, once."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chaland.database import statements
from chaland.inventory import sql
from chaland.inventory.operations.lots.leaving import Leaving, plan_leaving
from chaland.inventory.types import (
    BlockRequest,
    InsufficientStockError,
    IssueRequest,
    MovementKind,
    Pair,
    ReleaseRequest,
    ReservationRequest,
    ReservationSettledError,
    Settled,
    Shortage,
)
from chaland.kernel.actor import Actor
from chaland.kernel.ids import to_public


def lock_positions(pairs: Collection[Pair]) -> dict[Pair, int]:
    """Lock positions until the transaction ends; return the available units of those there are."""
    if not pairs:
        return {}
    unique = set(pairs)
    rows = statements.fetch_all(
        sql.load("lock_positions"),
        {"sku": [pair[0] for pair in unique], "location": [pair[1] for pair in unique]},
        prepare=True,
        binary=True,
    )
    return {
        (sku, location): on_hand - reserved - unavailable
        for sku, location, on_hand, reserved, unavailable, _ in rows
    }


def reserve(
    *,
    requests: Sequence[ReservationRequest],
    now: datetime,
    actor: Actor | Sequence[Actor],
    cause_type: str = "order",
) -> None:
    """Keep units for order lines: all requests or none, in one round trip.

    *actor* is responsible for all of them, or one for each request (a batch of several clients'
    orders). Each position keeps available what its requests say must be kept.

    The positions are locked, compared and written by the same statement, so it needs no lock
    before. Raises InsufficientStockError (with every shortage, measured under lock) having changed
    nothing: the transaction stays usable and the positions stay locked, so the caller may choose
    again at once.
    """
    if not requests:
        return
    actors = [actor] * len(requests) if isinstance(actor, Actor) else actor
    causes = {order: to_public("ord", order) for order in {item.order_id for item in requests}}
    short = statements.fetch_all(
        sql.load("reserve"),
        {
            "id": [item.reservation_id for item in requests],
            "sku": [item.sku_id for item in requests],
            "location": [item.location_id for item in requests],
            "quantity": [item.quantity for item in requests],
            "order": [item.order_id for item in requests],
            "line": [item.order_line_id for item in requests],
            "keep": [item.keep for item in requests],
            "channel": [item.channel_id for item in requests],
            "cause": [causes[item.order_id] for item in requests],
            "actor_kind": [item.kind for item in actors],
            "actor_id": [item.id for item in actors],
            "cause_type": cause_type,
            "now": now,
        },
        prepare=True,
    )
    if short:
        raise InsufficientStockError([Shortage(*row) for row in short])


def release(
    *,
    reservations: Sequence[ReleaseRequest],
    reason: str,
    now: datetime,
    actor: Actor,
    cause_type: str = "order",
) -> list[Settled]:
    """Give reserved units back to sale, all requests or none; the answer keeps their order.

    Raises ReservationSettledError, having changed nothing, when one is unknown or has fewer open
    units than asked (asked for None: none at all).
    """
    return _settle(
        reservations, MovementKind.RELEASE, 0, reason, _circumstances(now, actor, cause_type)
    )


def issue(
    *,
    issues: Sequence[IssueRequest],
    now: datetime,
    actor: Actor,
    cause_type: str = "fulfilment_order",
    reason: str = "",
) -> list[Settled]:
    """Let reserved units leave the building, all requests or none.

    Of a SKU that is followed by lot or serial, the units that the request names leave; without a
    name the lots that expire first. Raises ReservationSettledError as ``release`` does, and
    InvalidInputError for a lot or a serial that is not there.
    """
    leaving = plan_leaving(issues, now)
    settled = _settle(
        issues, MovementKind.ISSUE, 1, reason, _circumstances(now, actor, cause_type), leaving
    )
    leaving.book.write(now)
    return settled


def block(
    *,
    blocks: Sequence[BlockRequest],
    reason: str,
    now: datetime,
    actor: Actor,
    cause_type: str = "fulfilment_order",
) -> None:
    """Move sellable units to an unsellable status (not found, damaged …), all requests or none.

    Units that are reserved are not sellable: release them first. Raises InsufficientStockError.
    """
    if not blocks:
        return
    short = statements.fetch_all(
        sql.load("block"),
        {
            "sku": [item.sku_id for item in blocks],
            "location": [item.location_id for item in blocks],
            "quantity": [item.quantity for item in blocks],
            "status": [item.status.value for item in blocks],
            "cause": [item.cause_id for item in blocks],
            "reason": reason,
            **_circumstances(now, actor, cause_type),
        },
    )
    if short:
        raise InsufficientStockError([Shortage(*row) for row in short])


def _settle(
    requests: Sequence[ReleaseRequest] | Sequence[IssueRequest],
    kind: MovementKind,
    leaves: int,
    reason: str,
    circumstances: dict[str, Any],
    leaving: Leaving | None = None,
) -> list[Settled]:
    if not requests:
        return []
    ids = [item.reservation_id for item in requests]
    if len(set(ids)) != len(ids):
        raise ValueError("a reservation is named twice in one call")
    rows = statements.fetch_all(
        sql.load("settle"),
        {
            "id": ids,
            "quantity": [item.quantity for item in requests],
            "cause": [item.cause_id for item in requests],
            "kind": kind.value,
            "leaves": leaves,
            "reason": reason,
            **circumstances,
            **(leaving or Leaving()).columns(),
        },
        prepare=True,
    )
    done: dict[UUID, Settled] = {row[1]: Settled(*row[1:]) for row in rows if row[0]}
    if len(done) != len(ids):
        raise ReservationSettledError({row[1]: row[4] for row in rows if not row[0]})
    return [done[identifier] for identifier in ids]


def _circumstances(now: datetime, actor: Actor, cause_type: str) -> dict[str, Any]:
    return {
        "now": now,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "cause_type": cause_type,
    }
