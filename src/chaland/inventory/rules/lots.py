"""Which lots leave first, and what may be said of them."""

from collections.abc import Mapping
from datetime import date

from chaland.catalog.types import Tracking
from chaland.inventory.types import Lot, Part, Tag
from chaland.kernel.errors import FieldProblem

MOST_SERIALS = 1_000
LONGEST = 64


def first_expired_first(
    lots: Mapping[str, Lot], unknown: int, units: int, today: date
) -> list[Part]:
    """Choose *units* to leave: by expiry, then of lots without one, then of unknown ones.

    What has passed its date and was not yet taken out of sale leaves last, because it is promised:
    it cannot be promised again. Units known to be expired stay.
    """

    def rank(name: str) -> tuple[bool, bool, date, str]:
        expires = lots[name].expires_on
        return (expires is not None and expires < today, expires is None, expires or today, name)

    names = sorted((name for name in lots if lots[name].free > 0), key=rank)
    fresh = [name for name in names if not rank(name)[0]]
    stale = [name for name in names if rank(name)[0]]
    offers: list[tuple[str | None, int]] = [(name, lots[name].free) for name in fresh]
    offers.append((None, unknown))
    offers += [(name, lots[name].free) for name in stale]
    chosen = []
    for name, offered in offers:
        taken = min(units, offered)
        if taken > 0:
            chosen.append(Part(name, taken))
            units -= taken
    return chosen


def too_many_known(lots: Mapping[str, Lot], on_hand: int, today: date) -> list[Part]:
    """Choose what lots must lose so that they hold no more than is *on_hand*: who left earlier."""
    excess = sum(lot.on_hand for lot in lots.values()) - on_hand
    return first_expired_first(lots, 0, excess, today) if excess > 0 else []


def malformed_tag(tag: Tag, tracking: Tracking | None, units: int) -> FieldProblem | None:
    """Return what is wrong with what is said of *units* (an absolute number) of a SKU."""
    if tracking != Tracking.LOT and (tag.lot or tag.expires_on):
        return FieldProblem(
            "lot", "not_tracked", "this SKU is not followed by lot", "leave lot and expiry out"
        )
    if tracking != Tracking.SERIAL and tag.serials:
        return FieldProblem(
            "serials",
            "not_tracked",
            "this SKU is not followed by serial number",
            "leave the serials out",
        )
    if tag.expires_on and not tag.lot:
        return FieldProblem("lot", "missing", "an expiry belongs to a lot", "send the lot")
    if tag.serials and len(set(tag.serials)) != len(tag.serials):
        return FieldProblem("serials", "repeated", "a serial is given twice", "send it once")
    if tag.serials and len(tag.serials) != units:
        return FieldProblem(
            "serials",
            "wrong_number",
            f"{len(tag.serials)} serial(s) for {units} unit(s)",
            "send one for each unit",
        )
    return None


def lot_required() -> FieldProblem:
    """Return why units of a followed SKU cannot come or go without a name."""
    return FieldProblem(
        "lot", "lot_required", "this SKU is followed by lot", "send the lot of these units"
    )


def serials_required(units: int) -> FieldProblem:
    """Return why units of a followed SKU cannot come or go without their numbers."""
    return FieldProblem(
        "serials",
        "serials_required",
        "this SKU is followed by serial number",
        f"send the serial of each of the {units} unit(s)",
    )
