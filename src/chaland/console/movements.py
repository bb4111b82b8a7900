"""Lines of the stock ledger as sentences a person reads: what, how many, who, why, when."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from chaland.access.queries import labels_of
from chaland.console.shares import STATUS_NAMES
from chaland.console.timeline import REASONS
from chaland.console.wording import DASH
from chaland.fulfilment.queries import by_id as fulfilments_by_id
from chaland.fulfilment.types import FULFILMENT_PREFIX
from chaland.inventory.types import MovementKind, MovementView
from chaland.kernel.ids import InvalidPublicIdError, from_public, to_public
from chaland.orders.queries import orders_by_id
from chaland.orders.types import ORDER_PREFIX

LATE_NEWS = timedelta(minutes=10)
"""A change that became known this much later than it happened says so."""

Kind = MovementKind
_BY = {"refused": _("refused by the site"), "cancelled": _("cancelled")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A line of the ledger, ready to be shown.

    ``on_hand`` and ``free`` are the signed changes of what lies there and of what may be promised.
    """

    id: int
    title: str
    on_hand: str
    free: str
    icon: str
    tone: str
    site: str
    at: datetime
    known_at: datetime | None
    actor: str
    reason: str
    order: str
    order_url: str


@dataclass(frozen=True, slots=True)
class _Look:
    """How lines of one kind are shown; ``words`` takes the line and says what happened."""

    words: Callable[[MovementView], str]
    icon: str
    tone: str = "plain"


def moved(lines: Sequence[MovementView], *, sites: Mapping[str, str]) -> list[Moved]:
    """Return the lines in their order; *sites* names locations by code. Five queries at most."""
    actors = labels_of({line.actor_id for line in lines})
    orders = _orders({line.cause_id for line in lines if line.cause_id})
    return [_moved(line, sites, actors, orders) for line in lines]


def _moved(
    line: MovementView,
    sites: Mapping[str, str],
    actors: Mapping[str, str],
    orders: Mapping[str, tuple[str, str]],
) -> Moved:
    look = _LOOKS[line.kind]
    order, order_url = orders.get(line.cause_id, ("", ""))
    late = _reported(line) and line.recorded_at - line.occurred_at > LATE_NEWS
    return Moved(
        id=line.id,
        title=look.words(line),
        on_hand=_signed(line.on_hand_delta),
        free=_signed(line.on_hand_delta - line.unavailable_delta - line.reserved_delta),
        icon=look.icon,
        tone=look.tone,
        site=sites.get(line.location, line.location),
        at=line.occurred_at,
        known_at=line.recorded_at if late else None,
        actor=_actor(line, actors),
        reason=_reason(line),
        order=order,
        order_url=order_url,
    )


def _reported(line: MovementView) -> bool:
    """Tell whether it was seen outside and told to Chaland, rather than done by Chaland."""
    return line.source != "chaland" and line.kind is not Kind.OPENING


def _actor(line: MovementView, actors: Mapping[str, str]) -> str:
    if line.actor_kind == "system":
        return line.source if line.source not in {"", "chaland"} else "Chaland"
    return actors.get(line.actor_id, line.actor_id)


