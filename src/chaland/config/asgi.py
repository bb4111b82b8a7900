"""The application that the server loads: quick routes first, everything else through Django.

Django stays synchronous (its transactions are): its requests run in threads. Only routes that the
rooms list in ``quick_routes`` of their ``api`` module, each measured to need it, are answered by a
coroutine that holds no thread while it waits.
"""

import gc
from typing import Any, cast

from a2wsgi import WSGIMiddleware

from chaland.config.wsgi import application as django_application

# Django is set up by the import above.
from chaland.config import environment, rooms  # isort: skip
from chaland.web.quick import QuickReader, QuickRoute, QuickRoutes  # isort: skip


def quick_routes() -> dict[tuple[str, str], QuickRoute]:
    """Gather the quick routes of all rooms, by method and path."""
    found: dict[tuple[str, str], QuickRoute] = {}
    for _, module in rooms.modules("api"):
        found.update(getattr(module, "quick_routes", {}))
    return found


def quick_readers() -> dict[str, QuickReader]:
    """Gather the quick answers to GETs of all rooms, by path."""
    found: dict[str, QuickReader] = {}
    for _, module in rooms.modules("api"):
        found.update(getattr(module, "quick_readers", {}))
    return found


# The adapter describes WSGI and ASGI by types of its own, as Django does by others.
_in_threads: Any = WSGIMiddleware(
    cast("Any", django_application), workers=environment.number("CHALAND_THREADS", 64, least=1)
)


async def _otherwise(scope: Any, receive: Any, send: Any) -> None:
    """Answer through Django, with the body read by a coroutine.

    The adapter hands what ``receive`` returns to the loop from another thread, which takes
    coroutines only; the server's own is some other awaitable.
    """

    async def received() -> Any:
        return await receive()

    await _in_threads(scope, received, send)


# Everything loaded so far lives as long as the process: the collector need not look at it again,
# and the thousands of small objects of a batch of orders are no reason to search for cycles.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)

application = QuickRoutes(quick_routes(), readers=quick_readers(), otherwise=_otherwise)
