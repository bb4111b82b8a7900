"""The store app's views: choose a shop, see what is to do, carry one job to the hand-over."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chaland.access.queries import actor_of_user
from chaland.access.types import Role, Scope
from chaland.fulfilment.types import FULFILMENT_PREFIX, FulfilmentState, RefusalReason
from chaland.journeys import site_work
from chaland.kernel import clock
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError, NotFoundError
from chaland.kernel.ids import to_public
from chaland.network.types import LocationFacts
from chaland.store import actions, queries
from chaland.web.context import request_id_of

Params = ParamSpec("Params")
ActorView = Callable[Concatenate[HttpRequest, Actor, Params], HttpResponseBase]
PlainView = Callable[Concatenate[HttpRequest, Params], HttpResponseBase]

REASONS = [
    (RefusalReason.NOT_FOUND, _("We cannot find it")),
    (RefusalReason.DAMAGED, _("It is damaged")),
    (RefusalReason.NO_CAPACITY, _("We have no time or no people")),
    (RefusalReason.CLOSED, _("The shop is closed")),
    (RefusalReason.OTHER, _("Another reason")),
]
SHORT_REASONS = REASONS[:2]


def for_staff(view: ActorView[Params]) -> PlainView[Params]:
    """Open a view only to signed-in people who may work on orders."""

    @wraps(view)
    def guarded(
        request: HttpRequest, /, *args: Params.args, **kwargs: Params.kwargs
    ) -> HttpResponseBase:
        actor = actor_of_user(request.user, request_id_of(request))
        if not actor.may(Scope.FULFILMENT_WRITE):
            raise PermissionDenied
        try:
            return view(request, actor, *args, **kwargs)
        except NotFoundError as error:
            raise Http404(error.message) from error

    return login_required(guarded)


@for_staff
def shops(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Choose where one works; with one shop there is nothing to choose."""
    known = queries.shops(actor, now=clock.now())
    if len(known) == 1 and not actor.may(Scope.CUSTOMERS_READ):
        return redirect("store:work", code=known[0].code)
    q = request.GET.get("q", "")
    words = q.casefold().split()
    found = [
        item
        for item in known
        if all(word in f"{item.name} {item.city} {item.code}".casefold() for word in words)
    ]
    return show(request, "store/shops.html", {"shops": known, "found": found, "q": q})


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the to-do lists, and how much is in it."""

    key: str
    name: str
    count: int
    url: str


@for_staff
def work(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Show one to-do list of a shop; htmx asks for the list alone."""
    now = clock.now()
    shop = queries.shop(code, actor)
    asked = request.GET.get("view", "")
    view = asked if asked in queries.VIEWS else "prepare"
    jobs = queries.jobs(shop, view, now=now)
    context = {
        "shop": shop,
        "paused": shop.is_paused(now),
        "view": view,
        "tabs": tabs(shop),
        "jobs": jobs,
        "more": len(jobs) == queries.MOST_JOBS,
        "to_accept": sum(job.state == FulfilmentState.RELEASED for job in jobs),
        "calm": _calm(view),
    }
    fragment = bool(request.htmx)  # type: ignore[attr-defined]
    return show(request, "store/work_list.html" if fragment else "store/work.html", context)


@for_staff
def job(request: HttpRequest, actor: Actor, code: str, fulfilment_id: str) -> HttpResponseBase:
    """Show one job and its next step."""
    shop = queries.shop(code, actor)
    return _job_page(request, shop, fulfilment_id, code=request.GET.get("code", ""))


@require_POST
@for_staff
def act(
    request: HttpRequest, actor: Actor, code: str, fulfilment_id: str, action: str
) -> HttpResponseBase:
    """Take one step with a job, then show what comes next."""
    shop = queries.shop(code, actor)
    step = actions.STEPS.get(action)
    if step is None:
        raise Http404
    page = queries.job_page(shop, fulfilment_id, now=clock.now())
    try:
        said = step.run(page, request.POST, clock.now(), actor)
    except DomainError as error:
        if error.code == "wrong_pickup_code":
            typed = request.POST.get("code", "")
            return _job_page(request, shop, fulfilment_id, code=typed, wrong_code=True)
        messages.error(request, actions.refusal(error))
        return redirect("store:job", code=code, fulfilment_id=fulfilment_id)
    if said:
        messages.success(request, said)
    if step.ends or request.POST.get("back") == "list":
        return redirect(_list_url(shop, page.job.state, page.job.method))
    return redirect("store:job", code=code, fulfilment_id=fulfilment_id)


