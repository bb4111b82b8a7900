"""Orders in, answers out: rounds are repeated until each order has its answer.

An order never suffers from its neighbours. When a round fails as a whole it is run again; when it
fails again, its halves are run apart, until the order at fault stands alone and is answered alone.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.conf import settings
from django.db import connection
from django.db.utils import DataError, IntegrityError

from chaland.journeys.place_orders import answers
from chaland.journeys.place_orders.gather import GatherSettings, GroupCommit
from chaland.journeys.place_orders.rounds import place_round
from chaland.journeys.place_orders.types import PlacementAnswer, PlacementRequest
from chaland.kernel import clock
from chaland.kernel.errors import DomainError

MOST_ROUNDS = 20
MOST_ATTEMPTS = 3
RETRY_SECONDS = 0.01

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Slot:
    """A request on its way to an answer."""

    request: PlacementRequest
    answer: PlacementAnswer | None = None


def place_orders(requests: Sequence[PlacementRequest], *, now: datetime) -> list[PlacementAnswer]:
    """Place orders in the order given; return one answer each, after the commit.

    Raises nothing for a bad order: it gets a refusal. The work of every answered order is durable.
    """
    slots = [_Slot(request) for request in requests]
    for _ in range(MOST_ROUNDS):
        waiting = _without_repeats([slot for slot in slots if slot.answer is None])
        if not waiting:
            break
        _run(waiting, now=now, attempt=1)
    return [slot.answer or _busy(slot.request) for slot in slots]


def _without_repeats(slots: Sequence[_Slot]) -> list[_Slot]:
    """Leave out what repeats an earlier number or key: it comes when that one is committed."""
    seen: set[tuple[str, ...]] = set()
    first = []
    for slot in slots:
        request = slot.request
        marks: set[tuple[str, ...]] = {("number", request.body.channel, request.body.external_id)}
        if request.idempotency_key is not None:
            marks.add(("key", request.actor.id, request.idempotency_key))
        if seen.isdisjoint(marks):
            first.append(slot)
        seen |= marks
    return first


def _run(slots: Sequence[_Slot], *, now: datetime, attempt: int) -> None:
    try:
        found = place_round([slot.request for slot in slots], now=now)
    except Exception as error:  # noqa: BLE001 - whatever one order does must stay with that order
        _run_again(slots, error, now=now, attempt=attempt)
        return
    for slot, answer in zip(slots, found, strict=True):
        slot.answer = answer


def _run_again(slots: Sequence[_Slot], error: Exception, *, now: datetime, attempt: int) -> None:
    """Try once more as it is, then apart; an order that fails alone is answered with its error."""
    if attempt < MOST_ATTEMPTS and not isinstance(error, DataError | IntegrityError):
        log.info("orders.round_again", orders=len(slots), error=repr(error), attempt=attempt)
        time.sleep(RETRY_SECONDS * attempt)
        _run(slots, now=now, attempt=attempt + 1)
    elif len(slots) > 1:
        middle = len(slots) // 2
        _run(slots[:middle], now=now, attempt=1)
        _run(slots[middle:], now=now, attempt=1)
    else:
        slots[0].answer = _failed(slots[0].request, error)


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
    try:
        return place_orders(batch, now=clock.now())
    finally:
        connection.close()  # back to the pool: a committer that waits for orders holds nothing


front_door: GroupCommit[PlacementRequest, PlacementAnswer] = GroupCommit(
    _work,
    settings=getattr(settings, "CHALAND_GATHER", GatherSettings()),
    name="place-orders",
)
"""Where all orders of this process come in, one by one or in bulk."""
