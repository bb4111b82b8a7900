"""An order's events as sentences a person reads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from chaland.console.wording import DASH, TIMES
from chaland.journeys.order_timeline import TimelineEntry

Data = Mapping[str, Any]
Words = str | Promise


@dataclass(frozen=True, slots=True)
class Fact:
    """One event, ready to be shown."""

    title: str
    detail: str
    icon: str
    tone: str
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class _Look:
    """How events of one type are shown."""

    title: Words
    icon: str
    tone: str = "plain"
    detail: "Callable[[Data, Mapping[str, str]], str] | None" = None


def facts(
    events: Sequence[TimelineEntry], *, sites: Mapping[str, str], actors: Mapping[str, str]
) -> list[Fact]:
    """Return the events in their order.

    *sites* names locations by code, *actors* people and keys by id.
    """
    return [_fact(event, sites, actors) for event in events if event.type not in _SILENT]


def _fact(event: TimelineEntry, sites: Mapping[str, str], actors: Mapping[str, str]) -> Fact:
    look = _LOOKS.get(event.type) or _Look(event.type, "info")
    parts = [_site(event.data, sites), look.detail(event.data, sites) if look.detail else ""]
    return Fact(
        title=str(look.title),
        detail=" · ".join(part for part in parts if part),
        icon=look.icon,
        tone=look.tone,
        at=event.at,
        actor=_actor(event, actors),
    )


def _site(data: Data, sites: Mapping[str, str]) -> str:
    code = data.get("location")
    return sites.get(code, code) if isinstance(code, str) else ""


def _actor(event: TimelineEntry, actors: Mapping[str, str]) -> str:
    if not event.actor_kind:
        return ""
    if event.actor_kind == "system":
        return "Chaland"
    if event.actor_kind == "customer":
        return gettext("the customer")
    return actors.get(event.actor_id, event.actor_id)


def _reason(data: Data, _sites: Mapping[str, str]) -> str:
    code = str(data.get("reason") or "")
    text = str(REASONS.get(code, code))
    return f" {DASH} ".join(filter(None, (text, str(data.get("note") or ""))))


def _lines(data: Data, _sites: Mapping[str, str]) -> str:
    return ", ".join(_units(line) for line in data.get("lines", ()))


def _lines_and_reason(data: Data, sites: Mapping[str, str]) -> str:
    return " · ".join(filter(None, (_lines(data, sites), _reason(data, sites))))


def _units(line: Data) -> str:
    return f"{line.get('quantity')} {TIMES} {line.get('sku')}"


def _placed(data: Data, _sites: Mapping[str, str]) -> str:
    units = sum(int(line.get("quantity", 0)) for line in data.get("lines", ()))
    return ngettext("%(count)d article", "%(count)d articles", units) % {"count": units}


def _parcels(data: Data, _sites: Mapping[str, str]) -> str:
    numbers = [str(item.get("tracking_number") or "") for item in data.get("parcels", ())]
    return ", ".join(filter(None, numbers))


def _parcel(data: Data, _sites: Mapping[str, str]) -> str:
    return str(data.get("tracking_number") or "")


def _moved(data: Data, sites: Mapping[str, str]) -> str:
    placed = [
        gettext("%(units)s now from %(site)s")
        % {
            "units": _units(item),
            "site": sites.get(str(item.get("location")), item.get("location")),
        }
        for item in data.get("placed", ())
    ]
    missing = [
        gettext("%(units)s found nowhere") % {"units": _units(item)}
        for item in data.get("unplaced", ())
    ]
    return ", ".join([*placed, *missing])


def _missed(data: Data, _sites: Mapping[str, str]) -> str:
    texts = {"dispatch": gettext("should have left"), "delivery": gettext("should have arrived")}
    return texts.get(str(data.get("missed")), "")


def _chance(data: Data, _sites: Mapping[str, str]) -> str:
    percent = f"{100 * float(data.get('chance', 0)):.0f} %"
    return gettext("chance to be in time: %(percent)s") % {"percent": percent}


def _renewed(data: Data, _sites: Mapping[str, str]) -> str:
    moment = parse_datetime(str(data.get("latest")))
    shown = "" if moment is None else date_format(localtime(moment), "SHORT_DATETIME_FORMAT")
    return gettext("new latest moment: %(moment)s") % {"moment": shown}


def _silence(data: Data, _sites: Mapping[str, str]) -> str:
    return gettext("%(count)s min of opening time") % {"count": data.get("answer_minutes")}


def _refusals(data: Data, _sites: Mapping[str, str]) -> str:
    count = int(data.get("refusals", 0))
    return ngettext("given back once", "given back %(count)d times", count) % {"count": count}


REASONS: dict[str, Words] = {
    "not_found": _("not found on the shelf"),
    "damaged": _("damaged"),
    "no_capacity": _("no time or no people"),
    "closed": _("the site is closed"),
    "no_answer": _("no answer in time"),
    "other": _("another reason"),
    "customer_request": _("the customer asked for it"),
    "customer": _("the customer asked for it"),
    "reoptimised": _("other sites are better for all waiting orders together"),
    "changed_mind": _("the customer changed their mind"),
}
"""Reasons for refusing and cancelling, in words."""

_SILENT = frozenset({"order.started"})
"""The release of the first site says the same."""

_LOOKS: dict[str, _Look] = {
    "order.placed": _Look(_("Order placed"), "orders", "accent", _placed),
    "order.blocked": _Look(_("Blocked: units with nowhere to come from"), "alert", "bad", _reason),
    "order.unblocked": _Look(_("Every unit has a place again"), "check", "good"),
    "order.fulfilled": _Look(_("Everything has left"), "truck", "accent"),
    "order.completed": _Look(_("Completed"), "check", "good"),
    "order.cancelled": _Look(_("Order cancelled"), "close", "bad", _reason),
    "order.lines_cancelled": _Look(_("Units cancelled"), "close", "warn", _lines_and_reason),
    "order.resourced": _Look(_("Sourced again"), "route", "info", _moved),
    "order.reassigned": _Look(
        _("Other sites, together with other orders"), "route", "info", _moved
    ),
    "promise.at_risk": _Look(_("Promise at risk"), "alert", "warn", _chance),
    "promise.renewed": _Look(_("Promised anew"), "clock", "warn", _renewed),
    "fulfilment_order.planned": _Look(_("Site chosen"), "route", "plain", _lines),
    "fulfilment_order.released": _Look(_("Released to the site"), "play"),
    "fulfilment_order.accepted": _Look(_("Accepted"), "check"),
    "fulfilment_order.picked": _Look(_("Picked"), "scan", "plain", _lines),
    "fulfilment_order.packed": _Look(_("Packed"), "box"),
    "fulfilment_order.ready": _Look(_("Ready to collect"), "bag", "good"),
    "fulfilment_order.shipped": _Look(_("Shipped"), "truck", "accent", _parcels),
    "parcel.delivered": _Look(_("Parcel delivered"), "box", "good", _parcel),
    "fulfilment_order.delivered": _Look(_("Delivered"), "check", "good"),
    "fulfilment_order.collected": _Look(_("Collected"), "check", "good"),
    "fulfilment_order.refused": _Look(_("Refused by the site"), "close", "bad", _reason),
    "fulfilment_order.timed_out": _Look(_("No answer in time"), "clock", "bad", _silence),
    "fulfilment_order.escalated": _Look(_("Waits for a person"), "alert", "bad", _refusals),
    "fulfilment_order.lines_refused": _Look(_("Units missing"), "alert", "warn", _lines_and_reason),
    "fulfilment_order.cancelled": _Look(_("Taken off the site"), "close", "warn", _reason),
    "fulfilment_order.lines_cancelled": _Look(_("Fewer units to give"), "minus", "warn", _lines),
    "fulfilment_order.late": _Look(_("Late"), "clock", "bad", _missed),
}