def _orders(causes: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return the number and the page of the order behind each cause that has one."""
    order_of = {cause: found for cause in causes if (found := _id(ORDER_PREFIX, cause))}
    parts = {found: cause for cause in causes if (found := _id(FULFILMENT_PREFIX, cause))}
    if parts:
        known = fulfilments_by_id(parts)
        order_of.update((parts[key], view.order_id) for key, view in known.items())
    if not order_of:
        return {}
    orders = orders_by_id(set(order_of.values()))
    return {
        cause: (
            orders[order_id].external_id,
            reverse("console:order", args=[to_public(ORDER_PREFIX, order_id)]),
        )
        for cause, order_id in order_of.items()
        if order_id in orders
    }


def _id(prefix: str, text: str) -> UUID | None:
    if text.startswith(f"{prefix}_"):
        with suppress(InvalidPublicIdError):
            return from_public(prefix, text)
    return None


def _signed(units: int) -> str:
    return f"{units:+d}".replace("-", "\N{MINUS SIGN}") if units else DASH


def _reason(line: MovementView) -> str:
    """Return the reason in the reader's words where it is one of ours: ``refused: not_found``."""
    what, found, code = line.reason.partition(": ")
    if found and code in REASONS:
        return f"{_BY.get(what, what)} {DASH} {REASONS[code]}"
    return str(REASONS.get(line.reason, line.reason))


def _units(line: MovementView) -> int:
    deltas = (line.on_hand_delta, line.reserved_delta, line.unavailable_delta, line.incoming_delta)
    return next((abs(delta) for delta in deltas if delta), 0)


def _counted(line: MovementView) -> str:
    seen = line.counted or 0
    text = ngettext("Counted: %(count)d there", "Counted: %(count)d there", seen)
    if not line.on_hand_delta:
        return gettext("%(counted)s, as recorded") % {"counted": text % {"count": seen}}
    off = abs(line.on_hand_delta)
    if line.on_hand_delta > 0:
        drift = ngettext("%(count)d more than recorded", "%(count)d more than recorded", off)
    else:
        drift = ngettext("%(count)d fewer than recorded", "%(count)d fewer than recorded", off)
    return f"{text % {'count': seen}}, {drift % {'count': off}}"


def _corrected(line: MovementView) -> str:
    units = abs(line.on_hand_delta)
    if line.on_hand_delta < 0:
        return ngettext("%(count)d taken off", "%(count)d taken off", units) % {"count": units}
    return ngettext("%(count)d added", "%(count)d added", units) % {"count": units}


def _blocked(line: MovementView) -> str:
    units = abs(line.unavailable_delta)
    text = ngettext("%(count)d set aside: %(status)s", "%(count)d set aside: %(status)s", units)
    return text % {"count": units, "status": STATUS_NAMES.get(line.status or "", "")}


def _freed(line: MovementView) -> str:
    units = abs(line.unavailable_delta)
    text = ngettext(
        "%(count)d back to sale, no longer %(status)s",
        "%(count)d back to sale, no longer %(status)s",
        units,
    )
    return text % {"count": units, "status": STATUS_NAMES.get(line.status or "", "")}


def _said(singular: str, plural: str) -> Callable[[MovementView], str]:
    """Return the words for a kind that only needs its number; the texts are marked by `_n`."""

    def words(line: MovementView) -> str:
        units = _units(line)
        return ngettext(singular, plural, units) % {"count": units}

    return words


def _n(singular: str, plural: str) -> tuple[str, str]:
    """Mark a pair of texts for translation; what counts it comes later."""
    return singular, plural


_LOOKS: dict[MovementKind, _Look] = {
    Kind.OPENING: _Look(
        _said(*_n("%(count)d on the first day", "%(count)d on the first day")), "play"
    ),
    Kind.RECEIPT: _Look(_said(*_n("%(count)d received", "%(count)d received")), "truck", "good"),
    Kind.ADJUSTMENT: _Look(_corrected, "tag", "warn"),
    Kind.COUNT: _Look(_counted, "scan", "info"),
    Kind.EXPECTATION: _Look(_said(*_n("%(count)d expected", "%(count)d expected")), "clock"),
    Kind.RESERVATION: _Look(
        _said(*_n("%(count)d reserved for an order", "%(count)d reserved for an order")),
        "orders",
        "accent",
    ),
    Kind.RELEASE: _Look(
        _said(*_n("%(count)d given back to sale", "%(count)d given back to sale")), "again"
    ),
    Kind.ISSUE: _Look(
        _said(*_n("%(count)d left for a customer", "%(count)d left for a customer")),
        "bag",
        "accent",
    ),
    Kind.BLOCKING: _Look(_blocked, "alert", "warn"),
    Kind.UNBLOCKING: _Look(_freed, "check", "good"),
    Kind.HOLD: _Look(
        _said(*_n("%(count)d held for a basket", "%(count)d held for a basket")), "clock"
    ),
    Kind.HOLD_RELEASE: _Look(
        _said(
            *_n("%(count)d no longer held for a basket", "%(count)d no longer held for a basket")
        ),
        "again",
    ),
    Kind.RETURN: _Look(_said(*_n("%(count)d returned", "%(count)d returned")), "back", "good"),
    Kind.TRANSFER_OUT: _Look(
        _said(*_n("%(count)d sent to another site", "%(count)d sent to another site")), "forward"
    ),
    Kind.TRANSFER_IN: _Look(
        _said(*_n("%(count)d arrived from another site", "%(count)d arrived from another site")),
        "truck",
        "good",
    ),
}
