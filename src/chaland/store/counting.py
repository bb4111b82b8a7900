"""Counting in the store app: the open counts of a shop, scanning, finishing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID

import orjson
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chaland.access.types import Scope
from chaland.accuracy.operations import open_count, record_scans, submit
from chaland.accuracy.queries import CountFilter, count_lines, count_view, find_counts
from chaland.accuracy.types import (
    COUNT_PREFIX,
    CountDraft,
    CountKind,
    CountLineView,
    CountState,
    CountView,
    LineState,
    ScanDraft,
)
from chaland.catalog.queries import skus
from chaland.kernel import clock
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError, NotFoundError
from chaland.kernel.ids import InvalidPublicIdError, from_public, to_public
from chaland.network.types import LocationFacts
from chaland.store import actions, queries
from chaland.store.queries import COUNTABLE
from chaland.store.views import for_staff, show, tabs

MOST_LINES = 2_000
MOST_SCANS = 500
MOST_QUANTITY = 1_000_000
AREAS = [("", _("Sales floor")), ("stock", _("Stock room"))]
RECENT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A count as a card."""

    id: str
    name: str
    view: CountView


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One article of a count; ``codes`` are what its scanner may read, with blanks between."""

    sku: str
    name: str
    gtin: str
    codes: str
    view: CountLineView


@for_staff
def counts(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Show what is to be counted at a shop, and what was lately."""
    shop = _shop(code, actor)
    open_ones = find_counts(CountFilter(location_ids=[shop.id], states=COUNTABLE), limit=50)
    done = find_counts(CountFilter(location_ids=[shop.id], states=_DONE), limit=RECENT)
    context = {
        "shop": shop,
        "view": "counts",
        "tabs": tabs(shop),
        "tasks": [_task(item) for item in open_ones],
        "done": [_task(item) for item in done],
    }
    return show(request, "store/counts.html", context)


_DONE = tuple(state for state in CountState if state not in COUNTABLE)


