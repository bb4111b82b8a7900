"""Pure decisions: what each day may promise, and which future sale holds."""

from collections.abc import Iterable, Sequence
from itertools import accumulate

from chaland.backorders.types import LONGEST_HORIZON_DAYS, MOST_UNITS, FutureSale, FutureSaleKind
from chaland.catalog.types import SkuProfile, is_below
from chaland.kernel.codes import is_code
from chaland.kernel.errors import FieldProblem

DayUnits = tuple[int, int]
"""A day, counted from today as 0, and units."""

_LONGEST_NAME, _HIGHEST_PRIORITY = 200, 10_000


def promisable(
    today: int, arrivals: Iterable[DayUnits], dues: Iterable[DayUnits], days: int
) -> list[int]:
    """Return the units that may be promised for each day from today (0) to *days*, ends included.

    Available to promise with look-ahead: what is there by a day, less what is due by then, and no
    more than any later day can spare, so that a new promise never breaks one that was given before
    (Vollmann, Berry & Whybark, *Manufacturing Planning and Control Systems*, "cumulative ATP with
    look-ahead"). What falls due before today counts today; later than *days* does not count.
    """
    changes = [0] * (days + 1)
    changes[0] = today
    for sign, events in ((1, arrivals), (-1, dues)):
        for day, units in events:
            if day <= days:
                changes[max(day, 0)] += sign * units
    there = list(accumulate(changes))
    spare = list(accumulate(reversed(there), min))
    return [max(0, units) for units in reversed(spare)]


def first_day(spare: Sequence[int], quantity: int, *, not_before: int = 0) -> int | None:
    """Return the first day that can promise *quantity* units, None when none can."""
    days = range(max(not_before, 0), len(spare))
    return next((day for day in days if spare[day] >= quantity), None)


def in_order(sales: Iterable[FutureSale]) -> list[FutureSale]:
    """Return *sales* as they are looked at: lowest priority, named SKUs and channels, then code."""
    return sorted(
        sales,
        key=lambda sale: (sale.priority, not sale.skus, not sale.channels, sale.code),
    )


def holds_for(sale: FutureSale, channel: str, profile: SkuProfile) -> bool:
    """Tell whether a future sale is for a SKU on a channel."""
    if sale.channels and channel not in sale.channels:
        return False
    if sale.skus and profile.code not in sale.skus:
        return False
    if sale.tags and profile.tags.isdisjoint(sale.tags):
        return False
    return not sale.categories or any(is_below(profile.category, item) for item in sale.categories)


def sale_problems(
    sale: FutureSale, *, channels: Iterable[str], unknown_skus: Iterable[str]
) -> list[FieldProblem]:
    """Return what is wrong with a future sale; empty when nothing is."""
    found = []
    if not is_code(sale.code):
        found.append(
            FieldProblem(
                "code",
                "invalid_code",
                f"{sale.code!r} is no code",
                "Use 1 to 64 letters, digits, dots, dashes or underscores.",
            )
        )
    if not 1 <= len(sale.name.strip()) <= _LONGEST_NAME:
        found.append(
            FieldProblem("name", "invalid_name", "has not 1 to 200 characters", "Send a name.")
        )
    found += [
        FieldProblem(
            f"channels[{place}]", "unknown", f"there is no channel {code!r}", "Send its code."
        )
        for place, code in enumerate(sale.channels)
        if code not in set(channels)
    ]
    found += [
        FieldProblem("skus", "unknown", f"there is no SKU {code!r}", "Create it first.")
        for code in unknown_skus
    ]
    found += _range_problems(sale)
    if sale.not_before is not None and sale.kind is not FutureSaleKind.PREORDER:
        found.append(
            FieldProblem(
                "not_before",
                "only_for_preorders",
                "a back-order has no day of release",
                "Leave it out, or use the kind preorder.",
            )
        )
    if sale.starts_at is not None and sale.ends_at is not None and sale.ends_at <= sale.starts_at:
        found.append(
            FieldProblem("ends_at", "before_start", "ends before it starts", "Send a later end.")
        )
    return found


def _range_problems(sale: FutureSale) -> list[FieldProblem]:
    ranges = (
        ("limit", sale.limit, 1, MOST_UNITS),
        ("horizon_days", sale.horizon_days, 1, LONGEST_HORIZON_DAYS),
        ("priority", sale.priority, 0, _HIGHEST_PRIORITY),
    )
    return [
        FieldProblem(
            name,
            "out_of_range",
            f"lies outside {lowest} to {highest}",
            f"Send a whole number from {lowest} to {highest}.",
        )
        for name, value, lowest, highest in ranges
        if value is not None and not lowest <= value <= highest
    ]
