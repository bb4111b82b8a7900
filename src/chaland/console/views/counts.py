"""Counts: asked for, followed, and decided where a difference is large."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chaland.access.types import Scope
from chaland.accuracy import operations as accuracy
from chaland.accuracy.queries import CountFilter, count_lines, count_view, find_counts
from chaland.accuracy.types import (
    COUNT_PREFIX,
    CountDraft,
    CountKind,
    CountState,
    CountView,
    Decision,
    DriftReason,
    LineState,
)
from chaland.catalog.queries import categories
from chaland.console import pages, paging, wording
from chaland.console.picking import PickedField, PickedWidget
from chaland.kernel import clock
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError, InvalidInputError, NotFoundError
from chaland.kernel.ids import InvalidPublicIdError, from_public, to_public
from chaland.network.queries import snapshot, visible_location_ids
from chaland.network.types import LocationFacts

MOST_LINES = 2_000
OPEN = (CountState.OPEN, CountState.COUNTING, CountState.SUBMITTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow:
    """A count as a line of the list."""

    id: str
    url: str
    name: str
    site: str
    view: CountView


class CountForm(forms.Form):
    """A count to be asked for."""

    location = forms.ChoiceField(label=_("Site"))
    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    category = forms.ChoiceField(
        label=_("A category"), required=False, help_text=_("All that the site has of it.")
    )
    skus = PickedField(_("Or these articles"))
    blind = forms.BooleanField(
        label=_("Blind: who counts is not told what to expect"), required=False, initial=True
    )
    freeze = forms.BooleanField(
        label=_("Out of sale until it is decided"), required=False, initial=False
    )
    due_on = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, places: list[LocationFacts], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sites = sorted((place.name, place.code) for place in places)
        self.fields["location"] = forms.ChoiceField(
            label=_("Site"), choices=[(code, name) for name, code in sites]
        )
        self.fields["category"] = forms.ChoiceField(
            label=_("A category"),
            required=False,
            choices=[("", _("none")), *((item, item) for item in categories())],
            help_text=_("All that the site has of it."),
        )
        self.fields["skus"].widget = PickedWidget(search_url=reverse("console:rule_articles"))

    def draft(self) -> CountDraft:
        """Return the count: a category, a list, or free."""
        asked = self.cleaned_data
        kind = CountKind.FREE
        if asked["skus"]:
            kind = CountKind.LIST
        elif asked["category"]:
            kind = CountKind.CATEGORY
        return CountDraft(
            location=asked["location"],
            kind=kind,
            name=asked["name"],
            skus=asked["skus"],
            category=asked["category"] if kind is CountKind.CATEGORY else "",
            blind=asked["blind"],
            freeze=asked["freeze"],
            due_on=asked["due_on"],
        )


@pages.needs(Scope.STOCK_READ)
def counts(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """List the counts, the latest first."""
    return _list(request, actor, None)


@require_POST
@pages.needs(Scope.STOCK_WRITE)
def ask(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Ask a site for a count."""
    form = CountForm(_places(actor), request.POST)
    if not form.is_valid():
        return _list(request, actor, form, status=422)
    try:
        with transaction.atomic():
            count_id = accuracy.open_count(draft=form.draft(), now=clock.now(), actor=actor)
    except InvalidInputError as error:
        for problem in error.problems:
            field = problem.field.split("[")[0]
            form.add_error(
                field if field in form.fields else None, f"{problem.message}: {problem.fix}."
            )
        return _list(request, actor, form, status=422)
    messages.success(request, gettext("The site sees it in its store app."))
    return redirect("console:count", count_id=to_public(COUNT_PREFIX, count_id))


@pages.needs(Scope.STOCK_READ)
def count(request: HttpRequest, actor: Actor, count_id: str) -> HttpResponseBase:
    """Show one count, with what is to be decided."""
    view = count_view(_id(count_id), actor=actor)
    lines = count_lines(view, limit=MOST_LINES)
    pending = [line for line in lines if line.state is LineState.PENDING]
    context = {
        "row": _row(view),
        "count": view,
        "lines": lines,
        "pending": pending,
        "reasons": [(item.value, wording.label("drift", item.value)) for item in DriftReason],
        "may_decide": bool(pending) and actor.may(Scope.STOCK_APPROVE),
        "may_cancel": view.state in OPEN and actor.may(Scope.STOCK_WRITE),
    }
    return pages.render(request, actor, "console/count.html", context, section="counts")


