"""Stock: a product found by its name, its code or a scan."""

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from chaland.access.types import Scope
from chaland.console import pages, paging
from chaland.console.queries.stock import chosen_channel, exact_product, products
from chaland.kernel import clock
from chaland.kernel.actor import Actor
from chaland.network.queries import snapshot


class StockSearch(forms.Form):
    """What to look for, and for whom it would be sold."""

    q = forms.CharField(required=False, max_length=200)
    channel = forms.ChoiceField(label=_("For sale on"), required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own arguments
        self.fields["channel"] = forms.ChoiceField(
            label=_("For sale on"), required=False, choices=channel_choices()
        )


def channel_choices() -> list[tuple[str, str]]:
    """Return the channels in use, the one shown by default first."""
    network = snapshot()
    first = chosen_channel(network, "")
    active = sorted(
        (channel for channel in network.channels.values() if channel.active),
        key=lambda channel: (channel != first, channel.name),
    )
    return [(channel.code, channel.name) for channel in active]


@pages.needs(Scope.STOCK_READ)
def stock(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """List the products that match; Enter on a whole code or a scan opens the product itself."""
    q = request.GET.get("q", "")
    typing = bool(request.htmx)  # type: ignore[attr-defined]
    if not typing and (code := exact_product(q)):
        return redirect("console:product", code=code)
    after = request.GET.get("from", "")
    channel = chosen_channel(snapshot(), request.GET.get("channel", ""))
    rows = products(
        q=q,
        after=after,
        channel=channel,
        actor=actor,
        now=clock.now(),
        limit=paging.PAGE_SIZE + 1,
    )
    page = paging.make_page(request, rows, lambda row: row.code, started=bool(after))
    initial = {"q": q, "channel": channel.code if channel else ""}
    context = {"form": StockSearch(initial), "page": page, "channel": channel, "q": q}
    template = "console/stock_found.html" if typing else "console/stock.html"
    return pages.render(request, actor, template, context, section="stock")
