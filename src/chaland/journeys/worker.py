"""The loops of the worker: what is due is released, what is late is noticed; beside it, planning.

All of the first look for work by a partial index and find nothing most of the time, so a loop of a
second costs less than a queued job each time, and several workers may run it side by side: rows are
locked, looked at again, and passed over when another worker was faster. The joint choice for the
orders that wait, and the prices of scarce stock, have threads of their own, because they take
seconds, and what is due must not wait for them.
"""

import threading
from collections.abc import Callable
from functools import partial

import structlog
from django.conf import settings
from django.db import close_old_connections, connections

from chaland.journeys.activate_planned import activate_planned
from chaland.journeys.nothing_fits import serve_waiting
from chaland.journeys.price_scarcity import EVERY, is_time_to_price, price_scarcity
from chaland.journeys.release_due import release_due
from chaland.journeys.reoptimise import Reoptimising, reoptimise_alone, switched_on
from chaland.journeys.time_out_unanswered import time_out_unanswered
from chaland.journeys.watch_lateness import watch_lateness
from chaland.journeys.watch_promises import watch_promises
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM

logger = structlog.get_logger(__name__)

RELEASE_SECONDS = 1.0
LATENESS_EVERY = 15
"""Lateness is looked at once in so many rounds."""


def start(stop: threading.Event) -> None:
    """Run until *stop* is set."""
    ended = threading.Event()
    beside = [
        threading.Thread(target=_beside, args=(ended, seconds, step), name=name, daemon=True)
        for name, seconds, step in _planning()
    ]
    for thread in beside:
        thread.start()
    rounds = 0
    try:
        while not stop.wait(RELEASE_SECONDS):
            close_old_connections()
            release_due(now=clock.now())
            if rounds % LATENESS_EVERY == 0:
                watch_lateness(now=clock.now())
                activate_planned(now=clock.now())
                time_out_unanswered(now=clock.now())
                watch_promises(now=clock.now())
                serve_waiting(now=clock.now())
            rounds += 1
    finally:
        ended.set()
        for thread in beside:
            thread.join()


def _planning() -> list[tuple[str, float, Callable[[], object]]]:
    """Return what runs beside: its name, the seconds between two rounds, and one round."""
    planning: list[tuple[str, float, Callable[[], object]]] = [
        ("price_scarcity", EVERY.total_seconds(), _price)
    ]
    how = switched_on()
    if how is not None:
        step = partial(_reoptimise, how)
        planning.append(("reoptimise", settings.CHALAND_REOPTIMISE_EVERY, step))
    return planning


def _beside(ended: threading.Event, seconds: float, step: Callable[[], object]) -> None:
    """Do one round now and then, until *ended* is set."""
    while not ended.wait(seconds):
        close_old_connections()
        try:
            step()
        except Exception:
            # What is planned here only makes better what is good already: whatever went wrong, all
            # stays as it is, and it is tried again.
            logger.exception("planning_failed", planning=threading.current_thread().name)
        finally:
            connections.close_all()  # a rest needs no connection


def _reoptimise(how: Reoptimising) -> None:
    reoptimise_alone(how, now=clock.now(), actor=SYSTEM)


def _price() -> None:
    if is_time_to_price(now=clock.now()):
        price_scarcity(now=clock.now())
