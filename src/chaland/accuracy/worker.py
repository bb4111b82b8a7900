"""The loop of the worker: the ledger is read, chances follow, and now and then a model is learned.

Also, counted lines that orders kept from being applied are tried again. Several workers may run it
side by side: who finds a row locked passes on.
"""

import threading

from django.db import close_old_connections, transaction

from chaland.accuracy.operations import (
    is_time_to_learn,
    learn_chances,
    read_ledger,
    retry_held,
    score_due,
)
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM

READ_SECONDS = 1.0
RETRY_EVERY = 5
LEARN_EVERY = 60
"""Rounds of reading between two looks at what is rarer."""

_MOST_AT_ONCE = 20
"""Batches of chances in one round: the others have to wait for the next."""


def start(stop: threading.Event) -> None:
    """Run until *stop* is set."""
    rounds = 0
    while not stop.wait(READ_SECONDS):
        close_old_connections()
        read_ledger()
        if rounds % LEARN_EVERY == 0 and is_time_to_learn(now=clock.now()):
            learn_chances(now=clock.now(), actor=SYSTEM)
        for _ in range(_MOST_AT_ONCE):
            if stop.is_set() or not score_due(now=clock.now()):
                break
        if rounds % RETRY_EVERY == 0:
            with transaction.atomic():
                retry_held(now=clock.now(), actor=SYSTEM)
        rounds += 1
