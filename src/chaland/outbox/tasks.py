"""Upkeep of the delivery log, by Procrastinate."""

from datetime import timedelta

from procrastinate.contrib.django import app

from chaland.kernel.clock import now
from chaland.outbox.operations import purge_deliveries

KEPT = timedelta(days=30)
AT_ONCE = 10_000


@app.periodic(cron="23 * * * *")
@app.task(queueing_lock="outbox.forget_deliveries")
def forget_deliveries(timestamp: int) -> None:
    """Forget deliveries that ended a month ago, every hour, in portions."""
    del timestamp
    before = now() - KEPT
    while purge_deliveries(before=before, limit=AT_ONCE) == AT_ONCE:
        continue
