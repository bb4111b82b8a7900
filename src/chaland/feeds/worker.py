"""The loop of the worker: files are taken and merged, silence is noticed.

Several workers may run it side by side: a file is taken by one rename, a run by one claim.
"""

import threading

from django.db import close_old_connections

from chaland.feeds import folders
from chaland.feeds.operations import watch_silence, work_next
from chaland.kernel import clock

ROUND_SECONDS = 1.0
FOLDERS_EVERY = 5
SILENCE_EVERY = 30


def start(stop: threading.Event) -> None:
    """Run until *stop* is set; a run under way is left between two chunks, for the next worker."""
    rounds = 0
    while not stop.wait(ROUND_SECONDS):
        close_old_connections()
        if rounds % FOLDERS_EVERY == 0:
            folders.take_files(now=clock.now())
            for run in folders.left_behind():
                folders.put_away(run)
        if rounds % SILENCE_EVERY == 0:
            watch_silence(now=clock.now())
        while not stop.is_set() and (done := work_next(clock=clock.now, halt=stop.is_set)):
            folders.put_away(done)
        rounds += 1
