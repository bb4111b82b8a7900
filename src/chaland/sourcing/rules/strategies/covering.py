"""Whether every order that fits one rule's conditions fits another's, too.

The answer is sound, not complete: yes is certain, and no may mean that it takes more than looking
at each condition by itself to know.
"""

from datetime import time

from chaland.catalog.types import is_below
from chaland.sourcing.rules.strategies.matching import bare
from chaland.sourcing.types import Between, Conditions, Items

_CHOICES = ("channels", "methods", "services", "countries", "tags", "weekdays")
_SPANS = ("value", "weight", "lines", "units")
_MIDNIGHT = time.min


def covers(wide: Conditions, narrow: Conditions) -> bool:
    """Tell whether all orders that fit *narrow* fit *wide*, by what each says alone."""
    return (
        all(_choice_covers(getattr(wide, name), getattr(narrow, name)) for name in _CHOICES)
        and _prefixes_cover(wide.postal_prefixes, narrow.postal_prefixes)
        and set(wide.without_tags) <= set(narrow.without_tags)
        and all(_span_covers(getattr(wide, name), getattr(narrow, name)) for name in _SPANS)
        and _items_cover(wide.items, narrow.items)
        and _hours_cover(wide, narrow)
        and _days_cover(wide, narrow)
    )


def _choice_covers(wide: tuple[object, ...], narrow: tuple[object, ...]) -> bool:
    return not wide or (bool(narrow) and set(narrow) <= set(wide))


def _prefixes_cover(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    beginnings = tuple(bare(prefix) for prefix in wide)
    return not wide or (bool(narrow) and all(bare(item).startswith(beginnings) for item in narrow))


def _span_covers(wide: Between | None, narrow: Between | None) -> bool:
    if wide is None:
        return True
    if narrow is None:
        # Nothing that is counted or weighed is below 0.
        return wide.below is None and not wide.least
    low = not wide.least or (narrow.least is not None and narrow.least >= wide.least)
    high = wide.below is None or (narrow.below is not None and narrow.below <= wide.below)
    return low and high


def _items_cover(wide: Items | None, narrow: Items | None) -> bool:
    if wide is None:
        return True
    if narrow is None:
        return False
    # An order has a line: if all are such, one is.
    if wide.quantifier == "all" and narrow.quantifier == "any":
        return False
    return (
        _choice_covers(wide.skus, narrow.skus)
        and _choice_covers(wide.tags, narrow.tags)
        and _choice_covers(wide.restrictions, narrow.restrictions)
        and _categories_cover(wide.categories, narrow.categories)
    )


def _categories_cover(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    if not wide:
        return True
    return bool(narrow) and all(any(is_below(n, w) for w in wide) for n in narrow)


def _hours_cover(wide: Conditions, narrow: Conditions) -> bool:
    if wide.hour_from is None or wide.hour_until is None:
        return True
    if narrow.hour_from is None or narrow.hour_until is None:
        return False
    spans = _spans_of(wide.hour_from, wide.hour_until)
    return all(
        any(
            start <= low and (end == _MIDNIGHT or (high != _MIDNIGHT and high <= end))
            for start, end in spans
        )
        for low, high in _spans_of(narrow.hour_from, narrow.hour_until)
    )


def _spans_of(start: time, end: time) -> list[tuple[time, time]]:
    """Return the spans of one day; an end of 00:00 is midnight at its end."""
    if start < end or end == _MIDNIGHT:
        return [(start, end)]
    return [(_MIDNIGHT, end), (start, _MIDNIGHT)]


def _days_cover(wide: Conditions, narrow: Conditions) -> bool:
    first = wide.starts_on is None or (
        narrow.starts_on is not None and narrow.starts_on >= wide.starts_on
    )
    last = wide.ends_on is None or (narrow.ends_on is not None and narrow.ends_on <= wide.ends_on)
    return first and last
