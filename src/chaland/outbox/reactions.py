"""How rooms above hear events: a registry that their ``reactions`` modules fill.

::

    @on("order.placed", "order.cancelled")
    def count_sales(events: Sequence[EventRecord], *, now: datetime) -> None: ...

The worker calls a handler with new events of these types, in order inside each stream, in a
transaction that also remembers how far it came. It may be called again with the same events:
handlers are idempotent. A new handler starts with the first event ever.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from chaland.outbox.operations.reading import Reactor
from chaland.outbox.types import EventRecord


class Handler(Protocol):
    """What is called with new events."""

    def __call__(self, events: Sequence[EventRecord], *, now: datetime) -> None:
        """Do what follows from the events."""


Decorated = TypeVar("Decorated", bound=Handler)

_handlers: dict[str, Reactor] = {}


def on(*types: str, name: str = "") -> Callable[[Decorated], Decorated]:
    """Call the function with events of these *types* (names or prefixes such as ``order.*``).

    *name* is under which its progress is kept; by default its module and name, so renaming a
    function without giving the old name makes it start over. Raises ValueError when the name is
    taken.
    """

    def register(handler: Decorated) -> Decorated:
        module = getattr(handler, "__module__", "")
        key = name or f"{module}.{getattr(handler, '__name__', handler)}".removeprefix("chaland.")
        if key in _handlers:
            message = f"two reactions are called {key}"
            raise ValueError(message)
        _handlers[key] = Reactor(types=types, run=handler)
        return handler

    return register


def handlers() -> dict[str, Reactor]:
    """Return every registered handler by name."""
    return dict(_handlers)