@require_POST
@for_staff
def accept_all(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Accept everything that waits to be accepted."""
    shop = queries.shop(code, actor)
    waiting = queries.to_accept(shop)
    try:
        if waiting:
            site_work.accept(fulfilment_ids=waiting, now=clock.now(), actor=actor)
    except DomainError as error:
        messages.error(request, actions.refusal(error))
    else:
        text = ngettext("%(count)d order accepted.", "%(count)d orders accepted.", len(waiting))
        messages.success(request, text % {"count": len(waiting)})
    return redirect("store:work", code=code)


@for_staff
def find_code(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Open the job that a customer's pickup code belongs to."""
    shop = queries.shop(code, actor)
    typed = request.GET.get("code", "")
    found = queries.job_with_code(shop, typed)
    if found is None:
        messages.error(
            request, gettext("No order at this counter has the code %s.") % typed.strip()
        )
        return redirect(f"{reverse('store:work', args=[code])}?view=counter")
    address = reverse("store:job", args=[code, to_public(FULFILMENT_PREFIX, found.id)])
    return redirect(f"{address}?code={found.pickup_code}")


def _job_page(
    request: HttpRequest,
    shop: LocationFacts,
    fulfilment_id: str,
    *,
    code: str = "",
    wrong_code: bool = False,
) -> HttpResponse:
    page = queries.job_page(shop, fulfilment_id, now=clock.now())
    context = {
        "shop": shop,
        "job": page.job,
        "is_open": page.view.state in actions.OPEN,
        "lines": page.lines,
        "parcels": page.parcels,
        "note": page.note,
        "steps": actions.progress(page.view),
        "closing": actions.closing(page.view),
        "may_refuse": page.view.state in actions.REFUSABLE,
        "refuse_reasons": REASONS,
        "short_reasons": SHORT_REASONS,
        "back_url": _list_url(shop, page.job.state, page.job.method),
        "code": code,
        "code_error": actions.wrong_code_text() if wrong_code else "",
    }
    return show(request, "store/job.html", context, status=422 if wrong_code else 200)


def _list_url(shop: LocationFacts, state: str, method: str) -> str:
    """Return the list that a job in this state is on."""
    shown = next(
        (name for name, states in queries.VIEWS.items() if state in states),
        "counter" if method == "pickup" else "prepare",
    )
    return f"{reverse('store:work', args=[shop.code])}?view={shown}"


def tabs(shop: LocationFacts) -> list[Tab]:
    """Return the to-do lists of a shop and how much is in each."""
    counts = queries.counts(shop)
    work = reverse("store:work", args=[shop.code])
    return [
        Tab("prepare", gettext("Prepare"), counts["prepare"], f"{work}?view=prepare"),
        Tab("counter", gettext("Counter"), counts["counter"], f"{work}?view=counter"),
        Tab("carrier", gettext("Carrier"), counts["carrier"], f"{work}?view=carrier"),
        Tab(
            "counts", gettext("Count"), counts["counts"], reverse("store:counts", args=[shop.code])
        ),
    ]


@dataclass(frozen=True, slots=True)
class Calm:
    """What an empty list says."""

    title: str
    text: str


def _calm(view: str) -> Calm:
    texts = {
        "prepare": (gettext("All done"), gettext("New orders appear here by themselves.")),
        "counter": (
            gettext("Nobody is expected"),
            gettext("Orders that are ready to collect appear here."),
        ),
        "carrier": (
            gettext("Nothing for the carrier"),
            gettext("Packed parcels wait here until they are collected."),
        ),
    }
    return Calm(*texts[view])


def show(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Answer with a page of the store app."""
    associate = getattr(request.user, "role", "") == Role.STORE_ASSOCIATE
    return render(request, template, {**context, "has_console": not associate}, status=status)
