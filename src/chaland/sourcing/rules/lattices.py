"""Every way to take some of the pieces of an order: the points of a small lattice.

A point says how many units of each piece are taken. Points are numbered so that those below another
have lower numbers, and so that the number of what is left is the difference of the numbers.
"""

from functools import lru_cache
from math import prod

import numpy as np
from numpy.typing import NDArray

MOST_PAIRS = 60_000
"""How many pairs of a point and one below it are looked at exactly; beyond, plans are greedy."""


class Lattice:
    """The points (V × K) below one of K counts; the first is nothing, the last everything.

    ``parts[v]`` are the points that a first parcel may carry of ``v``: those that take something of
    its first piece, so that no division is looked at twice. ``below`` are all pairs (whole, part).
    """

    def __init__(self, counts: tuple[int, ...]) -> None:
        grid = np.indices([count + 1 for count in reversed(counts)]).reshape(len(counts), -1)
        self.points: NDArray[np.int64] = grid[::-1].T.astype(np.int64)
        size = len(self.points)
        wholes, parts = [], []
        self.parts: list[NDArray[np.intp]] = []
        for number in range(size):
            point = self.points[number]
            smaller = np.flatnonzero((self.points[: number + 1] <= point).all(axis=1))
            wholes.append(np.full(len(smaller), number))
            parts.append(smaller)
            if number:
                first = int(np.flatnonzero(point)[0])
                self.parts.append(smaller[self.points[smaller, first] > 0])
            else:
                self.parts.append(smaller[:0])
        self.wholes = np.concatenate(wholes)
        self.below = np.concatenate(parts)
        self.starts = np.cumsum([0, *(len(part) for part in parts[:-1])])
        self.lists: list[list[int]] = [part.tolist() for part in self.parts]


@lru_cache(maxsize=64)
def _lattice(counts: tuple[int, ...]) -> Lattice:
    return Lattice(counts)


def lattice_of(counts: tuple[int, ...]) -> Lattice | None:
    """Return the lattice of *counts*, None where it is too large to be looked at exactly."""
    pairs = prod((count + 1) * (count + 2) // 2 for count in counts)
    return None if pairs > MOST_PAIRS else _lattice(counts)
