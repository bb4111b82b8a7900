"""The loop of the worker: runs are lived through one after the other.

Several workers may run it side by side: a run is taken by one claim.
"""

import threading

from django.db import close_old_connections, connection

from chaland.kernel import clock
from chaland.lab.operations import work_next

ROUND_SECONDS = 2.0


def start(stop: threading.Event) -> None:
    """Run until *stop* is set; a run under way is put aside, for the next worker."""
    while not stop.wait(ROUND_SECONDS):
        close_old_connections()
        while not stop.is_set() and work_next(clock=clock.now, halt=stop.is_set):
            pass
        connection.close()  # back to the pool: a rest needs no connection