@require_POST
@for_staff
def begin(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Begin a count without a list: whatever is scanned is counted."""
    del request
    shop = _shop(code, actor)
    draft = CountDraft(location=shop.code, kind=CountKind.FREE, name=gettext("Counted freely"))
    with transaction.atomic():
        count_id = open_count(draft=draft, now=clock.now(), actor=actor)
    return redirect("store:count", code=code, count_id=to_public(COUNT_PREFIX, count_id))


@for_staff
def count(request: HttpRequest, actor: Actor, code: str, count_id: str) -> HttpResponseBase:
    """Show the list of a count: to be scanned while it is open, with what came of it afterwards."""
    shop, view = _found(code, count_id, actor)
    lines = _lines(view)
    context = {
        "shop": shop,
        "count": view,
        "count_id": count_id,
        "name": _task(view).name,
        "lines": lines,
        "areas": AREAS,
        "countable": view.state in COUNTABLE,
        "left": sum(line.view.state in _UNCOUNTED for line in lines),
        "again": [line for line in lines if line.view.state is LineState.RECOUNT],
    }
    return show(request, "store/count.html", context)


_UNCOUNTED = (LineState.TO_COUNT, LineState.RECOUNT)


@require_POST
@for_staff
def scans(request: HttpRequest, actor: Actor, code: str, count_id: str) -> HttpResponseBase:
    """Take what a device has scanned, perhaps long ago and perhaps twice; answer for each scan."""
    _shop_found, view = _found(code, count_id, actor)
    drafts = _drafts(request.body)
    if drafts is None:
        return JsonResponse({"message": gettext("This is no list of scans.")}, status=422)
    with transaction.atomic():
        outcomes = record_scans(count_id=view.id, scans=drafts, now=clock.now(), actor=actor)
    refused = {item.code: actions.refusal(item.problem) for item in outcomes if item.problem}
    return JsonResponse(
        {
            "refused": refused,
            "lines": [
                {
                    "sku": line.sku,
                    "name": line.name,
                    "counted": line.view.counted,
                    "codes": line.codes,
                }
                for line in _lines(count_view(view.id, actor=actor))
            ],
        }
    )


@require_POST
@for_staff
def finish(request: HttpRequest, actor: Actor, code: str, count_id: str) -> HttpResponseBase:
    """End a count: small differences are believed, large ones wait for somebody else."""
    _shop_found, view = _found(code, count_id, actor)
    gone = request.POST.get("uncounted") == "zero"
    uncounted: Literal["skip", "zero"] = "zero" if gone else "skip"
    try:
        with transaction.atomic():
            submit(count_id=view.id, uncounted=uncounted, now=clock.now(), actor=actor)
    except DomainError as error:
        messages.error(request, actions.refusal(error))
    else:
        messages.success(request, _outcome(count_view(view.id, actor=actor)))
    return redirect("store:count", code=code, count_id=count_id)


def _outcome(view: CountView) -> str:
    if view.pending:
        text = ngettext(
            "Counted. %(count)d difference waits for a second person.",
            "Counted. %(count)d differences wait for a second person.",
            view.pending,
        )
        return text % {"count": view.pending}
    return gettext("Counted, and the stock is as you found it.")


def _shop(code: str, actor: Actor) -> LocationFacts:
    if not actor.may(Scope.STOCK_WRITE):
        raise NotFoundError("location", code)
    return queries.shop(code, actor)


def _found(code: str, count_id: str, actor: Actor) -> tuple[LocationFacts, CountView]:
    """Return the shop and its count. Raises NotFoundError, for another shop's count too."""
    shop = _shop(code, actor)
    view = count_view(_id(count_id), actor=actor)
    if view.location_id != shop.id:
        raise NotFoundError("count", count_id)
    return shop, view


def _id(count_id: str) -> UUID:
    try:
        return from_public(COUNT_PREFIX, count_id)
    except InvalidPublicIdError as error:
        raise NotFoundError("count", count_id) from error


def _task(view: CountView) -> Task:
    names = {
        CountKind.LIST: gettext("A list"),
        CountKind.CATEGORY: view.category,
        CountKind.FREE: gettext("Counted freely"),
    }
    return Task(
        id=to_public(COUNT_PREFIX, view.id),
        name=view.name or names.get(view.kind, view.kind.value),
        view=view,
    )


def _lines(view: CountView) -> list[Line]:
    found = count_lines(view, limit=MOST_LINES)
    gtins = {item.code: item.gtins for item in skus([line.sku for line in found])}
    return [
        Line(
            sku=line.sku,
            name=line.sku_name,
            gtin=next(iter(gtins.get(line.sku, ())), ""),
            codes=" ".join((*gtins.get(line.sku, ()), line.sku)),
            view=line,
        )
        for line in found
    ]


def _drafts(body: bytes) -> list[ScanDraft] | None:
    """Read what the device sends: ``{"scans": […]}``; None when it is anything else."""
    try:
        items = orjson.loads(body)["scans"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_SCANS:
        return None
    drafts = [_draft(item) for item in items]
    return cast("list[ScanDraft]", drafts) if all(drafts) else None


def _draft(item: Any) -> ScanDraft | None:
    if not isinstance(item, Mapping) or item.get("mode") not in {"add", "set"}:
        return None
    quantity, code = item.get("quantity"), str(item.get("code", ""))[:64]
    scan_id, area = str(item.get("id", ""))[:64], str(item.get("area", ""))[:64]
    if type(quantity) is not int or not 0 <= quantity <= MOST_QUANTITY or not (code and scan_id):
        return None
    is_gtin = code.isdecimal() and code.isascii() and not item.get("sku")
    return ScanDraft(
        scan_id=scan_id,
        sku="" if is_gtin else code,
        gtin=code if is_gtin else "",
        mode=item["mode"],
        quantity=quantity,
        area=area,
        counted_at=_moment(item.get("at")),
    )


def _moment(text: Any) -> datetime | None:
    moment = parse_datetime(text) if isinstance(text, str) else None
    return moment if moment is None or moment.tzinfo else None
