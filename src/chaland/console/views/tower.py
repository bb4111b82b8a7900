"""The control tower."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from chaland.access.types import Scope
from chaland.console import pages
from chaland.console.queries.tower import tower as read_tower
from chaland.kernel import clock
from chaland.kernel.actor import Actor


@pages.needs(Scope.ORDERS_READ)
def tower(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Show what needs a person; htmx asks for the moving part alone."""
    now = clock.now()
    template = "console/tower_body.html" if request.htmx else "console/tower.html"  # type: ignore[attr-defined]
    context = {"tower": read_tower(actor, now), "now": timezone.localtime(now)}
    return pages.render(request, actor, template, context, section="tower")
