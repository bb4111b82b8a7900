"""Orders in, answers out: gathered into batches, worked on in rounds."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import structlog
from django.conf import settings
from django.db import connection
from django.db.utils import DataError, IntegrityError

from chaland.journeys.in_rounds import Rounds
from chaland.journeys.place_orders import answers
from chaland.journeys.place_orders.gather import GatherSettings, GroupCommit
from chaland.journeys.place_orders.rounds import place_round
from chaland.journeys.place_orders.types import PlacementAnswer, PlacementRequest
from chaland.kernel import clock
from chaland.kernel.errors import DomainError

MOST_ROUNDS = 20

log = structlog.get_logger(__name__)


def place_orders(requests: Sequence[PlacementRequest], *, now: datetime) -> list[PlacementAnswer]:
    """Place orders in the order given; return one answer each, after the commit.

    Raises nothing for a bad order: it gets a refusal. The work of every answered order is durable.
    """
    return _rounds.answer(requests, now=now)


def _marks(request: PlacementRequest) -> Iterator[tuple[str, ...]]:
    yield ("number", request.body.channel, request.body.external_id)
    if request.body.hold is not None:
        yield ("hold", request.body.hold)
    if request.idempotency_key is not None:
        yield ("key", request.actor.id, request.idempotency_key)


def _failed(request: PlacementRequest, error: Exception) -> PlacementAnswer:
    if isinstance(error, DomainError):
        return answers.refused(error, request)
    log.error(
        "orders.refused_by_database",
        channel=request.body.channel,
        external_id=request.body.external_id,
        exc_info=error,
    )
    if isinstance(error, DataError | IntegrityError):
        return answers.refused(
            DomainError(
                code="constraint_violated",
                message="The database refused this order; nothing was changed.",
                fix="Check amounts, texts and quantities; quote the request id to ask for help.",
            ),
            request,
        )
    return _busy(request)


def _busy(request: PlacementRequest) -> PlacementAnswer:
    return answers.refused(
        DomainError(
            code="busy",
            message="The order could not be placed now; nothing was changed.",
            status=503,
            fix="Send the same order again in a moment.",
            extra={"retry_after": 1},
        ),
        request,
    )


def _work(batch: Sequence[PlacementRequest]) -> list[PlacementAnswer]:
    return place_orders(batch, now=clock.now())


def _give_back_connection() -> None:
    connection.close()  # looked up here: each thread has its own


_rounds: Rounds[PlacementRequest, PlacementAnswer] = Rounds(
    name="place-orders",
    work=place_round,
    marks=_marks,
    failed=_failed,
    busy=_busy,
    most=MOST_ROUNDS,
)

front_door: GroupCommit[PlacementRequest, PlacementAnswer] = GroupCommit(
    _work,
    settings=getattr(settings, "CHALAND_GATHER", GatherSettings()),
    name="place-orders",
    idle=_give_back_connection,
)
"""Where all orders of this process come in, one by one or in bulk."""
