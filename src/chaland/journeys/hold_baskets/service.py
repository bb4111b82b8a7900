"""Baskets in, answers out: gathered into batches, worked on in rounds."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import structlog
from django.conf import settings
from django.db import connection

from chaland.journeys.hold_baskets import answers
from chaland.journeys.hold_baskets.rounds import hold_round
from chaland.journeys.hold_baskets.types import HoldAnswer, HoldRequest
from chaland.journeys.in_rounds import Rounds
from chaland.journeys.place_orders.gather import GatherSettings, GroupCommit
from chaland.kernel import clock
from chaland.kernel.errors import DomainError

MOST_ROUNDS = 20

log = structlog.get_logger(__name__)


def hold_baskets(requests: Sequence[HoldRequest], *, now: datetime) -> list[HoldAnswer]:
    """Hold for baskets in the order given; return one answer each, after the commit.

    Raises nothing for a bad basket: it gets a refusal.
    """
    return _rounds.answer(requests, now=now)


def _marks(request: HoldRequest) -> Iterator[tuple[str, str]]:
    if request.idempotency_key is not None:
        yield request.actor.id, request.idempotency_key


def _failed(request: HoldRequest, error: Exception) -> HoldAnswer:
    if isinstance(error, DomainError):
        return answers.refused(error, request)
    log.error("holds.failed", channel=request.body.channel, exc_info=error)
    return _busy(request)


def _busy(request: HoldRequest) -> HoldAnswer:
    return answers.refused(
        DomainError(
            code="busy",
            message="Nothing could be kept for the basket now; nothing was changed.",
            status=503,
            fix="Send the same again in a moment.",
            extra={"retry_after": 1},
        ),
        request,
    )


def _work(batch: Sequence[HoldRequest]) -> list[HoldAnswer]:
    return hold_baskets(batch, now=clock.now())


def _give_back_connection() -> None:
    connection.close()  # looked up here: each thread has its own


_rounds: Rounds[HoldRequest, HoldAnswer] = Rounds(
    name="hold-baskets",
    work=hold_round,
    marks=_marks,
    failed=_failed,
    busy=_busy,
    most=MOST_ROUNDS,
)

hold_door: GroupCommit[HoldRequest, HoldAnswer] = GroupCommit(
    _work,
    settings=getattr(settings, "CHALAND_GATHER", GatherSettings()),
    name="hold-baskets",
    idle=_give_back_connection,
)
"""Where all baskets of this process come in."""
