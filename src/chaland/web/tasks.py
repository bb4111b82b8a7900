"""Upkeep of the table of answers, by Procrastinate."""

from datetime import timedelta

from procrastinate.contrib.django import app

from chaland.kernel.clock import now
from chaland.web.idempotency import purge

KEPT = timedelta(hours=48)
"""The interface promises 24 hours; a weekend's retries need not be cut short at the minute."""


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="web.forget_answers")
def forget_answers(timestamp: int) -> None:
    """Forget old answers, every hour."""
    del timestamp
    purge(before=now() - KEPT)
