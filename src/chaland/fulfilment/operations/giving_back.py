"""Units that a site will not give: refused by the site, or cancelled by whoever ordered them.

They stay reserved until the caller runs ``release_stock``: it may want to lock other positions in
the same breath, in their order.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chaland.database.statements import execute
from chaland.fulfilment import rules
from chaland.fulfilment.events import (
    FulfilmentCancelled,
    FulfilmentEscalated,
    FulfilmentLinesCancelled,
    FulfilmentLinesRefused,
    FulfilmentRefused,
    FulfilmentTimedOut,
)
from chaland.fulfilment.operations.locking import Work, illegal_transition, lock_work, require
from chaland.fulfilment.operations.moving import move, touch
from chaland.fulfilment.operations.telling import event_of, tell
from chaland.fulfilment.types import (
    FULFILMENT_PREFIX,
    NO_ANSWER,
    CancelRequest,
    FreedUnits,
    FulfilmentState,
    RefusalReason,
    RefuseRequest,
)
from chaland.inventory import operations as inventory
from chaland.inventory.types import ReleaseRequest
from chaland.kernel.actor import Actor
from chaland.kernel.ids import to_public
from chaland.outbox.operations import publish

_CLOSED_UP = frozenset({FulfilmentState.PACKED, FulfilmentState.READY})
"""Nobody opens a closed parcel, or a bag on the pickup shelf, to take one unit out."""


def refuse(*, request: RefuseRequest, now: datetime, actor: Actor) -> list[FreedUnits]:
    """Give back what a site cannot give; return it.

    All of it: → ``refused``. Some of it: the site keeps the rest, in the state it is in. The caller
    releases their stock, finds them another site and settles the order.
    """
    (work,) = lock_work([request.fulfilment_id])
    require(work, "refuse")
    units = rules.dropped_units(work.lines, request.lines)
    return _refuse(work, units, reason=request.reason, note=request.note, now=now, actor=actor)


def time_out(
    *, fulfilment_id: UUID, answer_minutes: int, now: datetime, actor: Actor
) -> list[FreedUnits]:
    """Take work from a site that has not answered: ``released`` → ``refused``; return its units.

    Returns nothing, having changed nothing, when somebody has answered since. The caller releases
    their stock, finds them another site and settles the order.
    """
    (work,) = lock_work([fulfilment_id])
    released_at = work.order.released_at
    if work.order.state != FulfilmentState.RELEASED or released_at is None:
        return []
    units = rules.dropped_units(work.lines, None)
    _write_units("refused", units)
    state = str(move([work], "refuse", now=now, refusal_reason=NO_ANSWER))
    tell(
        [work],
        action="time_out",
        after=state,
        now=now,
        actor=actor,
        event=lambda work: [
            event_of(
                FulfilmentTimedOut,
                work,
                now=now,
                units=units,
                released_at=released_at,
                answer_minutes=answer_minutes,
            )
        ],
        reason=NO_ANSWER,
    )
    return _freed(work, units)


def escalate(*, fulfilment_id: UUID, refusals: int, now: datetime, actor: Actor) -> None:
    """Tell that a person has to decide about what a site has just given back."""
    (work,) = lock_work([fulfilment_id])
    publish(
        [
            event_of(
                FulfilmentEscalated,
                work,
                now=now,
                units={line.id: line.refused for line in work.lines},
                refusals=refusals,
            )
        ],
        actor=actor,
    )


def give_back_short(
    work: Work, units: Mapping[UUID, int], *, reason: RefusalReason, now: datetime, actor: Actor
) -> list[FreedUnits]:
    """Refuse the units that a pick did not find; the work is locked and may be picked."""
    return _refuse(work, units, reason=reason, note="", now=now, actor=actor)


def _refuse(
    work: Work,
    units: Mapping[UUID, int],
    *,
    reason: RefusalReason,
    note: str,
    now: datetime,
    actor: Actor,
) -> list[FreedUnits]:
    whole = _is_all(work, units)
    _write_units("refused", units)
    if whole:
        state = str(move([work], "refuse", now=now, refusal_reason=reason.value))
    else:
        state = work.order.state.value
        touch([work.order.id])
    kind = FulfilmentRefused if whole else FulfilmentLinesRefused
    tell(
        [work],
        action="refuse" if whole else "refuse_lines",
        after=state,
        now=now,
        actor=actor,
        event=lambda work: [
            event_of(kind, work, now=now, units=units, reason=reason.value, note=note)
        ],
        reason=f"{reason}: {note}" if note else reason.value,
    )
    return _freed(work, units)


def cancel(*, requests: Sequence[CancelRequest], now: datetime, actor: Actor) -> list[FreedUnits]:
    """Take back what sites need not give any more; return it.

    All of a fulfilment order: → ``cancelled``. Some of it: only until it is packed. The caller
    releases their stock, cancels the order's lines and settles the order. All requests or none;
    raises ``illegal_transition``.
    """
    works = {work.order.id: work for work in lock_work([item.fulfilment_id for item in requests])}
    freed: list[FreedUnits] = []
    for request in requests:
        work = works[request.fulfilment_id]
        freed += _cancel(work, request, now=now, actor=actor)
    return freed


def _cancel(work: Work, request: CancelRequest, *, now: datetime, actor: Actor) -> list[FreedUnits]:
    require(work, "cancel")
    units = rules.dropped_units(work.lines, request.lines)
    whole = _is_all(work, units)
    if not whole and work.order.state in _CLOSED_UP:
        raise illegal_transition(
            work,
            "cancel",
            because=f"{work.public_id} is {work.order.state}: it can only be cancelled as a whole.",
        )
    _write_units("cancelled", units)
    if whole:
        state = str(move([work], "cancel", now=now))
    else:
        state = work.order.state.value
        touch([work.order.id])
    kind = FulfilmentCancelled if whole else FulfilmentLinesCancelled
    tell(
        [work],
        action="cancel" if whole else "cancel_lines",
        after=state,
        now=now,
        actor=actor,
        event=lambda work: [event_of(kind, work, now=now, units=units, reason=request.reason)],
        reason=request.reason,
    )
    return _freed(work, units)


def _is_all(work: Work, units: Mapping[UUID, int]) -> bool:
    return all(units.get(line.id, 0) == line.to_give for line in work.lines)


def _write_units(column: str, units: Mapping[UUID, int]) -> None:
    """Count units as given back; what of them had been picked goes back to the shelf."""
    execute(
        f"UPDATE fulfilment_line AS line SET {column} = line.{column} + back.units,"  # noqa: S608 - ours
        " picked = least(line.picked,"
        " line.quantity - line.refused - line.cancelled - back.units)"
        " FROM unnest(%s::uuid[], %s::int[]) AS back (id, units) WHERE line.id = back.id",
        [list(units), list(units.values())],
    )


def _freed(work: Work, units: Mapping[UUID, int]) -> list[FreedUnits]:
    return [
        FreedUnits(
            fulfilment_id=work.order.id,
            order_id=work.order.order_id,
            order_line_id=line.order_line_id,
            location_id=work.order.location_id,
            sku_id=line.sku_id,
            sku_code=line.sku_code,
            quantity=units[line.id],
            per_kit=line.per_kit,
            reservation_id=line.reservation_id,
        )
        for line in work.lines
        if units.get(line.id)
    ]


def release_stock(*, freed: Sequence[FreedUnits], reason: str, now: datetime, actor: Actor) -> None:
    """Give the units that sites will not give back to sale, by one statement."""
    inventory.release(
        reservations=[
            ReleaseRequest(
                item.reservation_id, item.quantity, to_public(FULFILMENT_PREFIX, item.fulfilment_id)
            )
            for item in freed
        ],
        reason=reason,
        now=now,
        actor=actor,
        cause_type="fulfilment_order",
    )
