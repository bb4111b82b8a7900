"""The steps of a job: what a button of the store app does, and what it says afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chaland.fulfilment.types import LINE_PREFIX as FULFILMENT_LINE_PREFIX
from chaland.fulfilment.types import (
    CollectRequest,
    FulfilmentMethod,
    FulfilmentState,
    FulfilmentView,
    PackRequest,
    ParcelDraft,
    PickedLine,
    PickRequest,
    RefusalReason,
    RefuseRequest,
    ShipRequest,
)
from chaland.journeys import refuse_fulfilment, site_work
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError, FieldProblem, InvalidInputError
from chaland.kernel.ids import from_public, new_uuid
from chaland.kernel.pci import find_card_number
from chaland.store.queries import JobPage

S = FulfilmentState
Posted = Mapping[str, str]
Run = Callable[[JobPage, Posted, datetime, Actor], str]

OPEN = frozenset({S.RELEASED, S.ACCEPTED, S.PICKED, S.PACKED, S.READY})
REFUSABLE = frozenset({S.RELEASED, S.ACCEPTED, S.PICKED})
PARCEL_PREFIX = "par"
LONGEST_TRACKING_NUMBER = 64
LONGEST_NOTE = 200


@dataclass(frozen=True, slots=True)
class Step:
    """A button: what it does, and whether the shop is then done with the job (``ends``)."""

    run: Run
    ends: bool = False


def _accept(page: JobPage, _posted: Posted, now: datetime, actor: Actor) -> str:
    site_work.accept(fulfilment_ids=[page.view.id], now=now, actor=actor)
    return ""


def _pick(page: JobPage, posted: Posted, now: datetime, actor: Actor) -> str:
    picked = [(_line_id(line.id), _count(posted, line.id, line.quantity)) for line in page.lines]
    missing = sum(line.quantity for line in page.lines) - sum(count for _, count in picked)
    if missing and not posted.get("short"):
        raise _not_all_picked(missing)
    if missing and not any(count for _, count in picked):
        return _refuse(page, posted, now, actor)
    request = PickRequest(
        fulfilment_id=page.view.id,
        lines=tuple(PickedLine(line_id, count) for line_id, count in picked),
        reason=_reason(posted),
    )
    refuse_fulfilment.pick_fulfilment(request=request, now=now, actor=actor)
    return gettext("The missing units are looked for elsewhere.") if missing else ""


def _pack(page: JobPage, _posted: Posted, now: datetime, actor: Actor) -> str:
    parcel = ParcelDraft(parcel_id=new_uuid())
    request = PackRequest(fulfilment_id=page.view.id, parcels=(parcel,))
    site_work.pack(request=request, now=now, actor=actor)
    return ""


def _ready(page: JobPage, _posted: Posted, now: datetime, actor: Actor) -> str:
    site_work.make_ready(fulfilment_id=page.view.id, now=now, actor=actor)
    return gettext("%s is at the counter.") % page.job.external_id


def _ship(page: JobPage, posted: Posted, now: datetime, actor: Actor) -> str:
    numbers = {
        from_public(PARCEL_PREFIX, parcel.id): number
        for parcel in page.parcels
        if (number := _text(posted, f"tracking-{parcel.id}", LONGEST_TRACKING_NUMBER))
    }
    request = ShipRequest(fulfilment_id=page.view.id, tracking=numbers)
    site_work.ship(request=request, now=now, actor=actor)
    return gettext("%s is on its way.") % page.job.external_id


def _collect(page: JobPage, posted: Posted, now: datetime, actor: Actor) -> str:
    request = CollectRequest(
        fulfilment_id=page.view.id, code=posted.get("code", "").strip().upper()
    )
    site_work.collect(request=request, now=now, actor=actor)
    return gettext("%s is handed over.") % page.job.external_id


def _refuse(page: JobPage, posted: Posted, now: datetime, actor: Actor) -> str:
    request = RefuseRequest(fulfilment_id=page.view.id, reason=_reason(posted), note=_note(posted))
    refuse_fulfilment.refuse_fulfilment(request=request, now=now, actor=actor)
    return gettext("%s is refused: another shop is looked for.") % page.job.external_id


STEPS = {
    "accept": Step(_accept),
    "pick": Step(_pick),
    "pack": Step(_pack),
    "ready": Step(_ready, ends=True),
    "ship": Step(_ship, ends=True),
    "collect": Step(_collect, ends=True),
    "refuse": Step(_refuse, ends=True),
}


def _line_id(public_id: str) -> UUID:
    return from_public(FULFILMENT_LINE_PREFIX, public_id)


def _count(posted: Posted, line_id: str, most: int) -> int:
    text = posted.get(f"picked-{line_id}", "")
    if not text.isdecimal() or int(text) > most:
        message = gettext("The number of units must lie between 0 and %d.") % most
        raise _refused(f"picked-{line_id}", message)
    return int(text)


def _note(posted: Posted) -> str:
    note = _text(posted, "note", LONGEST_NOTE)
    if find_card_number(note):
        raise _refused("note", gettext("The note holds a card number. Leave it out."))
    return note


def _text(posted: Posted, field: str, longest: int) -> str:
    text = posted.get(field, "").strip()
    if "\0" in text or len(text) > longest:
        raise _refused(field, gettext("Write at most %d characters.") % longest)
    return text


def _refused(field: str, message: str) -> InvalidInputError:
    return InvalidInputError(
        [FieldProblem(field=field, code="invalid_text", message=message, fix="")]
    )


def _reason(posted: Posted) -> RefusalReason:
    text = posted.get("reason", "")
    return RefusalReason(text) if text in set(RefusalReason) else RefusalReason.NOT_FOUND


def _not_all_picked(missing: int) -> DomainError:
    return DomainError(
        code="not_all_picked",
        message=gettext("%d units are not picked yet. Pick them, or say why they are missing.")
        % missing,
        status=422,
    )


_REFUSALS: dict[str, str | Promise] = {
    "illegal_transition": _("A colleague or the customer was faster: look at what is next now."),
    "version_mismatch": _("It changed in the meantime. Look at it again."),
}


def refusal(error: DomainError) -> str:
    """Return what a refusal says to the person at the shelf."""
    known = _REFUSALS.get(error.code)
    if known:
        return str(known)
    if any(problem.code in {"unknown_gtin", "unknown_sku"} for problem in error.problems):
        return gettext("No article has this code.")
    if error.problems:
        return " ".join(problem.message for problem in error.problems)
    return error.message


def wrong_code_text() -> str:
    """Return what a wrong pickup code says."""
    return gettext("This is not the code of this order. Check it letter by letter.")


@dataclass(frozen=True, slots=True)
class ProgressStep:
    """One step of the row at the top of a job."""

    name: str
    done: bool
    now: bool


def progress(view: FulfilmentView) -> list[ProgressStep]:
    """Return the steps of a job: which are done, and which is next."""
    if view.method == FulfilmentMethod.PICKUP:
        names = [gettext("Accept"), gettext("Pick"), gettext("Counter"), gettext("Hand over")]
        order = [(S.RELEASED,), (S.ACCEPTED,), (S.PICKED, S.PACKED), (S.READY,)]
    else:
        names = [gettext("Accept"), gettext("Pick"), gettext("Pack"), gettext("Ship")]
        order = [(S.RELEASED,), (S.ACCEPTED,), (S.PICKED,), (S.PACKED,)]
    present = next((n for n, states in enumerate(order) if view.state in states), None)
    if present is None:
        present = len(order) if view.state in {S.SHIPPED, S.DELIVERED, S.COLLECTED} else -1
    return [ProgressStep(name, n < present, n == present) for n, name in enumerate(names)]


def closing(view: FulfilmentView) -> str:
    """Return what the page of a finished job says."""
    texts = {
        S.PLANNED: gettext("This order has not been released to the shop yet."),
        S.SHIPPED: gettext("The carrier has it. Nothing is left to do."),
        S.DELIVERED: gettext("It has reached the customer."),
        S.COLLECTED: gettext("The customer has taken it."),
        S.REFUSED: gettext("The shop has refused it. Put its articles back on the shelf."),
        S.CANCELLED: gettext("It was cancelled. Put its articles back on the shelf."),
    }
    return texts.get(view.state, "")
