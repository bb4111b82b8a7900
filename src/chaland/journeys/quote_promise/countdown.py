"""How long the customer may wait with the order, in words."""

from django.utils.translation import gettext, override

LANGUAGES = ("en", "fr")

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def order_within(seconds: int) -> dict[str, str]:
    """Return "Order within 1 h 12 min" by language; whole minutes, empty when none is left."""
    if seconds < _MINUTE:
        return {}
    words = {}
    for language in LANGUAGES:
        with override(language):
            words[language] = gettext("Order within %s") % _time(seconds)
    return words


def _time(seconds: int) -> str:
    days, hours, minutes = seconds // _DAY, seconds % _DAY // _HOUR, seconds % _HOUR // _MINUTE
    if days:
        return gettext("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    if hours:
        return gettext("%(hours)d h %(minutes)02d min") % {"hours": hours, "minutes": minutes}
    return gettext("%d min") % minutes
