"""Tell sites to start when the moment has come."""

from datetime import datetime

from django.db import transaction

from chaland.fulfilment import operations as fulfilment
from chaland.kernel.actor import SYSTEM


def release_due(*, now: datetime) -> int:
    """Release everything that is due by *now*, in short transactions; return how many were."""
    total = 0
    while True:
        with transaction.atomic():
            released = fulfilment.release_due(now=now, actor=SYSTEM)
        total += released
        if not released:
            return total
