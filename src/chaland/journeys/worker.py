"""The loop of the worker: what is due is released or takes force, what is late is noticed.

All look for work by a partial index and find nothing most of the time, so a loop of a second costs
less than a queued job each time, and several workers may run it side by side: rows are locked,
looked at again, and passed over when another worker was faster.
"""

import threading

from django.db import close_old_connections

from chaland.journeys.activate_planned import activate_planned
from chaland.journeys.release_due import release_due
from chaland.journeys.watch_lateness import watch_lateness
from chaland.kernel import clock

RELEASE_SECONDS = 1.0
LATENESS_EVERY = 15
"""Lateness is looked at once in so many rounds."""


def start(stop: threading.Event) -> None:
    """Run until *stop* is set."""
    rounds = 0
    while not stop.wait(RELEASE_SECONDS):
        close_old_connections()
        release_due(now=clock.now())
        if rounds % LATENESS_EVERY == 0:
            watch_lateness(now=clock.now())
            activate_planned(now=clock.now())
        rounds += 1
