"""How often one key may ask, per process: a bucket that refills evenly."""

import math
import threading
import time

from django.conf import settings

from chaland.kernel.errors import DomainError

DEFAULT_PER_MINUTE = 120_000

_lock = threading.Lock()
_free_at: dict[str, float] = {}


def check_rate(principal: str) -> None:
    """Count one request of *principal*.

    The generic cell rate algorithm: each request pushes the moment at which the principal's bucket
    is empty again by one interval, and a whole minute's worth may be asked at once. Raises
    DomainError (429 ``rate_limited``), which says after how many seconds to try again.
    ``CHALAND_RATE_PER_MINUTE`` in the settings changes the rate; 0 lifts it.
    """
    per_minute = getattr(settings, "CHALAND_RATE_PER_MINUTE", DEFAULT_PER_MINUTE)
    if not per_minute:
        return
    now = time.monotonic()
    interval = 60.0 / per_minute
    with _lock:
        free_at = max(_free_at.get(principal, now), now) + interval
        wait = free_at - now - 60.0
        if wait <= 0:
            _free_at[principal] = free_at
            return
    seconds = math.ceil(wait)
    raise DomainError(
        code="rate_limited",
        message=f"This key may send {per_minute} requests a minute.",
        status=429,
        fix=f"Try again after {seconds} s, and spread your requests.",
        extra={"retry_after": seconds},
    )


def forget_rates() -> None:
    """Start counting anew."""
    with _lock:
        _free_at.clear()
