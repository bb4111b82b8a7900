"""The loop of the worker that learns from promises, and forgets the oldest of them."""

import threading
from datetime import timedelta

from django.conf import settings
from django.db import close_old_connections, connection, transaction

from chaland.kernel import clock
from chaland.promise.operations import forget_observations, learn_promises

LEARN_SECONDS = 3600.0
FIRST_SECONDS = 60.0
"""After a start, what happened meanwhile is learned soon."""


def start(stop: threading.Event) -> None:
    """Run until *stop* is set."""
    wait = FIRST_SECONDS
    while not stop.wait(wait):
        close_old_connections()
        now = clock.now()
        with transaction.atomic():
            learn_promises(now=now)
        forget_observations(before=now - timedelta(days=settings.CHALAND_PROMISE_RETENTION_DAYS))
        connection.close()  # back to the pool: a rest needs no connection
        wait = LEARN_SECONDS
