"""What the templates of every screen say the same way: icons, badges, money, times."""

from datetime import datetime, timedelta
from decimal import Decimal

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chaland.console import wording
from chaland.kernel import clock

register = template.Library()

_TONES = {"success": "good", "warning": "warn", "error": "bad"}


@register.simple_tag
def icon(name: str, title: str = "") -> SafeString:
    """Draw an icon of the sprite; hidden from screen readers unless it has a *title*."""
    address = static("chaland/icons.svg")
    if title:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"></use></svg>',
            title,
            address,
            name,
        )
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        address,
        name,
    )


@register.filter
def notice_tone(tag: str) -> str:
    """Return the notice's tone for the tag of a Django message."""
    return _TONES.get(tag, "info")


@register.simple_tag
def badge(table: str, value: str) -> SafeString:
    """Draw a state in its word and tone."""
    return format_html(
        '<span class="badge badge-{}">{}</span>',
        wording.tone(table, value),
        wording.label(table, value),
    )


@register.simple_tag
def word(table: str, value: str) -> str:
    """Return the reader's word for a coded value."""
    return wording.label(table, value)


@register.simple_tag
def money(amount: Decimal | None, currency: str) -> str:
    """Return an amount as the reader writes it; a dash for none."""
    return wording.DASH if amount is None else wording.money(amount, currency)


@register.simple_tag
def moment(value: datetime | None) -> SafeString | str:
    """Return a time near now, with the full date for machines and on hover; a dash for none."""
    if value is None:
        return wording.DASH
    there = timezone.localtime(value)
    return format_html(
        '<time datetime="{}" title="{}" class="nowrap">{}</time>',
        there.isoformat(timespec="seconds"),
        date_format(there, "l j F Y, H:i:s"),
        wording.moment(value, clock.now()),
    )


@register.simple_tag
def window(earliest: datetime | None, latest: datetime) -> str:
    """Return a stretch of time; its day is said once when it is one day."""
    return wording.window(earliest, latest, clock.now())


@register.simple_tag
def due(value: datetime | None) -> SafeString | str:
    """Return how long is left before a deadline or how late it is, in the tone of its urgency."""
    if value is None:
        return wording.DASH
    now = clock.now()
    return format_html(
        '<time datetime="{}" title="{}" class="badge badge-{}">{}</time>',
        timezone.localtime(value).isoformat(timespec="seconds"),
        wording.moment(value, now),
        wording.due_tone(value, now),
        wording.due(value, now),
    )


@register.simple_tag
def initials(name: str) -> str:
    """Return the first letters of a name's first and last word, in capitals."""
    return wording.initials(name)


@register.filter
def day_name(value: datetime) -> str:
    """Return the day of a moment: ``today``, ``Mon 23 Nov``."""
    return wording.day(value, clock.now())


@register.filter
def span(value: timedelta) -> str:
    """Return a length of time in words."""
    return wording.span(value)


@register.filter
def percent(part: float) -> str:
    """Return a share between 0 and 1 as a whole percentage."""
    return f"{round(part * 100)} %"


@register.filter
def ago(value: datetime) -> str:
    """Return how long ago a moment was, in words."""
    return wording.span(clock.now() - value)
