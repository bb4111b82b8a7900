"""The loop of the worker: holds whose time is over are closed each second, lots each minute.

Both are found by partial indexes; most rounds find none. However many workers run, one at a time
does it.
"""

import threading

import structlog
from django.db import DatabaseError, close_old_connections, transaction

from chaland.inventory.operations import (
    expire_holds,
    expire_lots,
    forget_unfollowed,
    reconcile_overfull_lots,
)
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM

EXPIRY_SECONDS = 1.0
LOTS_EVERY = 60
"""Rounds from one look at the lots to the next."""

MOST_AT_ONCE = 500

log = structlog.get_logger(__name__)


def start(stop: threading.Event) -> None:
    """Run until *stop* is set; what fails is tried again a second later."""
    rounds = 0
    while not stop.wait(EXPIRY_SECONDS):
        close_old_connections()
        try:
            _expire(stop)
            if rounds % LOTS_EVERY == 0:
                _look_at_lots(stop)
        except DatabaseError as error:
            log.warning("holds.expiry_failed", error=repr(error))
        rounds += 1


def _look_at_lots(stop: threading.Event) -> None:
    """Take expired units out of sale, and from lots what counts did not find."""
    done = 1
    while done and not stop.is_set():
        with transaction.atomic():
            done = expire_lots(now=clock.now(), actor=SYSTEM, limit=MOST_AT_ONCE)
    with transaction.atomic():
        forget_unfollowed(now=clock.now(), actor=SYSTEM, limit=MOST_AT_ONCE)
    with transaction.atomic():
        reconcile_overfull_lots(now=clock.now(), actor=SYSTEM, limit=MOST_AT_ONCE)


def _expire(stop: threading.Event) -> None:
    """Close everything that is due now, batch by batch, so that no lock is held for long."""
    done = MOST_AT_ONCE
    while done == MOST_AT_ONCE and not stop.is_set():
        with transaction.atomic():
            done = expire_holds(now=clock.now(), limit=MOST_AT_ONCE)
