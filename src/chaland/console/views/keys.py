"""API keys: made, shown once, revoked. For administrators."""

from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from chaland.access.operations import create_api_key, revoke_api_key
from chaland.access.queries import list_api_keys
from chaland.access.types import Scope
from chaland.console import pages, paging
from chaland.kernel import clock
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError
from chaland.kernel.ids import InvalidPublicIdError, from_public

KEY_PREFIX = "key"


class KeyForm(forms.Form):
    """A key to be made. Empty codes mean everything."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Which system will use it"))
    scopes = forms.MultipleChoiceField(
        label=_("May"),
        choices=[(scope.value, scope.value) for scope in Scope],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one thing it may do.")},
    )
    organisations = forms.CharField(
        label=_("Only for these organisations"),
        required=False,
        help_text=_("Codes with commas between; leave empty for all."),
    )
    expires_on = forms.DateField(
        label=_("Ends on"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def codes(self) -> list[str] | None:
        """Return the organisations' codes; None for all."""
        text = self.cleaned_data["organisations"]
        return [code.strip() for code in text.split(",") if code.strip()] or None

    def end(self) -> datetime | None:
        """Return when the key ends: the end of the chosen day, UTC."""
        day = self.cleaned_data["expires_on"]
        return None if day is None else datetime.combine(day, time.max, UTC)


@never_cache
@pages.needs(Scope.ACCESS_ADMIN)
def keys(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """List the keys; POST makes one and shows its token on this very answer, never again."""
    form = KeyForm(request.POST if request.method == "POST" else None)
    token = ""
    if form.is_bound and form.is_valid():
        token = _make(form, actor)
        if token:
            form = KeyForm()
    status = 422 if form.errors else 200
    return pages.render(
        request,
        actor,
        "console/keys.html",
        _context(request, form, token),
        section="keys",
        status=status,
    )


def _make(form: KeyForm, actor: Actor) -> str:
    try:
        with transaction.atomic():
            made = create_api_key(
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                organisations=form.codes(),
                expires_at=form.end(),
                now=clock.now(),
                actor=actor,
            )
    except DomainError as error:
        fields = {problem.field: problem.message for problem in error.problems}
        for name, message in fields.items():
            known = {"expires_at": "expires_on"}.get(name, name)
            form.add_error(known if known in form.fields else None, message)
        if not fields:
            form.add_error(None, error.message)
        return ""
    return made.token


def _context(request: HttpRequest, form: KeyForm, token: str) -> dict[str, Any]:
    after = paging.position(request, KEY_PREFIX)
    found = list_api_keys(after=after, limit=paging.PAGE_SIZE + 1)
    page = paging.make_page(request, found, lambda key: str(key.id), started=after is not None)
    return {"page": page, "form": form, "new_token": token}


@require_POST
@pages.needs(Scope.ACCESS_ADMIN)
def revoke(request: HttpRequest, actor: Actor, key_id: str) -> HttpResponseBase:
    """Close a key for good."""
    try:
        found = from_public(KEY_PREFIX, key_id)
    except InvalidPublicIdError as error:
        raise Http404 from error
    with transaction.atomic():
        revoke_api_key(key_id=found, now=clock.now(), actor=actor)
    messages.success(request, gettext("The key is revoked."))
    return redirect("console:keys")
