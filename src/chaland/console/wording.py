"""The words and tones for states, reasons and kinds, one table for every screen."""

from datetime import datetime, timedelta
from decimal import Decimal

from babel import Locale
from babel.dates import format_skeleton
from babel.numbers import format_currency
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from chaland.kernel.errors import DomainError

DASH = "\N{EN DASH}"
TIMES = "\N{MULTIPLICATION SIGN}"
_LOCALES = {"fr": "fr_FR", "en": "en_GB"}

Label = tuple[str | Promise, str]

ORDER_STATES: dict[str, Label] = {
    "open": (pgettext_lazy("order", "Open"), "info"),
    "in_progress": (pgettext_lazy("order", "In progress"), "accent"),
    "blocked": (pgettext_lazy("order", "Blocked"), "bad"),
    "fulfilled": (pgettext_lazy("order", "On its way"), "accent"),
    "completed": (pgettext_lazy("order", "Completed"), "good"),
    "cancelled": (pgettext_lazy("order", "Cancelled"), "plain"),
}

FULFILMENT_STATES: dict[str, Label] = {
    "planned": (pgettext_lazy("fulfilment", "Planned"), "info"),
    "released": (pgettext_lazy("fulfilment", "To accept"), "warn"),
    "accepted": (pgettext_lazy("fulfilment", "To pick"), "accent"),
    "picked": (pgettext_lazy("fulfilment", "Picked"), "accent"),
    "packed": (pgettext_lazy("fulfilment", "Packed"), "accent"),
    "ready": (pgettext_lazy("fulfilment", "Ready to collect"), "good"),
    "shipped": (pgettext_lazy("fulfilment", "Shipped"), "accent"),
    "delivered": (pgettext_lazy("fulfilment", "Delivered"), "good"),
    "collected": (pgettext_lazy("fulfilment", "Collected"), "good"),
    "refused": (pgettext_lazy("fulfilment", "Refused"), "bad"),
    "cancelled": (pgettext_lazy("fulfilment", "Cancelled"), "plain"),
}

DELIVERY_STATES: dict[str, Label] = {
    "pending": (pgettext_lazy("webhook", "Waiting"), "info"),
    "delivered": (pgettext_lazy("webhook", "Delivered"), "good"),
    "failed": (pgettext_lazy("webhook", "Will try again"), "warn"),
    "dead": (pgettext_lazy("webhook", "Given up"), "bad"),
}

KINDS: dict[str, Label] = {
    "warehouse": (_("Warehouse"), "plain"),
    "store": (_("Shop"), "plain"),
    "supplier": (_("Supplier"), "plain"),
    "marketplace": (_("Marketplace"), "plain"),
    "pickup_point": (_("Pickup point"), "plain"),
}

SERVICE_KINDS: dict[str, Label] = {
    "home": (_("At home"), "plain"),
    "express": (_("Express"), "accent"),
    "pickup_point": (_("Pickup point"), "plain"),
}

METHODS: dict[str, Label] = {
    "ship": (_("Delivery"), "plain"),
    "delivery": (_("Delivery"), "plain"),
    "pickup": (_("Click & collect"), "plain"),
}

ROLES: dict[str, Label] = {
    "administrator": (_("Administrator"), "plain"),
    "operations": (_("Operations"), "plain"),
    "customer_service": (_("Customer service"), "plain"),
    "store_associate": (_("Store associate"), "plain"),
    "merchant": (_("Merchant or supplier"), "plain"),
}

COUNT_STATES: dict[str, Label] = {
    "open": (pgettext_lazy("count", "To do"), "info"),
    "counting": (pgettext_lazy("count", "Being counted"), "accent"),
    "submitted": (pgettext_lazy("count", "To approve"), "warn"),
    "approved": (pgettext_lazy("count", "Done"), "good"),
    "rejected": (pgettext_lazy("count", "Rejected"), "bad"),
    "cancelled": (pgettext_lazy("count", "Cancelled"), "plain"),
}

COUNT_LINE_STATES: dict[str, Label] = {
    "to_count": (pgettext_lazy("count line", "To count"), "info"),
    "counted": (pgettext_lazy("count line", "Counted"), "accent"),
    "recount": (pgettext_lazy("count line", "To count again"), "warn"),
    "pending": (pgettext_lazy("count line", "To approve"), "warn"),
    "applied": (pgettext_lazy("count line", "In the stock"), "good"),
    "held": (pgettext_lazy("count line", "Waits for orders"), "info"),
    "rejected": (pgettext_lazy("count line", "Not believed"), "bad"),
    "superseded": (pgettext_lazy("count line", "Counted later"), "plain"),
    "skipped": (pgettext_lazy("count line", "Not counted"), "plain"),
}

RUN_STATES: dict[str, Label] = {
    "receiving": (pgettext_lazy("run", "Receiving"), "info"),
    "checking": (pgettext_lazy("run", "Checking"), "info"),
    "applying": (pgettext_lazy("run", "Merging"), "accent"),
    "done": (pgettext_lazy("run", "Done"), "good"),
    "failed": (pgettext_lazy("run", "Failed"), "bad"),
    "stopped": (pgettext_lazy("run", "Stopped"), "warn"),
}

LAB_STATES: dict[str, Label] = {
    "queued": (pgettext_lazy("lab", "Waiting"), "info"),
    "running": (pgettext_lazy("lab", "Replaying"), "accent"),
    "done": (pgettext_lazy("run", "Done"), "good"),
    "failed": (pgettext_lazy("run", "Failed"), "bad"),
    "stopped": (pgettext_lazy("run", "Stopped"), "warn"),
}

