"""Send the steps of a replay in time order, many at once, and settle each of them."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from chaland.replay.account import settle
from chaland.replay.client import Api
from chaland.replay.journal import Journal
from chaland.replay.types import Answer, Outcome, PlannedCancellation, PlannedOrder, Step

MakeBody = Callable[[PlannedOrder], dict[str, Any]]


class Pace:
    """When each step is due: *speed_up* hours of the file an hour, or at once when it is None."""

    def __init__(self, speed_up: float | None, stop: threading.Event) -> None:
        self._speed_up = speed_up
        self._stop = stop
        self._file_start: datetime | None = None
        self._wall_start = time.monotonic()

    def wait_for(self, at: datetime | None, *, at_most: float) -> bool:
        """Wait up to *at_most* seconds until *at* is due; tell whether it is."""
        if self._speed_up is None or at is None:
            return True
        if self._file_start is None:
            self._file_start = at
        due = (at - self._file_start).total_seconds() / self._speed_up
        left = due - (time.monotonic() - self._wall_start)
        if left > 0:
            self._stop.wait(min(left, at_most))
        return left <= at_most


class Runner:
    """Send steps window by window: the orders of a window side by side, then its cancellations."""

    def __init__(
        self,
        *,
        api: Api,
        journal: Journal,
        make_body: MakeBody,
        pace: Pace,
        stop: threading.Event,
        concurrency: int,
        orders_per_request: int,
    ) -> None:
        self._api = api
        self._journal = journal
        self._make_body = make_body
        self._pace = pace
        self._stop = stop
        self._orders_per_request = orders_per_request
        self._window = concurrency * orders_per_request
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix="replay")
        self._order_ids: dict[str, str] = {}

    def run(self, steps: Sequence[Step]) -> Iterator[list[Outcome]]:
        """Yield the outcomes of each window once they are settled and in the journal.

        What the journal had is yielded first and not sent again. Ends early when stopped. Raises
        ReplayError when the server cannot be used; the journal then holds all that was settled.
        """
        resumed = [self._journal.outcomes[step.invoice] for step in steps if self._known(step)]
        for outcome in resumed:
            self._remember(outcome)
        if resumed:
            yield resumed
        with self._pool:
            for window in self._windows([step for step in steps if not self._known(step)]):
                outcomes = self._settle(window)
                self._journal.record(outcomes)
                yield outcomes

    def _known(self, step: Step) -> bool:
        return step.invoice in self._journal.outcomes

    def _windows(self, steps: Iterable[Step]) -> Iterator[list[Step]]:
        window: list[Step] = []
        size = 0
        for step in steps:
            while window and not self._pace.wait_for(step.at, at_most=0.05):
                yield window
                window, size = [], 0
            while not self._stop.is_set() and not self._pace.wait_for(step.at, at_most=1.0):
                pass
            if self._stop.is_set():
                break
            window.append(step)
            size += len(step.orders) + len(step.cancellations)
            if size >= self._window:
                yield window
                window, size = [], 0
        if window and not self._stop.is_set():
            yield window

    def _settle(self, window: Sequence[Step]) -> list[Outcome]:
        orders = self._place([order for step in window for order in step.orders])
        for external_id, answer in orders.items():
            if answer.order_id is not None:
                self._order_ids[external_id] = answer.order_id
        cancellations = self._cancel([item for step in window for item in step.cancellations])
        return [settle(step, orders, cancellations) for step in window]

    def _place(self, orders: Sequence[PlannedOrder]) -> dict[str, Answer]:
        size = self._orders_per_request
        requests = [orders[start : start + size] for start in range(0, len(orders), size)]
        bodies = ([self._make_body(order) for order in request] for request in requests)
        answers = self._pool.map(self._api.place, bodies)
        return {
            order.external_id: answer
            for request, given in zip(requests, answers, strict=True)
            for order, answer in zip(request, given, strict=True)
        }

    def _cancel(self, cancellations: Sequence[PlannedCancellation]) -> dict[str, Answer]:
        answers = self._pool.map(self._cancel_one, cancellations)
        return {item.key: answer for item, answer in zip(cancellations, answers, strict=True)}

    def _cancel_one(self, cancellation: PlannedCancellation) -> Answer:
        order_id = self._order_ids.get(cancellation.external_id)
        if order_id is None:
            return Answer("rejected", reason="matched_order_was_rejected")
        if self._journal.cancelled.get(cancellation.key) == order_id:
            return Answer("duplicate", order_id)
        return self._api.cancel(cancellation, order_id)

    def _remember(self, outcome: Outcome) -> None:
        self._order_ids.update(outcome.order_ids)
