"""Order search: by number, person, tracking number, state, channel, day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chaland.access.types import Scope
from chaland.console import pages, paging, wording
from chaland.console.queries.tower import order_url
from chaland.customers.queries import contacts
from chaland.journeys.find_orders import FoundOrder, OrderSearch, find_orders
from chaland.kernel.actor import Actor
from chaland.kernel.ids import to_public
from chaland.network.queries import snapshot
from chaland.orders.types import ORDER_PREFIX, OrderMethod, OrderState


class OrderSearchForm(forms.Form):
    """What to look for."""

    q = forms.CharField(required=False, max_length=200)
    state = forms.ChoiceField(label=_("State"), required=False)
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    method = forms.ChoiceField(label=_("Method"), required=False)
    since = forms.DateField(
        label=pgettext_lazy("date", "From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = forms.DateField(
        label=pgettext_lazy("date", "To"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels = snapshot().channels.values()
        choices = {
            "state": [(state.value, wording.label("order", state.value)) for state in OrderState],
            "channel": [(channel.code, channel.name) for channel in channels],
            "method": [(item.value, wording.label("method", item.value)) for item in OrderMethod],
        }
        for name, values in choices.items():
            self.fields[name] = forms.ChoiceField(
                label=self.fields[name].label, required=False, choices=[("", _("All")), *values]
            )

    def narrowing(self) -> list[forms.BoundField]:
        """Return the fields beside the text."""
        return [self[name] for name in self.fields if name != "q"]

    @property
    def is_narrowed(self) -> bool:
        """Whether any condition was given."""
        return any(self.data.get(name) for name in self.fields)

    def search(self) -> OrderSearch:
        """Return the conditions; fields that could not be read narrow nothing."""
        given = self.cleaned_data if self.is_valid() else self.cleaned_data or {}
        until = given.get("until")
        return OrderSearch(
            q=given.get("q", ""),
            states=[OrderState(given["state"])] if given.get("state") else (),
            channel=given.get("channel", ""),
            method=OrderMethod(given["method"]) if given.get("method") else None,
            placed_from=_midnight(given.get("since")),
            placed_to=_midnight(until + timedelta(days=1)) if until else None,
        )


def _midnight(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """An order as a line of the list."""

    id: str
    url: str
    external_id: str
    state: str
    customer: str
    destination: str
    placed_at: datetime
    channel: str
    method: str
    promise_latest: datetime | None
    total: Decimal | None
    currency: str


@pages.needs(Scope.ORDERS_READ)
def orders(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """List the orders that match, the newest first; htmx asks for the list alone."""
    form = OrderSearchForm(request.GET)
    before = paging.position(request, ORDER_PREFIX)
    found = find_orders(form.search(), actor=actor, before=before, limit=paging.PAGE_SIZE + 1)
    page = paging.make_page(
        request, _rows(found, actor), lambda row: row.id, started=before is not None
    )
    context = {"form": form, "page": page, "narrowed": form.is_narrowed}
    fragment = bool(request.htmx)  # type: ignore[attr-defined]
    template = "console/orders_found.html" if fragment else "console/orders.html"
    return pages.render(request, actor, template, context, section="orders")


def _rows(found: Sequence[FoundOrder], actor: Actor) -> list[OrderRow]:
    names = {}
    if actor.may(Scope.CUSTOMERS_READ):
        names = contacts({item.order.customer_id for item in found})
    channels = snapshot().channels
    return [
        OrderRow(
            id=to_public(ORDER_PREFIX, item.order.id),
            url=order_url(item.order.id),
            external_id=item.order.external_id,
            state=item.order.state.value,
            customer=person.name if (person := names.get(item.order.customer_id)) else "",
            destination=f"{item.order.destination_postal_code} {item.order.destination_country}",
            placed_at=item.order.placed_at,
            channel=channels[item.channel].name,
            method=item.order.method.value,
            promise_latest=item.order.promise_latest,
            total=item.total,
            currency=item.order.currency,
        )
        for item in found
    ]
