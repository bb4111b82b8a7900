"""The process of the feed benchmark that merges a file: it imports nothing before it is set up."""

import resource
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any


def merge(path: str, feed: str, as_of: datetime, lines: int, results: Any) -> None:
    """Merge a file once everything is loaded; answer with seconds and MB, or what failed."""
    import django

    django.setup()
    from django.db import connection, transaction

    from chaland.feeds import folders
    from chaland.feeds.operations import receive_file, work_next
    from chaland.feeds.types import FileReceipt
    from chaland.kernel import clock
    from chaland.kernel.actor import SYSTEM
    from chaland.network.queries import snapshot

    snapshot()
    connection.ensure_connection()
    started = time.perf_counter()
    with Path(path).open("rb") as stream:
        kept, sha256, size = folders.keep(stream, size=Path(path).stat().st_size)
    with transaction.atomic():
        run = receive_file(
            feed_code=feed,
            receipt=FileReceipt(
                path=str(kept), name=Path(path).name, sha256=sha256, size=size, as_of=as_of
            ),
            now=clock.now(),
            actor=SYSTEM,
        )
    done = work_next(clock=clock.now, number=run.number)
    seconds = time.perf_counter() - started
    if done is None or done.state != "done" or done.tally.read != lines or done.tally.quarantined:
        results.put(f"the file was not merged: {done}")
        return
    folders.put_away(done)
    tally = done.tally
    told = f"  {tally.applied} applied, {tally.unchanged} unchanged, {tally.duplicate} duplicate\n"
    sys.stderr.write(told)
    results.put((seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
