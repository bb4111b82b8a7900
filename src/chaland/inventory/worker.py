"""The loop of the worker: holds whose time is over are closed, each second.

They are found by a partial index of open holds; most seconds find none. However many workers run,
one at a time does it.
"""

import threading

import structlog
from django.db import DatabaseError, close_old_connections, transaction

from chaland.inventory.operations import expire_holds
from chaland.kernel import clock

EXPIRY_SECONDS = 1.0
MOST_AT_ONCE = 500

log = structlog.get_logger(__name__)


def start(stop: threading.Event) -> None:
    """Run until *stop* is set; what fails is tried again a second later."""
    while not stop.wait(EXPIRY_SECONDS):
        close_old_connections()
        try:
            _expire(stop)
        except DatabaseError as error:
            log.warning("holds.expiry_failed", error=repr(error))


def _expire(stop: threading.Event) -> None:
    """Close everything that is due now, batch by batch, so that no lock is held for long."""
    done = MOST_AT_ONCE
    while done == MOST_AT_ONCE and not stop.is_set():
        with transaction.atomic():
            done = expire_holds(now=clock.now(), limit=MOST_AT_ONCE)
