"""Notice promised moments that have passed, and tell of each once."""

from datetime import datetime

from django.db import transaction

from chaland.fulfilment import operations as fulfilment
from chaland.kernel.actor import SYSTEM


def watch_lateness(*, now: datetime) -> int:
    """Mark what has become late by *now*, in short transactions; return how many were found."""
    total = 0
    while True:
        with transaction.atomic():
            found = fulfilment.mark_late(now=now, actor=SYSTEM)
        total += found
        if not found:
            return total