@require_POST
@pages.needs(Scope.STOCK_APPROVE)
def decide(request: HttpRequest, actor: Actor, count_id: str) -> HttpResponseBase:
    """Believe the chosen lines, have them counted again, or leave the stock as it is."""
    chosen = [
        Decision(sku=sku, reason=_reason(request.POST.get(f"reason-{sku}", "")))
        for sku in request.POST.getlist("sku")
    ]
    what, note = request.POST.get("what", ""), request.POST.get("note", "")[:200]
    try:
        with transaction.atomic():
            if not chosen:
                messages.error(request, gettext("Choose at least one line."))
            elif what == "approve":
                accuracy.approve(
                    count_id=_id(count_id),
                    decisions=chosen,
                    note=note,
                    now=clock.now(),
                    actor=actor,
                )
                messages.success(request, gettext("The stock is as counted."))
            else:
                accuracy.reject(
                    count_id=_id(count_id),
                    decisions=chosen,
                    recount=what != "reject",
                    note=note,
                    now=clock.now(),
                    actor=actor,
                )
                messages.success(request, gettext("It is decided."))
    except NotFoundError:
        raise
    except DomainError as error:
        pages.tell_refusal(request, error)
    return redirect("console:count", count_id=count_id)


@require_POST
@pages.needs(Scope.STOCK_WRITE)
def cancel(request: HttpRequest, actor: Actor, count_id: str) -> HttpResponseBase:
    """Take a count off a site's list."""
    try:
        with transaction.atomic():
            accuracy.cancel(count_id=_id(count_id), now=clock.now(), actor=actor)
    except NotFoundError:
        raise
    except DomainError as error:
        pages.tell_refusal(request, error)
    return redirect("console:count", count_id=count_id)


def _list(
    request: HttpRequest, actor: Actor, form: CountForm | None, *, status: int = 200
) -> HttpResponseBase:
    visible = visible_location_ids(actor)
    state = request.GET.get("state", "")
    place = snapshot().location(request.GET.get("location", ""))
    wanted = CountFilter(
        location_ids=_wanted(visible, place),
        states=(CountState(state),) if state in set(CountState) else (),
    )
    before = paging.position(request, COUNT_PREFIX)
    found = find_counts(wanted, before=before, limit=paging.PAGE_SIZE + 1)
    page = paging.make_page(
        request, [_row(item) for item in found], lambda row: row.id, started=before is not None
    )
    may_ask = actor.may(Scope.STOCK_WRITE)
    context = {
        "page": page,
        "state": state,
        "states": [(item.value, wording.label("count", item.value)) for item in CountState],
        "location": place.code if place else "",
        "places": sorted(_places(actor), key=lambda item: item.name),
        "form": (form or CountForm(_places(actor))) if may_ask else None,
        "open_dialog": form is not None,
        "narrowed": bool(state or place),
    }
    return pages.render(
        request, actor, "console/counts.html", context, section="counts", status=status
    )


def _wanted(visible: list[int] | None, place: LocationFacts | None) -> list[int] | None:
    if place is None or (visible is not None and place.id not in visible):
        return visible
    return [place.id]


def _row(view: CountView) -> CountRow:
    public = to_public(COUNT_PREFIX, view.id)
    network = snapshot()
    return CountRow(
        id=public,
        url=reverse("console:count", args=[public]),
        name=view.name or view.category or gettext("Counted freely"),
        site=network.locations[network.index_of[view.location_id]].name,
        view=view,
    )


def _places(actor: Actor) -> list[LocationFacts]:
    visible = visible_location_ids(actor)
    return [
        place
        for place in snapshot().locations
        if place.active and (visible is None or place.id in visible)
    ]


def _reason(text: str) -> DriftReason | None:
    return DriftReason(text) if text in set(DriftReason) else None


def _id(count_id: str) -> UUID:
    try:
        return from_public(COUNT_PREFIX, count_id)
    except InvalidPublicIdError as error:
        raise NotFoundError("count", count_id) from error
