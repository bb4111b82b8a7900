"""The loop of the worker: what is due is released or takes force, what is late is noticed.

All look for work by a partial index and find nothing most of the time, so a loop of a second costs
less than a queued job each time, and several workers may run it side by side: rows are locked,
looked at again, and passed over when another worker was faster.
"""

import threading

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections

from chaland.journeys.activate_planned import activate_planned
from chaland.journeys.nothing_fits import serve_waiting
from chaland.journeys.release_due import release_due
from chaland.journeys.reoptimise import reoptimise_alone, switched_on
from chaland.journeys.watch_lateness import watch_lateness
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM

logger = structlog.get_logger(__name__)

RELEASE_SECONDS = 1.0
LATENESS_EVERY = 15
"""Lateness is looked at once in so many rounds."""


def start(stop: threading.Event) -> None:
    """Run until *stop* is set."""
    # A joint choice takes seconds, in which releases must not wait.
    beside = threading.Thread(target=_reoptimise, args=(stop,), name="reoptimise", daemon=True)
    beside.start()
    rounds = 0
    while not stop.wait(RELEASE_SECONDS):
        close_old_connections()
        release_due(now=clock.now())
        if rounds % LATENESS_EVERY == 0:
            watch_lateness(now=clock.now())
            activate_planned(now=clock.now())
            serve_waiting(now=clock.now())
        rounds += 1
    beside.join()


def _reoptimise(stop: threading.Event) -> None:
    """Assign the orders that wait together, now and then, until *stop* is set."""
    how = switched_on()
    if how is None:
        return
    while not stop.wait(settings.CHALAND_REOPTIMISE_EVERY):
        close_old_connections()
        try:
            reoptimise_alone(how, now=clock.now(), actor=SYSTEM)
        except DatabaseError:
            # The other loop meets the same trouble and says so; orders simply stay as they are.
            logger.exception("reoptimise_failed")
    connections.close_all()
