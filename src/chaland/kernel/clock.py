"""The only place that asks the operating system what time it is.

Interfaces (HTTP, command line, worker) call ``now()`` once and hand the value down; rules and
operations take it as a parameter, so that every decision can be made again exactly.
"""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment, in UTC and with its offset."""
    return datetime.now(UTC)
