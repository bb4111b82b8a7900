"""A rule's conditions: ``When the basket is worth 200 or more and it goes to France``."""

from collections.abc import Sequence

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext

from chaland.console import wording
from chaland.console.rule_words import quoted
from chaland.console.strategy_words.names import Names, number
from chaland.console.strategy_words.tables import METHODS
from chaland.sourcing.types import (
    Between,
    Conditions,
    Items,
)


def when_text(when: Conditions, names: Names) -> str:
    """Return a rule's conditions as the first half of a sentence."""
    parts = [*_order_parts(when, names), *_item_parts(when.items, names), *_time_parts(when)]
    if not parts:
        return gettext("For every order")
    return gettext("When %(conditions)s") % {"conditions": _and(parts)}


def _order_parts(when: Conditions, names: Names) -> list[str]:
    parts = []
    if when.channels:
        parts.append(
            gettext("the order comes from %(channels)s")
            % {"channels": _or(names.channels(when.channels))}
        )
    for span, title in (
        (when.value, gettext("the basket is worth")),
        (when.weight, gettext("it weighs (kg)")),
        (when.lines, gettext("its lines number")),
        (when.units, gettext("its units number")),
    ):
        if span is not None:
            parts.append(f"{title} {_span(span)}")
    if when.tags:
        parts.append(
            gettext("it is tagged %(tags)s") % {"tags": _or([quoted(t) for t in when.tags])}
        )
    if when.without_tags:
        parts.append(
            gettext("it is not tagged %(tags)s")
            % {"tags": _or([quoted(tag) for tag in when.without_tags])}
        )
    if when.methods:
        parts.append(
            gettext("it goes out %(ways)s") % {"ways": _or([str(METHODS[m]) for m in when.methods])}
        )
    if when.services:
        parts.append(
            gettext("the customer chose %(services)s")
            % {"services": _or(names.service_names(when.services))}
        )
    where = [wording.country(code) for code in when.countries]
    if where:
        parts.append(gettext("it goes to %(places)s") % {"places": _or(where)})
    if when.postal_prefixes:
        parts.append(
            gettext("its postal code begins with %(codes)s") % {"codes": _or(when.postal_prefixes)}
        )
    return parts


def _item_parts(items: Items | None, names: Names) -> list[str]:
    if items is None:
        return []
    what = []
    if items.skus:
        what.append(_or([names.skus.get(code, code) for code in items.skus]))
    if items.categories:
        what.append(gettext("of %(categories)s") % {"categories": _or(items.categories)})
    if items.tags:
        what.append(gettext("tagged %(tags)s") % {"tags": _or([quoted(t) for t in items.tags])})
    if items.restrictions:
        what.append(
            gettext("that need care (%(restrictions)s)") % {"restrictions": _or(items.restrictions)}
        )
    said = {"what": " ".join(what)}
    if items.quantifier == "all":
        return [gettext("all articles are %(what)s") % said]
    return [gettext("some article is %(what)s") % said]


def _time_parts(when: Conditions) -> list[str]:
    parts = []
    if when.weekdays:
        parts.append(
            gettext("it is %(days)s") % {"days": _or([str(WEEKDAYS[day]) for day in when.weekdays])}
        )
    if when.hour_from is not None and when.hour_until is not None:
        parts.append(
            gettext("it is between %(start)s and %(end)s")
            % {
                "start": time_format(when.hour_from, "H:i"),
                "end": time_format(when.hour_until, "H:i"),
            }
        )
    start = when.starts_on and date_format(when.starts_on, "j F Y")
    end = when.ends_on and date_format(when.ends_on, "j F Y")
    if start and end:
        parts.append(
            gettext("the day is from %(start)s until %(end)s") % {"start": start, "end": end}
        )
    elif start:
        parts.append(gettext("the day is %(start)s or later") % {"start": start})
    elif end:
        parts.append(gettext("the day is %(end)s or earlier") % {"end": end})
    return parts


def _span(span: Between) -> str:
    least = None if span.least is None else number(span.least)
    below = None if span.below is None else number(span.below)
    if least is not None and below is not None:
        return gettext("%(least)s or more, but less than %(below)s") % {
            "least": least,
            "below": below,
        }
    if least is not None:
        return gettext("%(least)s or more") % {"least": least}
    return gettext("less than %(below)s") % {"below": below}


def _or(items: Sequence[str]) -> str:
    """Return ``a``, ``a or b``, ``a, b or c``; all of them, for a condition is read in full."""
    shown = [str(item) for item in items]
    if len(shown) < 2:  # noqa: PLR2004 - one needs no "or"
        return "".join(shown)
    return gettext("%(first)s or %(last)s") % {"first": ", ".join(shown[:-1]), "last": shown[-1]}


def _and(items: Sequence[str]) -> str:
    if len(items) < 2:  # noqa: PLR2004 - one needs no "and"
        return "".join(items)
    return gettext("%(first)s and %(last)s") % {"first": ", ".join(items[:-1]), "last": items[-1]}
