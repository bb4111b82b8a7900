"""Requests in, answers out: rounds are repeated until each request has its answer.

A request never suffers from its neighbours. When a round fails as a whole it is run again; when it
fails again, its halves are run apart, until the one at fault stands alone and is answered alone.
"""

import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import structlog
from django.db import connection
from django.db.utils import DataError, IntegrityError

MOST_ATTEMPTS = 3
RETRY_SECONDS = 0.01

log = structlog.get_logger(__name__)

Request = TypeVar("Request")
Answer = TypeVar("Answer")
_Request_contra = TypeVar("_Request_contra", contravariant=True)
_Answer_co = TypeVar("_Answer_co", covariant=True)


class Round(Protocol[_Request_contra, _Answer_co]):
    """Works on requests together, in one transaction; None marks what must be tried again."""

    def __call__(
        self, requests: Sequence[_Request_contra], *, now: datetime
    ) -> "Sequence[_Answer_co | None]":
        """Return what became of each request."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds(Generic[Request, Answer]):
    """How requests of one kind are worked on.

    Requests that share one of their ``marks`` never come into the same round: the later one waits
    until the earlier is committed. ``failed`` makes the answer of a request that fails alone,
    ``busy`` of one that still has none after ``most`` rounds.
    """

    name: str
    work: Round[Request, Answer]
    marks: Callable[[Request], Iterable[Hashable]]
    failed: Callable[[Request, Exception], Answer]
    busy: Callable[[Request], Answer]
    most: int

    def answer(self, requests: Sequence[Request], *, now: datetime) -> list[Answer]:
        """Return one answer each, after the commit, in the order given.

        Raises nothing for a bad request: it gets a refusal. All that is answered is durable.
        """
        slots: list[_Slot[Request, Answer]] = [_Slot(request) for request in requests]
        for _ in range(self.most):
            waiting = self._without_repeats([slot for slot in slots if slot.answer is None])
            if not waiting:
                break
            self._run(waiting, now=now, attempt=1)
        return [self.busy(slot.request) if slot.answer is None else slot.answer for slot in slots]

    def _without_repeats(
        self, slots: "Sequence[_Slot[Request, Answer]]"
    ) -> "list[_Slot[Request, Answer]]":
        """Leave out what repeats an earlier mark: it comes when that one is committed."""
        seen: set[Hashable] = set()
        first = []
        for slot in slots:
            marks = set(self.marks(slot.request))
            if seen.isdisjoint(marks):
                first.append(slot)
            seen |= marks
        return first

    def _run(
        self, slots: "Sequence[_Slot[Request, Answer]]", *, now: datetime, attempt: int
    ) -> None:
        try:
            found = self.work([slot.request for slot in slots], now=now)
        except Exception as error:  # noqa: BLE001 - whatever one does must stay with that one
            self._run_again(slots, error, now=now, attempt=attempt)
            return
        for slot, answer in zip(slots, found, strict=True):
            slot.answer = answer

    def _run_again(
        self,
        slots: "Sequence[_Slot[Request, Answer]]",
        error: Exception,
        *,
        now: datetime,
        attempt: int,
    ) -> None:
        """Try once more as it is, then apart; what fails alone is answered with its error."""
        if connection.errors_occurred and not connection.in_atomic_block:
            connection.close()  # it may be lost: the next attempt takes another
        if attempt < MOST_ATTEMPTS and not isinstance(error, DataError | IntegrityError):
            log.info(
                "round_again", work=self.name, size=len(slots), error=repr(error), attempt=attempt
            )
            time.sleep(RETRY_SECONDS * attempt)
            self._run(slots, now=now, attempt=attempt + 1)
        elif len(slots) > 1:
            middle = len(slots) // 2
            self._run(slots[:middle], now=now, attempt=1)
            self._run(slots[middle:], now=now, attempt=1)
        else:
            slots[0].answer = self.failed(slots[0].request, error)


@dataclass(slots=True)
class _Slot(Generic[Request, Answer]):
    """A request on its way to an answer."""

    request: Request
    answer: Answer | None = None
