"""The customer's page and the cancellation, opened by the link alone."""

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from chaland.journeys.cancel_order import UnitsToCancel, cancel_order
from chaland.kernel import clock
from chaland.kernel.errors import DomainError, NotFoundError
from chaland.orders.tracking import verify_token
from chaland.tracking.queries import TrackingPage, customer_of, tracking_page

CUSTOMER_REASON = "customer_request"


@never_cache
@require_safe
def order(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show an order to whoever has its link; htmx asks for the moving part alone."""
    page = _page(token)
    if page is None:
        return render(request, "tracking/unknown.html", status=404)
    fragment = bool(request.htmx)  # type: ignore[attr-defined]
    return render(
        request,
        "tracking/order_body.html" if fragment else "tracking/order.html",
        {"page": page, "url": reverse("tracking:order", args=[token]), "token": token},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, token: str) -> HttpResponseBase:
    """Ask once more, then cancel everything that has not left."""
    page = _page(token)
    if page is None:
        return render(request, "tracking/unknown.html", status=404)
    url = reverse("tracking:order", args=[token])
    if not page.may_cancel:
        messages.warning(request, gettext("It has left: it cannot be cancelled any more."))
        return redirect(url)
    if request.method == "POST":
        _cancel(request, page)
        return redirect(url)
    return render(request, "tracking/cancel.html", {"page": page, "url": url})


def _page(token: str) -> TrackingPage | None:
    order_id = verify_token(token)
    if order_id is None:
        return None
    try:
        return tracking_page(order_id, clock.now())
    except NotFoundError:
        return None


def _cancel(request: HttpRequest, page: TrackingPage) -> None:
    units = [UnitsToCancel(line.id, line.cancellable) for line in page.lines if line.cancellable]
    try:
        cancel_order(
            order_id=page.order_id,
            reason=CUSTOMER_REASON,
            now=clock.now(),
            actor=customer_of(page.order_id),
            units=units,
        )
    except DomainError:
        messages.warning(request, gettext("It has left: it cannot be cancelled any more."))
    else:
        messages.success(request, gettext("Your order is cancelled."))
