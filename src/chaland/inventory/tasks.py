"""Upkeep of the table of holds, by Procrastinate."""

from procrastinate.contrib.django import app

from chaland.inventory.operations import HOLDS_KEPT_FOR, forget_holds
from chaland.kernel.clock import now


@app.periodic(cron="43 3 * * *")
@app.task(queueing_lock="inventory.forget_closed_holds")
def forget_closed_holds(timestamp: int) -> None:
    """Forget holds that ended long ago, every night; the ledger keeps their history."""
    del timestamp
    forget_holds(before=now() - HOLDS_KEPT_FOR)
