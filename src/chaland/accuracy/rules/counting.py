"""What scans add up to, which differences are believed, and what a count does to missing units."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from chaland.accuracy.types import Tolerance


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan as it is kept; ``seq`` is the order in which scans arrived."""

    seq: int
    mode: Literal["add", "set"]
    quantity: int
    area: str
    counter: str
    counter_label: str
    counted_at: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """What scans of one SKU add up to, from the first to the last of them.

    ``contradicted``: two people counted the same area and came to different numbers.
    """

    counted: int
    first_at: datetime
    counted_at: datetime
    counters: tuple[tuple[str, str], ...]
    contradicted: bool


def tally(scans: Iterable[Scan]) -> Tally | None:
    """Add scans up, in whatever order they arrived; None when there is none.

    Each person's scans of an area make a number: the last one that was set, and every unit added
    after it. Areas add up. People who counted the same area must have come to the same number;
    otherwise the larger one is shown until somebody counts again.
    """
    numbers: dict[str, dict[str, list[Scan]]] = defaultdict(lambda: defaultdict(list))
    everything = sorted(scans, key=lambda scan: (scan.counted_at, scan.seq))
    for scan in everything:
        numbers[scan.area][scan.counter].append(scan)
    if not everything:
        return None
    areas = [[_number(own) for own in people.values()] for people in numbers.values()]
    return Tally(
        counted=sum(max(found) for found in areas),
        first_at=everything[0].counted_at,
        counted_at=everything[-1].counted_at,
        counters=tuple(sorted({(scan.counter, scan.counter_label) for scan in everything})),
        contradicted=any(len(set(found)) > 1 for found in areas),
    )


def _number(scans: Sequence[Scan]) -> int:
    number = 0
    for scan in scans:
        number = scan.quantity if scan.mode == "set" else number + scan.quantity
    return max(number, 0)


def is_within(
    tolerance: Tolerance, *, expected: int, counted: int, unit_cost: Decimal | None
) -> bool:
    """Tell whether a difference is small enough to be believed without a second person.

    It is when it is at most ``units``, or at most ``percent`` of what was expected; and, where the
    cost is known and a ``value`` is set, when it costs at most that.
    """
    difference = abs(counted - expected)
    if difference == 0:
        return True
    if (
        tolerance.value is not None
        and unit_cost is not None
        and difference * unit_cost > tolerance.value
    ):
        return False
    return difference <= tolerance.units or difference * 100 <= tolerance.percent * expected


def missing_explained(*, before: int, after: int, difference: int) -> int:
    """Return how many units that were not found before are settled by a count.

    *before* were blocked as missing before the moment of the count, which is newer evidence: they
    are settled, found again or taken away by it. *after* were blocked since; the units that the
    count takes away beyond those of before are these.
    """
    return before + min(after, max(0, -difference - before))


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What is known of a position when a count of it is to be applied; units.

    ``expected`` is the record just before the count, ``on_hand`` and ``available`` are now.
    ``looked_later``: the shelf was counted again since. ``blocked`` are units with a status, other
    than those not found and those kept for counts.
    """

    expected: int
    reserved: int
    on_hand: int
    available: int
    disturbed: bool
    looked_later: bool = False
    missing_before: int
    missing_after: int
    blocked: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What applying a count does: units that stop being missing, and to be in other statuses.

    ``verdict``: ``apply``; ``hold`` when orders are promised units that are not there;
    ``impossible`` when more has left since than the count says was there.
    """

    verdict: Literal["apply", "hold", "impossible"]
    found_missing: int = 0
    freed: tuple[tuple[str, int], ...] = ()


_GIVEN_UP_FIRST = ("display", "quarantine", "damaged")
"""Units on display are the ones that customers carry away. Expired ones are written off by lot."""


def effect_of(known: Expectation, *, counted: int, frozen: int) -> Effect:
    """Return what a count of *counted* units does to a position with *frozen* units of its own.

    The shelf may hold fewer units than are damaged or on display by the record: those statuses give
    way. Units that orders are promised do not: the database would refuse it, and the orders have to
    be served from elsewhere first.
    """
    difference = counted - known.expected
    if known.on_hand + difference < 0:
        return Effect("impossible")
    found = missing_explained(
        before=known.missing_before, after=known.missing_after, difference=difference
    )
    short = -(known.available + frozen + found + difference)
    freed = []
    units_of = dict(known.blocked)
    for status in _GIVEN_UP_FIRST:
        taken = min(units_of.get(status, 0), max(short, 0))
        if taken:
            freed.append((status, taken))
            short -= taken
    if short > 0:
        return Effect("hold")
    return Effect("apply", found, tuple(freed))
