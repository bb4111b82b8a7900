"""Let a server's worker process end with the process that started it.

When the main process is killed without warning, its workers would go on listening on the same port,
beside those of the server that is started next, and answer some of its requests.
"""

import os
import threading
import time

PARENT = "CHALAND_SERVER_PID"
LOOK_EVERY_SECONDS = 0.25


def announce_parent() -> None:
    """Say in the environment that this process is the one that workers must not outlive."""
    os.environ[PARENT] = str(os.getpid())


def end_with_parent() -> None:
    """In a worker of a server: end at once when the server's main process is gone."""
    if os.environ.get(PARENT) == str(os.getppid()):
        threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY_SECONDS)
    # No last words: it is the same power cut, and no answer is given before its commit.
    os._exit(1)
