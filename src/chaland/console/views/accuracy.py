"""Accuracy: how true the records are, where they are not, why, and what it costs."""

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from chaland.access.types import Scope
from chaland.catalog.queries import categories
from chaland.console import pages
from chaland.console.queries.accuracy import accuracy_page
from chaland.kernel import clock
from chaland.kernel.actor import Actor
from chaland.network.queries import visible_location_ids

WEEKS = [("4", _("4 weeks")), ("8", _("8 weeks")), ("26", _("half a year"))]
USUAL_WEEKS = 8


class AccuracyForm(forms.Form):
    """Which counts to look at."""

    weeks = forms.ChoiceField(label=_("The last"), required=False, choices=WEEKS)
    category = forms.ChoiceField(label=_("Category"), required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own arguments
        self.fields["category"] = forms.ChoiceField(
            label=_("Category"),
            required=False,
            choices=[("", _("All")), *((item, item) for item in categories())],
        )


@pages.needs(Scope.STOCK_READ)
def accuracy(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Show how true the records are."""
    given = request.GET.copy()
    given.setdefault("weeks", str(USUAL_WEEKS))
    form = AccuracyForm(given)
    asked = form.cleaned_data if form.is_valid() else {}
    page = accuracy_page(
        now=clock.now(),
        weeks=int(asked.get("weeks") or USUAL_WEEKS),
        category=asked.get("category", ""),
        location_ids=visible_location_ids(actor),
    )
    context = {"page": page, "form": form}
    return pages.render(request, actor, "console/accuracy.html", context, section="accuracy")
