"""The stages that move no goods: release, accept, ready, and what is found to be late."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from chaland.database.statements import execute
from chaland.fulfilment.events import (
    FulfilmentAccepted,
    FulfilmentLate,
    FulfilmentReady,
    FulfilmentReleased,
)
from chaland.fulfilment.models import FulfilmentOrder
from chaland.fulfilment.operations.locking import Work, lock_work
from chaland.fulfilment.operations.moving import move
from chaland.fulfilment.operations.settling import settle_orders
from chaland.fulfilment.operations.telling import event_of, tell
from chaland.fulfilment.rules import CODE_ALPHABET, CODE_LENGTH
from chaland.fulfilment.types import FulfilmentState
from chaland.kernel.actor import Actor
from chaland.outbox.operations import publish

DUE_AT_ONCE = 200
"""How many fulfilment orders one transaction releases or marks late: locks stay short."""


def release(*, fulfilment_ids: Collection[UUID], now: datetime, actor: Actor) -> None:
    """Tell sites to start: ``planned`` → ``released``. All or none, or ``illegal_transition``."""
    _release(lock_work(fulfilment_ids), now=now, actor=actor)


def release_due(*, now: datetime, actor: Actor, limit: int = DUE_AT_ONCE) -> int:
    """Release what was planned to be released by *now*, oldest first; return how many were.

    What somebody else released or cancelled meanwhile is passed over.
    """
    due = FulfilmentOrder.objects.filter(
        state=FulfilmentState.PLANNED.value, release_at__lte=now
    ).order_by("release_at")
    works = [
        work
        for work in lock_work(list(due.values_list("id", flat=True)[:limit]))
        if work.order.state == FulfilmentState.PLANNED
    ]
    _release(works, now=now, actor=actor)
    return len(works)


def _release(works: Sequence[Work], *, now: datetime, actor: Actor) -> None:
    state = move(works, "release", now=now)
    if state is None:
        return
    tell(
        works,
        action="release",
        after=state.value,
        now=now,
        actor=actor,
        event=lambda work: [event_of(FulfilmentReleased, work, now=now)],
    )
    settle_orders(order_ids={work.order.order_id for work in works}, now=now, actor=actor)


def accept(*, fulfilment_ids: Collection[UUID], now: datetime, actor: Actor) -> None:
    """Take work on: ``released`` → ``accepted``. All or none; raises ``illegal_transition``."""
    works = lock_work(fulfilment_ids)
    state = move(works, "accept", now=now)
    if state is not None:
        tell(
            works,
            action="accept",
            after=state.value,
            now=now,
            actor=actor,
            event=lambda work: [event_of(FulfilmentAccepted, work, now=now)],
        )


def make_ready(*, fulfilment_id: UUID, now: datetime, actor: Actor) -> str:
    """Put the goods on the pickup shelf: → ``ready``; return the code that the customer will say.

    Raises ``illegal_transition``, also for what is to be shipped.
    """
    works = lock_work([fulfilment_id])
    pickup_code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    state = move(works, "ready", now=now, pickup_code=pickup_code)
    if state is not None:
        tell(
            works,
            action="ready",
            after=state.value,
            now=now,
            actor=actor,
            event=lambda work: [event_of(FulfilmentReady, work, now=now, pickup_code=pickup_code)],
        )
    return pickup_code


def mark_late(*, now: datetime, actor: Actor, limit: int = DUE_AT_ONCE) -> int:
    """Tell, once each, of promised moments that have passed; return how many were found.

    Between release and leaving the site, the moment is ``dispatch_by``; after shipping it is
    ``promise_latest``.
    """
    missed = FulfilmentOrder.objects.filter(late_after__lt=now).order_by("late_after")
    deadlines = dict(missed.values_list("id", "late_after")[:limit])
    works = [work for work in lock_work(deadlines) if _still_late(work, deadlines[work.order.id])]
    if not works:
        return 0
    execute(
        "UPDATE fulfilment_order SET late_after = NULL, late_at = coalesce(late_at, %s),"
        " version = version + 1 WHERE id = ANY(%s)",
        [now, [work.order.id for work in works]],
    )
    publish(
        [
            event_of(
                FulfilmentLate, work, now=now, missed=_missed(work), due=deadlines[work.order.id]
            )
            for work in works
        ],
        actor=actor,
    )
    return len(works)


def _missed(work: Work) -> str:
    return "delivery" if work.order.state == FulfilmentState.SHIPPED else "dispatch"


def _still_late(work: Work, deadline: datetime | None) -> bool:
    """Tell, under lock, whether the moment read without one still counts."""
    return work.order.late_after is not None and work.order.late_after == deadline
