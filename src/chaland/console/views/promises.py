"""Promises kept: how often customers got their goods when they were told, and terms of promises."""

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from chaland.access.types import Scope
from chaland.console import pages
from chaland.console.queries.promises import promises_page
from chaland.kernel import clock
from chaland.kernel.actor import Actor
from chaland.network.queries import snapshot, visible_location_ids

WEEKS = [("4", _("4 weeks")), ("8", _("8 weeks")), ("26", _("half a year"))]
BASES = [("", _("All")), ("learned", _("learned")), ("stated", _("stated"))]
USUAL_WEEKS = 8


class PromisesForm(forms.Form):
    """Which promises to look at."""

    weeks = forms.ChoiceField(label=_("The last"), required=False, choices=WEEKS)
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    basis = forms.ChoiceField(label=_("Times"), required=False, choices=BASES)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own arguments
        channels = sorted((code, item.name) for code, item in snapshot().channels.items())
        self.fields["channel"] = forms.ChoiceField(
            label=_("Channel"), required=False, choices=[("", _("All")), *channels]
        )


@pages.needs(Scope.PROMISES_READ)
def promises(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Show how promises were kept."""
    given = request.GET.copy()
    given.setdefault("weeks", str(USUAL_WEEKS))
    form = PromisesForm(given)
    asked = form.cleaned_data if form.is_valid() else {}
    page = promises_page(
        now=clock.now(),
        weeks=int(asked.get("weeks") or USUAL_WEEKS),
        channel=asked.get("channel", ""),
        basis=asked.get("basis", ""),
        location_ids=visible_location_ids(actor),
    )
    context = {"page": page, "form": form}
    return pages.render(request, actor, "console/promises.html", context, section="promises")
