"""The order page, and what may be done with an order from it."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chaland.access.types import Scope
from chaland.console import pages
from chaland.console.queries.order import MOVE_REASONS, OrderCard, order_card
from chaland.fulfilment.types import FULFILMENT_PREFIX, RefusalReason, RefuseRequest
from chaland.journeys import site_work
from chaland.journeys.cancel_order import (
    UnitsToCancel,
    cancel_fulfilment,
    cancel_order,
    source_blocked_order,
)
from chaland.journeys.refuse_fulfilment import refuse_fulfilment
from chaland.kernel import clock
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError
from chaland.kernel.ids import InvalidPublicIdError, from_public
from chaland.orders.types import LINE_PREFIX, ORDER_PREFIX, OrderState

CANCEL_REASONS = [
    ("customer_request", _("the customer asked for it")),
    ("fraud", _("suspected fraud")),
    ("unavailable", _("it cannot be had any more")),
    ("other", _("another reason")),
]


class CancelForm(forms.Form):
    """Why units are cancelled; the units themselves have a field for each line."""

    reason = forms.ChoiceField(label=_("Why"), choices=CANCEL_REASONS)


@pages.needs(Scope.ORDERS_READ)
def order(request: HttpRequest, actor: Actor, order_id: str) -> HttpResponseBase:
    """Show one order."""
    card = order_card(_uuid(ORDER_PREFIX, order_id), actor)
    return _page(request, actor, card, CancelForm())


@require_POST
@pages.needs(Scope.ORDERS_WRITE)
def cancel(request: HttpRequest, actor: Actor, order_id: str) -> HttpResponseBase:
    """Cancel the units that the form names."""
    found = _uuid(ORDER_PREFIX, order_id)
    card = order_card(found, actor)
    form = CancelForm(request.POST)
    form.full_clean()
    units = _units(card, request, form)
    if form.errors:
        return _page(request, actor, card, form, status=422)
    return _do(
        request,
        order_id,
        lambda: cancel_order(
            order_id=found,
            reason=form.cleaned_data["reason"],
            now=clock.now(),
            actor=actor,
            units=units,
        ),
        gettext("The units are cancelled and given back to stock."),
    )


@require_POST
@pages.needs(Scope.ORDERS_WRITE)
def resource(request: HttpRequest, actor: Actor, order_id: str) -> HttpResponseBase:
    """Try once more to find sites for a blocked order."""
    found = _uuid(ORDER_PREFIX, order_id)
    try:
        state = source_blocked_order(order_id=found, now=clock.now(), actor=actor)
    except DomainError as error:
        pages.tell_refusal(request, error)
    else:
        if state is OrderState.BLOCKED:
            messages.warning(request, gettext("Still no site has what is missing."))
        else:
            messages.success(request, gettext("Every unit has a place to come from again."))
    return redirect("console:order", order_id=order_id)


@require_POST
@pages.needs(Scope.FULFILMENT_WRITE)
def release(
    request: HttpRequest, actor: Actor, order_id: str, fulfilment_id: str
) -> HttpResponseBase:
    """Tell a site to start now."""
    found = _uuid(FULFILMENT_PREFIX, fulfilment_id)
    return _do(
        request,
        order_id,
        lambda: site_work.release(fulfilment_ids=[found], now=clock.now(), actor=actor),
        gettext("The site has been told."),
    )


@require_POST
@pages.needs(Scope.FULFILMENT_WRITE)
def move(request: HttpRequest, actor: Actor, order_id: str, fulfilment_id: str) -> HttpResponseBase:
    """Take the work away from a site, for a reason, and have it sourced elsewhere."""
    found = _uuid(FULFILMENT_PREFIX, fulfilment_id)
    reason = request.POST.get("reason", "")
    if reason not in dict(MOVE_REASONS):
        raise Http404
    card = order_card(_uuid(ORDER_PREFIX, order_id), actor)
    return _do(
        request,
        order_id,
        lambda: _take_away(card, found, reason, actor),
        gettext("The site has been relieved; see below who does it now."),
    )


def _take_away(card: OrderCard, fulfilment_id: UUID, reason: str, actor: Actor) -> None:
    """Refuse in the site's name if it may, so that it is not chosen again; else cancel."""
    part = next((item for item in card.parts if item.key == fulfilment_id), None)
    if part is None:
        raise Http404
    if part.may_refuse:
        request = RefuseRequest(fulfilment_id=fulfilment_id, reason=RefusalReason(reason))
        refuse_fulfilment(request=request, now=clock.now(), actor=actor)
    else:
        cancel_fulfilment(fulfilment_id=fulfilment_id, reason=reason, now=clock.now(), actor=actor)


def _do(
    request: HttpRequest, order_id: str, act: Callable[[], object], said: str
) -> HttpResponseBase:
    try:
        act()
    except DomainError as error:
        pages.tell_refusal(request, error)
    else:
        messages.success(request, said)
    return redirect("console:order", order_id=order_id)


def _units(card: OrderCard, request: HttpRequest, form: CancelForm) -> list[UnitsToCancel]:
    """Read how many units of each line to cancel; what is wrong goes into the form's errors."""
    units = []
    for line in card.lines:
        text = request.POST.get(f"line-{line.id}", "0")
        if not text.isdecimal() or int(text) > line.cancellable:
            form.add_error(
                None,
                gettext("%(name)s: choose a number from 0 to %(most)d.")
                % {"name": line.name, "most": line.cancellable},
            )
        elif int(text):
            units.append(UnitsToCancel(_uuid(LINE_PREFIX, line.id), int(text)))
    if not units and not form.errors:
        form.add_error(None, gettext("Choose at least one unit."))
    return units


def _page(
    request: HttpRequest, actor: Actor, card: OrderCard, form: CancelForm, *, status: int = 200
) -> HttpResponseBase:
    context = {"page": card, "cancel_form": form}
    return pages.render(
        request, actor, "console/order.html", context, section="orders", status=status
    )


def _uuid(prefix: str, text: str) -> UUID:
    try:
        return from_public(prefix, text)
    except InvalidPublicIdError as error:
        raise Http404 from error
