"""Webhooks: who listens, and how each delivery went."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chaland.access.types import Scope
from chaland.console import pages, paging, wording
from chaland.journeys import manage_webhooks
from chaland.kernel import clock
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError
from chaland.kernel.ids import InvalidPublicIdError, from_public, to_public
from chaland.outbox import queries as outbox
from chaland.outbox.types import DeliveryState, DeliveryView, EndpointView

ENDPOINT_PREFIX = "whe"


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """An endpoint with its public id."""

    id: str
    view: EndpointView

    def __getattr__(self, name: str) -> Any:
        return getattr(self.view, name)


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as shown: waiting after a failure is not waiting for the first time."""

    view: DeliveryView

    @property
    def shown_state(self) -> str:
        """The state in the words of the screen."""
        if self.view.state == DeliveryState.PENDING and self.view.attempts:
            return "failed"
        return self.view.state.value

    def __getattr__(self, name: str) -> Any:
        return getattr(self.view, name)


class ReplayForm(forms.Form):
    """From when on events are sent again."""

    since = forms.DateTimeField(
        label=_("Since"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )

    def clean_since(self) -> datetime:
        """Refuse a moment to come."""
        since: datetime = self.cleaned_data["since"]
        if since > clock.now():
            raise forms.ValidationError(_("This moment has not come yet: choose an earlier one."))
        return since


@pages.needs(Scope.WEBHOOKS_WRITE)
def webhooks(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """List who listens."""
    rows = [EndpointRow(to_public(ENDPOINT_PREFIX, item.id), item) for item in outbox.endpoints()]
    return pages.render(
        request, actor, "console/webhooks.html", {"endpoints": rows}, section="webhooks"
    )


@pages.needs(Scope.WEBHOOKS_WRITE)
def webhook(request: HttpRequest, actor: Actor, endpoint_id: str) -> HttpResponseBase:
    """Show one endpoint's deliveries."""
    return _page(request, actor, _uuid(endpoint_id), ReplayForm())


@require_POST
@pages.needs(Scope.WEBHOOKS_WRITE)
def replay(request: HttpRequest, actor: Actor, endpoint_id: str) -> HttpResponseBase:
    """Send events again from a moment on."""
    found = _uuid(endpoint_id)
    form = ReplayForm(request.POST)
    if not form.is_valid():
        return _page(request, actor, found, form, status=422)
    try:
        with transaction.atomic():
            count = manage_webhooks.replay(
                endpoint_id=found, since=form.cleaned_data["since"], now=clock.now(), actor=actor
            )
    except DomainError as error:
        pages.tell_refusal(request, error)
    else:
        messages.success(
            request,
            ngettext("%(count)d event is sent again.", "%(count)d events are sent again.", count)
            % {"count": count},
        )
    return redirect("console:webhook", endpoint_id=endpoint_id)


def _page(
    request: HttpRequest, actor: Actor, endpoint_id: UUID, form: ReplayForm, *, status: int = 200
) -> HttpResponseBase:
    endpoint = outbox.endpoint_view(endpoint_id)
    chosen = request.GET.get("state", "")
    state = DeliveryState(chosen) if chosen in set(DeliveryState) else None
    start = request.GET.get("from", "")
    before = int(start) if start.isdecimal() else None
    found = outbox.deliveries(
        endpoint_id, state=state, before_seq=before, limit=paging.PAGE_SIZE + 1
    )
    page = paging.make_page(
        request,
        [DeliveryRow(item) for item in found],
        lambda row: str(row.view.seq),
        started=before is not None,
    )
    context = {
        "endpoint": EndpointRow(to_public(ENDPOINT_PREFIX, endpoint.id), endpoint),
        "page": page,
        "states": _choices(state),
        "replay_form": form,
        "may_replay": endpoint.active,
    }
    return pages.render(
        request, actor, "console/webhook.html", context, section="webhooks", status=status
    )


@dataclass(frozen=True, slots=True)
class StateChoice:
    """A state to narrow the list to."""

    key: str
    name: str
    now: bool


def _choices(state: DeliveryState | None) -> list[StateChoice]:
    names = [
        ("", gettext("All")),
        *((s.value, wording.label("webhook", s.value)) for s in DeliveryState),
    ]
    return [StateChoice(key, name, key == (state.value if state else "")) for key, name in names]


def _uuid(text: str) -> UUID:
    try:
        return from_public(ENDPOINT_PREFIX, text)
    except InvalidPublicIdError as error:
        raise Http404 from error
