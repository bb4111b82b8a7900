"""What an unknown postal code has in common with known ones: the region it begins like."""

from collections.abc import Iterable
from itertools import takewhile

SHORTEST_PREFIX = 2
"""One shared digit says little: a tenth of a country."""


def covering_code(lookup: str, neighbours: Iterable[str]) -> str | None:
    """Return the known code that *lookup* only makes finer: ``1012`` for ``1012AB``; None if none.

    *neighbours* are the known codes just before and after it. The rest must begin with another kind
    of character than the known code ends with, or ``750011`` would be taken for ``75001``.
    """
    for known in neighbours:
        rest = lookup.removeprefix(known)
        if known and rest and len(rest) < len(lookup) and rest[0].isdigit() != known[-1].isdigit():
            return known
    return None


def known_prefix(lookup: str, neighbours: Iterable[str]) -> str | None:
    """Return the longest beginning of *lookup* that some known code has; None if it is too short.

    In a sorted list the longest is shared with one of the two *neighbours*.
    """
    length = max((_shared(lookup, known) for known in neighbours), default=0)
    return lookup[:length] if length >= SHORTEST_PREFIX else None


def _shared(one: str, other: str) -> int:
    """Return how many characters both begin with."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