DRIFT_REASONS: dict[str, Label] = {
    "unknown": (_("not known"), "plain"),
    "shrink": (_("stolen or lost"), "plain"),
    "damage": (_("damaged"), "plain"),
    "mis_pick": (_("another article was taken"), "plain"),
    "receiving_error": (_("received wrongly"), "plain"),
    "wrong_location": (_("lies elsewhere"), "plain"),
    "counting_error": (_("an earlier count was wrong"), "plain"),
    "system_error": (_("a message was lost or doubled"), "plain"),
    "found": (_("found again"), "plain"),
}

TABLES: dict[str, dict[str, Label]] = {
    "drift": DRIFT_REASONS,
    "run": RUN_STATES,
    "lab": LAB_STATES,
    "count": COUNT_STATES,
    "count_line": COUNT_LINE_STATES,
    "order": ORDER_STATES,
    "fulfilment": FULFILMENT_STATES,
    "webhook": DELIVERY_STATES,
    "kind": KINDS,
    "method": METHODS,
    "service_kind": SERVICE_KINDS,
    "role": ROLES,
}


def label(table: str, value: str) -> str:
    """Return the reader's word for *value* of a *table*; unknown values as they are."""
    return str(TABLES[table].get(value, (value.replace("_", " "), "plain"))[0])


def tone(table: str, value: str) -> str:
    """Return ``good``, ``warn``, ``bad``, ``info``, ``accent`` or ``plain``."""
    return TABLES[table].get(value, (value, "plain"))[1]


def money(amount: Decimal, currency: str) -> str:
    """Return an amount as the reader writes it: ``12,90 €`` or ``€12.90``."""
    return str(format_currency(amount, currency, locale=locale()))


def locale() -> str:
    """Return the reader's language with the country whose habits we follow."""
    return _LOCALES.get((get_language() or "")[:2], "en_GB")


def country(code: str) -> str:
    """Return the name of a country (ISO 3166-1 code) in the reader's language."""
    return str(Locale.parse(locale()).territories.get(code, code))


def day(moment: datetime, now: datetime) -> str:
    """Return ``today``, ``tomorrow``, ``yesterday`` or ``Mon 23 Nov``, in the local time zone."""
    there, here = timezone.localtime(moment), timezone.localtime(now)
    distance = (there.date() - here.date()).days
    near = {-1: gettext("yesterday"), 0: gettext("today"), 1: gettext("tomorrow")}
    if distance in near:
        return near[distance]
    skeleton = "MMMEd" if there.year == here.year else "yMMMd"
    return str(format_skeleton(skeleton, there, locale=locale()))


def moment(value: datetime, now: datetime) -> str:
    """Return the day and the time: ``today 14:05``, ``Mon 23 Nov 09:00``."""
    return f"{day(value, now)} {date_format(timezone.localtime(value), 'H:i')}"


def window(earliest: datetime | None, latest: datetime, now: datetime) -> str:
    """Return ``today 14:00 – 15:00``, or both moments in full when they are on two days."""
    if earliest is None or earliest == latest:
        return moment(latest, now)
    end = timezone.localtime(latest)
    same_day = timezone.localtime(earliest).date() == end.date()
    until = date_format(end, "H:i") if same_day else moment(latest, now)
    return f"{moment(earliest, now)} {DASH} {until}"


HOUR_MINUTES = 60
LONGEST_IN_HOURS = 36


def span(length: timedelta) -> str:
    """Return a length of time in its largest fitting unit: ``4 min``, ``3 h``, ``2 days``."""
    minutes = max(0, round(length.total_seconds() / 60))
    if minutes < 1:
        return gettext("under a minute")
    if minutes < HOUR_MINUTES:
        return gettext("%(count)d min") % {"count": minutes}
    hours = round(minutes / HOUR_MINUTES)
    if hours < LONGEST_IN_HOURS:
        return gettext("%(count)d h") % {"count": hours}
    days = round(hours / 24)
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def due(deadline: datetime, now: datetime) -> str:
    """Return how long is left before *deadline*, or how late it is: ``in 2 h``, ``35 min late``."""
    if deadline >= now:
        return gettext("in %(span)s") % {"span": span(deadline - now)}
    return gettext("%(span)s late") % {"span": span(now - deadline)}


def due_tone(deadline: datetime, now: datetime) -> str:
    """Return the tone of a deadline: bad when passed, warn within the hour, else plain."""
    if deadline < now:
        return "bad"
    return "warn" if deadline - now < timedelta(hours=1) else "plain"


REFUSALS: dict[str, str | Promise] = {
    "illegal_transition": _("This is no longer possible: somebody or something was faster."),
    "insufficient_stock": _("There is not enough stock for it."),
    "wrong_pickup_code": _("This is not the code of this order."),
    "version_mismatch": _("It changed in the meantime. Look at it again, then decide."),
    "missing_scope": _("Your role may not do this."),
}


def refusal(error: DomainError) -> str:
    """Return what a refusal says to a person; its own English text when it has no words here."""
    known = REFUSALS.get(error.code)
    return str(known) if known else " ".join(filter(None, (error.message, error.fix)))


def initials(name: str) -> str:
    """Return the first letters of a name's first and last word, in capitals."""
    words = [word for word in name.split() if word[:1].isalnum()]
    chosen = [*words[:1], *(words[-1:] if len(words) > 1 else [])]
    return "".join(word[0] for word in chosen).upper()


def cost(amount: float, currency: str) -> str:
    """Return an internal cost, which has more decimals than money, to the cent."""
    return money(Decimal(str(amount)), currency)
