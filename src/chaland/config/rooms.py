"""Which rooms the house has, top to bottom, and how each one is found.

A room is a package `chaland.<room>`. Adding one needs no edit here beyond its name in `ROOMS`;
what it brings is found by the name of its modules:

==============================  ===================================================================
module                          what is done with it
==============================  ===================================================================
`chaland.<room>.apps`           the room has tables, templates or translations: it is a Django app
                                whose label is the room's name
`chaland.<room>.api`            `router: ninja.Router` is mounted under `/api/v1`, at the optional
                                `prefix: str` (default: none); a room with several offers
                                `routers: list[tuple[prefix, Router]]` instead;
                                `quick_routes` and `quick_readers` are answered without Django
                                (see `web.quick`)
`chaland.<room>.urls`           `urlpatterns` are mounted at the site's root, so a pattern carries
                                its own first segment (`console/…`, `store/…`, `t/…`)
`chaland.<room>.commands`       `register(app: typer.Typer) -> None` adds commands to `chaland`
`chaland.<room>.worker`         `start(stop: threading.Event) -> None` runs in a thread of
                                `chaland worker` until `stop` is set
`chaland.<room>.tasks`          Procrastinate tasks, imported when Django starts
`chaland.<room>.reactions`      event handlers, imported when Django starts
==============================  ===================================================================
"""

import importlib
import importlib.util
from collections.abc import Iterator
from functools import cache
from types import ModuleType

ROOMS = (
    "console",
    "store",
    "tracking",
    "demo",
    "replay",
    "connectors",
    "lab",
    "journeys",
    "insights",
    "settlement",
    "returns",
    "fulfilment",
    "orders",
    "payments",
    "sourcing",
    "promise",
    "backorders",
    "availability",
    "accuracy",
    "feeds",
    "inventory",
    "catalog",
    "customers",
    "network",
    "access",
    "outbox",
    "web",
    "database",
)
"""Every room's name, in dependency order: a room may call those after it."""


@cache
def has_module(room: str, name: str) -> bool:
    """Say whether `chaland.<room>.<name>` exists, without importing it."""
    if importlib.util.find_spec(f"chaland.{room}") is None:
        return False
    return importlib.util.find_spec(f"chaland.{room}.{name}") is not None


def rooms_with(name: str) -> list[str]:
    """Name the rooms that have a module called `name`, top to bottom."""
    return [room for room in ROOMS if has_module(room, name)]


def modules(name: str) -> Iterator[tuple[str, ModuleType]]:
    """Import and yield `(room, module)` for each room that has a module called `name`."""
    for room in rooms_with(name):
        yield room, importlib.import_module(f"chaland.{room}.{name}")
