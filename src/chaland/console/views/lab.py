"""The lab: ask what would have happened, see how far it is, and what it came to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chaland.access.types import Scope
from chaland.console import pages, wording
from chaland.console.queries.lab import lab_page, lab_rows
from chaland.kernel import clock
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError, NotFoundError
from chaland.kernel.ids import InvalidPublicIdError, from_public, to_public
from chaland.lab import operations as lab_operations
from chaland.lab import queries
from chaland.lab.types import RUN_PREFIX, Span, Spec, Variant
from chaland.network.queries import snapshot
from chaland.promise.queries import services
from chaland.sourcing.queries import versions_of
from chaland.web.authorisation import require_unlimited

SEARCHED = {
    "delay_per_line_day": Span(lowest=Decimal(0), highest=Decimal(1)),
    "extra_parcel": Span(lowest=Decimal(0), highest=Decimal(4)),
    "unpickable_unit": Span(lowest=Decimal(0), highest=Decimal(10)),
}
"""What a search from the screen tries; the API takes any spans."""

_DAY = forms.DateInput(attrs={"type": "date"})


class LabForm(forms.Form):
    """A question: a period, and what is different, or a search."""

    name = forms.CharField(label=_("Name"), max_length=200)
    first = forms.DateField(label=_("From"), widget=_DAY)
    last = forms.DateField(label=_("Until, included"), widget=_DAY)
    draws = forms.IntegerField(
        label=_("Repeats"),
        min_value=1,
        max_value=20,
        initial=3,
        help_text=_("With other shelves each time: more repeats, a surer answer."),
    )
    strategy = forms.ChoiceField(label=_("Strategy"), required=False)
    closed = forms.MultipleChoiceField(label=_("Sites that are closed"), required=False)
    buffer = forms.IntegerField(
        label=_("Units that stay back in every shop"), required=False, min_value=0, max_value=1000
    )
    parcel_price = forms.DecimalField(
        label=_("Carriers' prices, in percent of today's"),
        required=False,
        min_value=1,
        max_value=1000,
    )
    search = forms.BooleanField(
        label=_("Look for the best weights instead"),
        required=False,
        help_text=_("Tries forty sets of weights and draws what no other is better than."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions = [
            (f"{item.code}/{item.version}", f"{item.document.name} · {item.code} {item.version}")
            for item in versions_of()
        ]
        self.fields["strategy"].choices = [("", _("as today")), *versions]  # type: ignore[attr-defined]
        sites = sorted((item.name, item.code) for item in snapshot().locations if item.active)
        self.fields["closed"].choices = [(code, name) for name, code in sites]  # type: ignore[attr-defined]

    def spec(self) -> Spec:
        """Return the question."""
        asked = self.cleaned_data
        zone = timezone.get_current_timezone()
        code, _slash, version = asked["strategy"].partition("/")
        spec = Spec(
            starts_at=datetime.combine(asked["first"], time(), zone),
            ends_at=datetime.combine(asked["last"] + timedelta(days=1), time(), zone),
            draws=asked["draws"],
            strategy=code or "default",
        )
        if asked["search"]:
            return replace(spec, draws=1, spans=SEARCHED, tries=40)
        return replace(spec, variants=(self._variant(code, version),))

    def _variant(self, code: str, version: str) -> Variant:
        asked = self.cleaned_data
        price = asked["parcel_price"]
        return Variant(
            name=asked["name"],
            strategy=code,
            version=int(version) if version else None,
            closed=tuple(asked["closed"]),
            prices={} if price is None else {item.code: price / 100 for item in services()},
            buffer=asked["buffer"],
        )


@pages.needs(Scope.SOURCING_READ)
def lab(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """List what was asked."""
    require_unlimited(actor)
    today = timezone.localdate(clock.now())
    asked = {"first": today - timedelta(days=7), "last": today - timedelta(days=1), "draws": 3}
    return _list(request, actor, LabForm(initial=asked))


@require_POST
@pages.needs(Scope.SOURCING_WRITE)
def start_lab_run(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Ask; a worker answers."""
    require_unlimited(actor)
    form = LabForm(request.POST)
    if form.is_valid():
        try:
            with transaction.atomic():
                run = lab_operations.start_run(
                    name=form.cleaned_data["name"], spec=form.spec(), now=clock.now(), actor=actor
                )
        except DomainError as error:
            form.add_error(None, wording.refusal(error))
        else:
            return redirect("console:lab_run", run_id=to_public(RUN_PREFIX, run.id))
    return _list(request, actor, form, status=422)


@pages.needs(Scope.SOURCING_READ)
def lab_run(request: HttpRequest, actor: Actor, run_id: str) -> HttpResponseBase:
    """Show one run: how far it is, and what it came to; htmx asks for the moving part alone."""
    require_unlimited(actor)
    template = "console/lab_run_body.html" if request.htmx else "console/lab_run.html"  # type: ignore[attr-defined]
    context = {
        "page": lab_page(queries.run(_id(run_id))),
        "may_write": actor.may(Scope.SOURCING_WRITE),
    }
    return pages.render(request, actor, template, context, section="lab")


@require_POST
@pages.needs(Scope.SOURCING_WRITE)
def stop_lab_run(request: HttpRequest, actor: Actor, run_id: str) -> HttpResponseBase:
    """Stop a run between two steps."""
    return _steered(request, actor, run_id, lab_operations.ask_to_stop)


@require_POST
@pages.needs(Scope.SOURCING_WRITE)
def resume_lab_run(request: HttpRequest, actor: Actor, run_id: str) -> HttpResponseBase:
    """Let a stopped run go on."""
    return _steered(request, actor, run_id, lab_operations.resume_run)


def _list(
    request: HttpRequest, actor: Actor, form: LabForm, *, status: int = 200
) -> HttpResponseBase:
    context = {
        "rows": lab_rows(),
        "form": form if actor.may(Scope.SOURCING_WRITE) else None,
        "open_dialog": form.is_bound,
    }
    return pages.render(request, actor, "console/lab.html", context, section="lab", status=status)


def _steered(
    request: HttpRequest, actor: Actor, run_id: str, operation: Callable[..., object]
) -> HttpResponseBase:
    require_unlimited(actor)
    try:
        with transaction.atomic():
            operation(run_id=_id(run_id), now=clock.now(), actor=actor)
    except NotFoundError:
        raise
    except DomainError as error:
        pages.tell_refusal(request, error)
    return redirect("console:lab_run", run_id=run_id)


def _id(run_id: str) -> UUID:
    try:
        return from_public(RUN_PREFIX, run_id)
    except InvalidPublicIdError as error:
        raise NotFoundError(gettext("run of the lab"), run_id) from error
