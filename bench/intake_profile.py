"""Where the server's processor time goes while a batch of orders is decided and written."""

import cProfile
import itertools
import pstats
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chaland.journeys.place_orders.body import OrderBody
from chaland.journeys.place_orders.requests import placement_request
from chaland.journeys.place_orders.service import place_orders
from chaland.kernel import clock
from chaland.kernel.actor import SYSTEM

BATCHES = 20
BATCH = 64


def shares_by_room(next_body: Callable[[], dict[str, Any]]) -> dict[str, float]:
    """Place batches in this process under the profiler; return each part's share of its own time.

    Parts are the rooms of Chaland, libraries, ``python`` for the rest of the interpreter, and
    ``waiting for PostgreSQL``. The profiler makes calls dearer than they are: read the shares as a
    map, not as a measurement.
    """
    numbers = itertools.count(1)
    profile = cProfile.Profile()
    for number in range(BATCHES):
        bodies = [next_body() for _ in range(BATCH)]
        for body in bodies:
            body["external_id"] = f"PROFILE-{next(numbers)}"
        if number >= BATCHES // 4:  # the first ones fill the caches
            profile.enable()
        requests = [
            placement_request(OrderBody.model_validate(body), actor=SYSTEM) for body in bodies
        ]
        answers = place_orders(requests, now=clock.now())
        profile.disable()
        if any(answer.refused for answer in answers):
            raise AssertionError("the profile's orders were refused")
    return _shares(pstats.Stats(profile))


def _shares(stats: pstats.Stats) -> dict[str, float]:
    by_part: dict[str, float] = defaultdict(float)
    calls: dict[tuple[str, int, str], tuple[Any, ...]] = stats.stats  # type: ignore[attr-defined]
    for (path, _line, function), (_, _, own_seconds, _, _) in calls.items():
        by_part[_part_of(path, function)] += own_seconds
    total = sum(by_part.values())
    ordered = sorted(by_part.items(), key=lambda item: -item[1])
    return {part: seconds / total for part, seconds in ordered}


def _part_of(path: str, function: str) -> str:
    parts = Path(path).parts
    if "chaland" in parts and "src" in parts:
        return parts[parts.index("chaland", parts.index("src")) + 1]
    if "site-packages" in parts:
        library = parts[parts.index("site-packages") + 1]
        waits = library == "psycopg" and function in {"wait", "_exec_command"}
        return "waiting for PostgreSQL" if waits else library
    return "python"
