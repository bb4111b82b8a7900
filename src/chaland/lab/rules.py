"""Which weights to try next, and which sets of weights no other is better than.

The first half of a search is spread evenly over the spans by a Halton sequence (Halton 1960, one
prime a weight), which covers a box better than chance does. The second half is looked for near the
best sets so far: those of the frontier in turn, each weight moved by a step that shrinks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from chaland.lab.types import Span

_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29)
_FIRST_STEP, _LAST_STEP = 0.25, 0.05


@dataclass(frozen=True, slots=True)
class Point:
    """A set of weights that was tried: cost an order, share of promises kept, CO₂ an order."""

    weights: Mapping[str, Decimal]
    cost: float
    kept: float
    co2: float


def next_weights(
    spans: Mapping[str, Span], tried: Sequence[Point], *, tries: int, seed: int
) -> dict[str, Decimal]:
    """Return the weights to try after those of *tried*; the same for the same history."""
    number = len(tried)
    if number < (tries + 1) // 2:
        places = [_halton(number + 1, _PRIMES[at]) for at in range(len(spans))]
    else:
        best = [tried[at] for at in frontier([(item.cost, -item.kept) for item in tried])]
        near = best[number % len(best)]
        luck = np.random.default_rng((seed, number))
        done = (number - tries // 2) / max(1, tries - tries // 2)
        step = _FIRST_STEP + (_LAST_STEP - _FIRST_STEP) * done
        places = [
            min(1.0, max(0.0, _place(span, near.weights[name]) + step * luck.normal()))
            for name, span in sorted(spans.items())
        ]
    return {
        name: _weight(span, place)
        for (name, span), place in zip(sorted(spans.items()), places, strict=True)
    }


def frontier(points: Sequence[tuple[float, float]]) -> list[int]:
    """Return which of *points* no other is better than in both numbers (less is better), in order.

    Of equal points the first counts.
    """
    order = sorted(range(len(points)), key=lambda at: (*points[at], at))
    found: list[int] = []
    least = float("inf")
    for at in order:
        if points[at][1] < least:
            found.append(at)
            least = points[at][1]
    return found


def _halton(number: int, prime: int) -> float:
    value, part = 0.0, 1.0
    while number:
        number, digit = divmod(number, prime)
        part /= prime
        value += digit * part
    return value


def _place(span: Span, weight: Decimal) -> float:
    width = float(span.highest - span.lowest)
    return float(weight - span.lowest) / width if width else 0.0


def _weight(span: Span, place: float) -> Decimal:
    found = span.lowest + (span.highest - span.lowest) * Decimal(str(round(place, 6)))
    return found.quantize(Decimal("0.0001"))
