"""Promises kept, as shares with their bounds."""

from collections import defaultdict
from collections.abc import Iterable
from math import sqrt

from chaland.promise.types import KeptPromises

Row = tuple[str, str, int, int, float]
"""What it is grouped by, the group, promises, kept ones, the mean chance that was told."""

MOST_GROUPS = 50
_DEVIATIONS = 1.96
_BY_NAME = frozenset({"level", "week"})


def bounds(kept: int, promises: int) -> tuple[float, float]:
    """Return where the true share lies with 95 % (Wilson 1927, *JASA* 22, 209-212)."""
    z2 = _DEVIATIONS**2
    share = kept / promises
    middle = (share + z2 / (2 * promises)) / (1 + z2 / promises)
    spread = sqrt(share * (1 - share) / promises + z2 / (4 * promises**2))
    half = _DEVIATIONS * spread / (1 + z2 / promises)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def grouped(rows: Iterable[Row]) -> dict[str, tuple[KeptPromises, ...]]:
    """Return the groups of each kind: levels and weeks in order, others the largest first."""
    found: dict[str, list[KeptPromises]] = defaultdict(list)
    for kind, key, promises, kept, told in rows:
        lowest, highest = bounds(kept, promises)
        item = KeptPromises(
            key=key, promises=promises, kept=kept, told=told, lowest=lowest, highest=highest
        )
        if key or kind == "whole":
            found[kind].append(item)
    return {
        kind: tuple(sorted(items, key=lambda item: item.key))
        if kind in _BY_NAME
        else tuple(sorted(items, key=lambda item: (-item.promises, item.key))[:MOST_GROUPS])
        for kind, items in found.items()
    }
