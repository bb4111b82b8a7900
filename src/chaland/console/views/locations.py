"""Sites: their load, their hours, and whether they take new work."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chaland.access.types import Scope
from chaland.console import pages, sites, wording
from chaland.console.queries.tower import all_sites, work_rows
from chaland.fulfilment import queries as fulfilment
from chaland.kernel import clock
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError
from chaland.kernel.pci import find_card_number
from chaland.network.operations import pause_locations, resume_locations
from chaland.network.queries import location as find_location
from chaland.network.queries import snapshot, visible_location_ids
from chaland.network.types import Capability, LocationKind, Pause
from chaland.promise import queries as promise_queries

CAPABILITIES = {
    Capability.SHIP: _("send parcels"),
    Capability.PICKUP: _("hand over"),
    Capability.RETURN: _("take back"),
    Capability.RESERVE: _("put aside"),
}


class SiteSearch(forms.Form):
    """Which sites to list."""

    q = forms.CharField(
        label=_("Name, town or code"),
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("Any")), ("paused", _("Paused")), ("late", _("With late work"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind.value, wording.label("kind", kind.value)) for kind in LocationKind]
        self.fields["kind"] = forms.ChoiceField(
            label=_("Kind"), required=False, choices=[("", _("All")), *kinds]
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether any condition was given."""
        return any(self.data.get(name) for name in self.fields)

    def matches(self, place: sites.Site) -> bool:
        """Tell whether a site is among those asked for."""
        asked = self.cleaned_data if self.is_valid() else {}
        words = asked.get("q", "").casefold().split()
        text = f"{place.name} {place.city} {place.code}".casefold()
        if not all(word in text for word in words):
            return False
        if asked.get("kind") and place.kind != asked["kind"]:
            return False
        state = asked.get("state")
        return not state or (place.paused if state == "paused" else place.late > 0)


class PauseForm(forms.Form):
    """Why a site takes no new work, and until when."""

    reason = forms.CharField(
        label=_("Why"), max_length=200, help_text=_("Shown to the site and to your colleagues.")
    )
    until = forms.DateTimeField(
        label=_("Until"),
        required=False,
        help_text=_("Leave empty: until somebody resumes it."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )

    def clean_reason(self) -> str:
        """Refuse what looks like a payment card's number."""
        reason: str = self.cleaned_data["reason"]
        if find_card_number(reason):
            raise forms.ValidationError(_("This holds a card number. Leave it out."))
        return reason

    def clean_until(self) -> datetime | None:
        """Refuse a moment in the past."""
        until: datetime | None = self.cleaned_data["until"]
        if until is not None and until <= clock.now():
            raise forms.ValidationError(_("This moment has passed: choose a later one."))
        return until


@pages.needs(Scope.NETWORK_READ)
def locations(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """List the sites, the fullest first."""
    form = SiteSearch(request.GET)
    found = all_sites(snapshot(), visible_location_ids(actor), clock.now())
    rows = sorted(filter(form.matches, found), key=sites.by_urgency)
    context = {"form": form, "rows": rows, "paused_count": sum(row.paused for row in rows)}
    return pages.render(request, actor, "console/locations.html", context, section="locations")


@pages.needs(Scope.NETWORK_READ)
def location(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Show one site."""
    return _page(request, actor, code, PauseForm())


@require_POST
@pages.needs(Scope.NETWORK_WRITE)
def pause(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Give a site no new work."""
    form = PauseForm(request.POST)
    if not form.is_valid():
        return _page(request, actor, code, form, status=422)
    facts = find_location(code, actor=actor)
    try:
        with transaction.atomic():
            pause_locations(
                codes=[code],
                pause=Pause(reason=form.cleaned_data["reason"], until=form.cleaned_data["until"]),
                now=clock.now(),
                actor=actor,
            )
    except DomainError as error:
        pages.tell_refusal(request, error)
    else:
        messages.success(request, gettext("%(name)s is paused.") % {"name": facts.name})
    return redirect("console:location", code=code)


@require_POST
@pages.needs(Scope.NETWORK_WRITE)
def resume(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Give a site new work again."""
    facts = find_location(code, actor=actor)
    try:
        with transaction.atomic():
            resume_locations(codes=[code], now=clock.now(), actor=actor)
    except DomainError as error:
        pages.tell_refusal(request, error)
    else:
        messages.success(request, gettext("%(name)s takes orders again.") % {"name": facts.name})
    return redirect("console:location", code=code)


def _page(
    request: HttpRequest, actor: Actor, code: str, form: PauseForm, *, status: int = 200
) -> HttpResponseBase:
    now = clock.now()
    facts = find_location(code, actor=actor)
    network = snapshot()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    loads = fulfilment.load_by_location(now=now, since=midnight, location_ids=[facts.id])
    names = {item.code: item.name for item in network.organisations}
    place = sites.site(facts, loads, names, now)
    today = midnight.date()
    work = fulfilment.work_list(location_ids=[facts.id], limit=30)
    context = {
        "site": place,
        "facts": facts,
        "load": place.load,
        "hours": sites.opening_days(facts.calendar, now),
        "work": work_rows(work, network),
        "handling": sites.handling(
            promise_queries.engine(network).handling_at(network.index_of[facts.id])
        ),
        "closures": [item for item in facts.calendar.closures if item.ends >= today],
        "capabilities": ", ".join(
            str(text) for name, text in CAPABILITIES.items() if name in facts.capabilities
        ),
        "refused": ", ".join(sorted(facts.refused_restrictions)),
        "may_pause": actor.may(Scope.NETWORK_WRITE),
        "pause_form": form,
        "store_url": f"{pages.STORE_APP}{facts.code}/" if actor.may(Scope.FULFILMENT_WRITE) else "",
    }
    return pages.render(
        request, actor, "console/location.html", context, section="locations", status=status
    )
