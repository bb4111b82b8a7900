"""A feed of which every address has something to show."""

import io
from datetime import datetime

from django.db import transaction

from chaland.feeds import folders, operations
from chaland.feeds.types import FeedDraft, FeedMode, FileReceipt, Hearing, LineDraft
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM
from chaland.kernel.ids import to_public


def make_feed() -> dict[str, str]:
    """Make a feed with a line in quarantine, a file that waits, and a comparison that differs.

    Returns the ids by the names of parameters of addresses.
    """
    now = clock.now()
    draft = FeedDraft(code="erp", name="ERP", mode=FeedMode.COUNT, hearing=Hearing.EVENTS)
    lost = [LineDraft(sku="GHOST", location="WH", quantity=1)]
    with transaction.atomic():
        operations.save_feed(draft=draft, now=now, actor=SYSTEM)
        operations.receive_lines(
            feed_code="erp", lines=lost, as_of=now, acknowledged_to=None, now=now, actor=SYSTEM
        )
    return {
        "feed": "erp",
        "reconciliation": _send(now, compare=True),
        "run_id": _send(now, compare=False),
    }


def _send(now: datetime, *, compare: bool) -> str:
    """Send a file, and let it be compared at once if it is for that; return its run."""
    text = io.BytesIO(b"sku;location;quantity\nTABLE;WH;3\n")
    path, sha256, size = folders.keep(text, size=None)
    receipt = FileReceipt(
        path=str(path), name="stock.csv", sha256=sha256, size=size, as_of=now, compare=compare
    )
    with transaction.atomic():
        run = operations.receive_file(feed_code="erp", receipt=receipt, now=now, actor=SYSTEM)
    if compare:
        operations.work_next(clock=clock.now, number=run.number)
    path.unlink()
    return to_public("run", run.id)
