"""What the units of a position are kept for: the parts of a sum, as a bar and as one sentence."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from chaland.inventory.types import UnavailableStatus

SALE, WITHHELD, RESERVED, HELD = "sale", "withheld", "reserved", "held"
UNAVAILABLE = "unavailable"
_BAR = 100.0


@dataclass(frozen=True, slots=True)
class Share:
    """A part of what is on hand. ``key`` is its look; ``why`` names the rule that withholds it."""

    key: str
    units: int
    why: str = ""

    @property
    def text(self) -> str:
        """The part in words, with its number: ``3 buffer (rule Christmas toys)``."""
        if self.key == WITHHELD:
            return f"{self.units} {self.why}"
        return _counted(self.key, self.units)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a bar; numbers are text, so that no language puts a comma into the drawing."""

    key: str
    start: str
    width: str
    text: str


STATUS_NAMES: dict[str, str | Promise] = {
    UnavailableStatus.DAMAGED: _("damaged"),
    UnavailableStatus.DISPLAY: _("on display"),
    UnavailableStatus.QUARANTINE: _("in quarantine"),
    UnavailableStatus.MISSING: _("missing"),
    UnavailableStatus.COUNTING: _("being counted"),
    UnavailableStatus.EXPIRED: _("expired"),
}


def blocked(units_by_status: Mapping[UnavailableStatus, int]) -> list[Share]:
    """Return the units that cannot be sold, a share for each reason."""
    return [
        Share(status.value, units)
        for status in UnavailableStatus
        if (units := units_by_status.get(status, 0))
    ]


def summed(lists: Iterable[Iterable[Share]]) -> list[Share]:
    """Return the parts of several positions as parts of their sum, in the usual order."""
    units: dict[tuple[str, str], int] = defaultdict(int)
    for parts in lists:
        for part in parts:
            units[part.key, part.why] += part.units
    found = [Share(key, count, why) for (key, why), count in units.items()]
    return sorted(found, key=lambda part: (_ORDER.get(part.key, len(_ORDER)), -part.units))


def sentence(on_hand: int, parts: Sequence[Share]) -> str:
    """Return ``14 on hand: 2 reserved, 1 damaged, 3 buffer (rule Christmas toys), 8 for sale``."""
    if not on_hand:
        return gettext("Nothing on hand.")
    if all(part.key == SALE for part in parts if part.units):
        return gettext("All for sale.")
    total = ngettext("%(count)d on hand", "%(count)d on hand", on_hand) % {"count": on_hand}
    listed = ", ".join(part.text for part in parts if part.units or part.key == SALE)
    return gettext("%(total)s: %(parts)s") % {"total": total, "parts": listed}


def segments(parts: Iterable[Share]) -> list[Segment]:
    """Return the stretches of a full bar: what is for sale first, then in the order of *parts*."""
    shown = sorted((part for part in parts if part.units > 0), key=lambda part: part.key != SALE)
    total = sum(part.units for part in shown)
    found, start = [], 0.0
    for part in shown:
        width = _BAR * part.units / total
        found.append(Segment(part.key, f"{start:.2f}", f"{width:.2f}", part.text))
        start += width
    return found


def _counted(key: str, units: int) -> str:
    texts = {
        SALE: ngettext("%(count)d for sale", "%(count)d for sale", units),
        RESERVED: ngettext("%(count)d reserved", "%(count)d reserved", units),
        HELD: ngettext("%(count)d in a basket", "%(count)d in baskets", units),
        UNAVAILABLE: ngettext("%(count)d not sellable", "%(count)d not sellable", units),
        "damaged": ngettext("%(count)d damaged", "%(count)d damaged", units),
        "display": ngettext("%(count)d on display", "%(count)d on display", units),
        "quarantine": ngettext("%(count)d in quarantine", "%(count)d in quarantine", units),
        "missing": ngettext("%(count)d missing", "%(count)d missing", units),
        "counting": ngettext("%(count)d being counted", "%(count)d being counted", units),
        "expired": ngettext("%(count)d expired", "%(count)d expired", units),
    }
    return texts[key] % {"count": units}


_ORDER = {
    key: place
    for place, key in enumerate(
        (
            RESERVED,
            HELD,
            *(status.value for status in UnavailableStatus),
            UNAVAILABLE,
            WITHHELD,
            SALE,
        )
    )
}
