"""The loop of the worker: counted lines that orders kept from being applied are tried again."""

import threading

from django.db import close_old_connections, transaction

from chaland.accuracy.operations import retry_held
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM

RETRY_SECONDS = 5.0


def start(stop: threading.Event) -> None:
    """Run until *stop* is set."""
    while not stop.wait(RETRY_SECONDS):
        close_old_connections()
        with transaction.atomic():
            retry_held(now=clock.now(), actor=SYSTEM)
