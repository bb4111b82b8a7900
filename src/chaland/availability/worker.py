"""The loop of the worker: what channels may sell is told as it changes.

Any number of workers may run it: a channel is told of by the one that holds its lock.
"""

import threading

from django.db import close_old_connections, connection

from chaland.availability import following
from chaland.availability.operations import publish_channel
from chaland.kernel import clock
from chaland.network.queries import snapshot

LOOK_SECONDS = 0.25


def start(stop: threading.Event) -> None:
    """Run until *stop* is set; ring-fences are followed in a thread of their own."""
    fences = threading.Thread(target=following.start, args=(stop,), name="ring-fences")
    fences.start()
    while not stop.wait(LOOK_SECONDS):
        close_old_connections()
        for channel in snapshot().channels.values():
            if channel.active and not stop.is_set():
                publish_channel(channel=channel, now=clock.now())
        connection.close()
    fences.join()
