"""Carriers: what their services cost, from where and from when, and new rate cards."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chaland.access.types import Scope
from chaland.console import pages
from chaland.console.queries.carriers import carrier_rows, service_page
from chaland.kernel import clock
from chaland.kernel.actor import Actor
from chaland.network.queries import snapshot
from chaland.promise import operations, queries
from chaland.promise.types import OriginKind, RateCardDraft

LARGEST_FILE = 1_000_000


class CardForm(forms.Form):
    """A carrier's table, from when it holds and for which sites."""

    file = forms.FileField(
        label=_("File (CSV)"), help_text=_("Columns: areas, max_weight_kg, up_to_km, price.")
    )
    valid_from = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date"})
    )
    origin = forms.ChoiceField(label=_("For parcels from"), required=False)
    preview = forms.BooleanField(
        label=_("Only show what would change"), required=False, initial=True
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own arguments
        network = snapshot()
        self.fields["origin"] = forms.ChoiceField(
            label=_("For parcels from"),
            required=False,
            choices=[
                ("", _("All sites")),
                *((f"group:{code}", group.name) for code, group in sorted(network.groups.items())),
                *((f"location:{item.code}", item.name) for item in network.locations),
            ],
        )

    def clean_file(self) -> str:
        """Return the text of the file."""
        sent = self.cleaned_data["file"]
        if sent.size > LARGEST_FILE:
            raise forms.ValidationError(_("The file is too large."))
        try:
            text: str = sent.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise forms.ValidationError(_("The file is no text in UTF-8.")) from error
        return text


@pages.needs(Scope.NETWORK_READ)
def carriers(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Show the services of every carrier."""
    context = {"rows": carrier_rows(clock.now().date())}
    return pages.render(request, actor, "console/carriers.html", context, section="carriers")


@pages.needs(Scope.NETWORK_READ)
def carrier(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Show what one service costs: the card in force, or the one asked for."""
    return _page(request, actor, code, CardForm())


@require_POST
@pages.needs(Scope.NETWORK_WRITE)
def import_card(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Write a rate card, or show what it would change; when anything is wrong, nothing happens."""
    form = CardForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, actor, code, form, status=422)
    rows, problems = queries.read_rate_table(form.cleaned_data["file"])
    if problems:
        return _page(request, actor, code, form, status=422, problems=problems)
    draft = _draft(code, form.cleaned_data["valid_from"], form.cleaned_data["origin"], rows)
    if form.cleaned_data["preview"]:
        return _page(request, actor, code, form, changes=queries.rate_changes(draft))
    with transaction.atomic():
        [outcome] = operations.put_rate_cards(drafts=[draft], now=clock.now(), actor=actor)
    if outcome.problem is not None:
        pages.tell_refusal(request, outcome.problem)
        return redirect("console:carrier", code=code)
    messages.success(request, gettext("The rate card is written."))
    address = redirect("console:carrier", code=code)
    address["Location"] += f"?card={outcome.code}"
    return address


def _draft(code: str, valid_from: date, origin: str, rows: Any) -> RateCardDraft:
    kind, _sign, name = origin.partition(":")
    return RateCardDraft(
        service_code=code,
        valid_from=valid_from,
        rows=rows,
        origin_kind=OriginKind(kind) if kind else OriginKind.ALL,
        origin=name,
    )


def _page(
    request: HttpRequest,
    actor: Actor,
    code: str,
    form: CardForm,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponseBase:
    page = service_page(code, request.GET.get("card", ""), clock.now().date())
    may_write = actor.may(Scope.NETWORK_WRITE)
    context = {"page": page, "form": form, "may_write": may_write, **more}
    return pages.render(
        request, actor, "console/carrier.html", context, section="carriers", status=status
    )
