"""When to try again, who wants which event, and which addresses may be called."""

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from chaland.kernel.errors import FieldProblem

RETRIES = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=6),
    timedelta(hours=8),
)
"""How long to wait after each failure: eleven tries over a day."""

JITTER = 0.2
SHORTEST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=1)
LONGEST_RETRY_AFTER = timedelta(hours=24)
DISABLED_AFTER = timedelta(days=5)
LONGEST_URL = 2000
HIGHEST_EVENT_TYPES = 50

HIGHEST_NUMBER = 2**63 - 1

_SNAPSHOT = re.compile(r"([1-9][0-9]{0,17}):([1-9][0-9]{0,17}):((?:[1-9][0-9]{0,17},?)*)")
_EVENT_TYPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*(\.\*)?")
_EMBEDDED_IPV4 = (IPv6Network("64:ff9b::/96"), IPv6Network("2002::/16"), IPv6Network("::/96"))
_LAST_32_BITS = 0xFFFF_FFFF


def retry_delay(failures: int, draw: float, *, asked: timedelta | None = None) -> timedelta | None:
    """Return how long to wait after the failure number *failures* (from 1); None to give up.

    *draw* is a random number from 0 to 1, which spreads retries by a fifth to both sides, so that
    what failed together is not sent again together. *asked* is what the receiver wants
    (``Retry-After``).
    """
    if failures > len(RETRIES):
        return None
    delay = RETRIES[failures - 1] * (1 + JITTER * (2 * draw - 1))
    if asked is None:
        return delay
    return max(delay, min(asked, LONGEST_RETRY_AFTER))


def endpoint_pause(failing_for: timedelta) -> timedelta:
    """Return for how long to leave an endpoint alone that has failed for that long."""
    return min(max(failing_for / 4, SHORTEST_PAUSE), LONGEST_PAUSE)


def like_patterns(event_types: Iterable[str]) -> list[str]:
    """Return the list as patterns of SQL's LIKE."""
    escaped = (wanted.replace("_", r"\_") for wanted in event_types)
    return [wanted[:-1] + "%" if wanted.endswith(".*") else wanted for wanted in escaped]


def is_snapshot(text: str) -> bool:
    """Tell whether PostgreSQL takes *text* as a snapshot: ``xmin:xmax:running,…``, ascending."""
    match = _SNAPSHOT.fullmatch(text)
    if match is None:
        return False
    lowest, above = int(match[1]), int(match[2])
    if match[3].endswith(","):
        return False
    running = [int(number) for number in match[3].split(",")] if match[3] else []
    inside = all(lowest <= number < above for number in running)
    return lowest <= above and inside and running == sorted(set(running))


def event_type_problems(event_types: Sequence[str], *, field: str) -> list[FieldProblem]:
    """Return what is wrong with a list of event types."""
    return [
        FieldProblem(
            field=f"{field}[{index}]",
            code="invalid_event_type",
            message=f"{wanted!r} is not the name of an event type",
            fix="Send a name such as order.placed, or a prefix such as order.*",
        )
        for index, wanted in enumerate(event_types)
        if not _EVENT_TYPE.fullmatch(wanted)
    ]


def url_problem(url: str, *, allow_private: bool) -> str | None:
    """Return what is wrong with an endpoint's address, None when nothing is.

    Only https, unless private addresses are allowed (tests and demonstrations). What a name
    resolves to is checked at each delivery, since it may change.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is not an address"
    hostname = parts.hostname or ""
    problems = (
        (
            parts.scheme not in ({"https", "http"} if allow_private else {"https"}),
            "does not start with https://",
        ),
        (not hostname or port == 0, "names no host"),
        ("@" in parts.netloc, "holds a user name or password"),
        (not url.isascii() or not url.isprintable() or " " in url, "holds unencoded characters"),
        (not allow_private and _is_private_host(hostname), "names a host of the inner network"),
    )
    return next((problem for wrong, problem in problems if wrong), None)


def _is_private_host(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal"))
    return not is_public(address)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address lies on the public internet, an IPv4 one in disguise included."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in network for network in _EMBEDDED_IPV4):
            return False
    return address.is_global and not address.is_multicast
