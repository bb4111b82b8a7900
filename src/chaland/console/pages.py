"""What every view of the console shares: who may open it, its frame, and how refusals are shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.shortcuts import render as render_template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chaland.access.queries import actor_of_user
from chaland.access.types import Role, Scope
from chaland.console import wording
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError, NotFoundError
from chaland.web.context import request_id_of

Params = ParamSpec("Params")
ActorView = Callable[Concatenate[HttpRequest, Actor, Params], HttpResponseBase]
PlainView = Callable[Concatenate[HttpRequest, Params], HttpResponseBase]

STORE_APP = "/store/"


@dataclass(frozen=True, slots=True)
class Entry:
    """A screen in the navigation."""

    key: str
    title: str | Promise
    icon: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """Screens that belong together, under a title or none."""

    title: str | Promise
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """The frame of a page: who looks at it and where they can go."""

    name: str
    initials: str
    role: str
    navigation: tuple[Group, ...]


_SCREENS: tuple[tuple[str | Promise, tuple[tuple[str, str | Promise, str, Scope], ...]], ...] = (
    (
        "",
        (
            ("tower", _("Control tower"), "tower", Scope.ORDERS_READ),
            ("orders", _("Orders"), "orders", Scope.ORDERS_READ),
            ("locations", _("Sites"), "shop", Scope.NETWORK_READ),
            ("carriers", _("Carriers"), "truck", Scope.NETWORK_READ),
            ("strategies", _("Sourcing"), "route", Scope.SOURCING_READ),
            ("promises", _("Promises kept"), "clock", Scope.PROMISES_READ),
            ("lab", _("Lab"), "again", Scope.SOURCING_READ),
        ),
    ),
    (
        _("Stock"),
        (
            ("stock", _("Products"), "box", Scope.STOCK_READ),
            ("rules", _("Stock rules"), "rules", Scope.STOCK_READ),
            ("counts", _("Counts"), "scan", Scope.STOCK_READ),
            ("accuracy", _("Accuracy"), "target", Scope.STOCK_READ),
            ("feeds", _("Feeds"), "feed", Scope.STOCK_READ),
        ),
    ),
    (
        _("Administration"),
        (
            ("webhooks", _("Webhooks"), "webhook", Scope.WEBHOOKS_WRITE),
            ("keys", _("API keys"), "key", Scope.ACCESS_ADMIN),
            ("audit", _("Audit"), "audit", Scope.AUDIT_READ),
        ),
    ),
)


def needs(scope: Scope) -> Callable[[ActorView[Params]], PlainView[Params]]:
    """Open a view only to signed-in people with *scope*; store associates go to the store app."""

    def decorate(view: ActorView[Params]) -> PlainView[Params]:
        @wraps(view)
        def guarded(
            request: HttpRequest, /, *args: Params.args, **kwargs: Params.kwargs
        ) -> HttpResponseBase:
            if _is_associate(request):
                if request.method == "GET":
                    return redirect(STORE_APP)
                raise PermissionDenied
            actor = actor_of_user(request.user, request_id_of(request))
            if not actor.may(scope):
                raise PermissionDenied
            try:
                return view(request, actor, *args, **kwargs)
            except NotFoundError as error:
                raise Http404(error.message) from error

        return login_required(guarded)

    return decorate


def _is_associate(request: HttpRequest) -> bool:
    return getattr(request.user, "role", "") == Role.STORE_ASSOCIATE


def render(
    request: HttpRequest,
    actor: Actor,
    template: str,
    context: Mapping[str, Any],
    *,
    section: str,
    status: int = 200,
) -> HttpResponse:
    """Answer with a page inside the console's frame."""
    role = getattr(request.user, "role", "")
    screen = Screen(
        name=actor.label,
        initials=wording.initials(actor.label),
        role=wording.label("role", role),
        navigation=_navigation(actor),
    )
    return render_template(
        request, template, {**context, "screen": screen, "section": section}, status=status
    )


def _navigation(actor: Actor) -> tuple[Group, ...]:
    groups = []
    for title, screens in _SCREENS:
        entries = tuple(
            Entry(key, name, icon, reverse(f"console:{key}"))
            for key, name, icon, scope in screens
            if actor.may(scope)
        )
        if entries:
            groups.append(Group(title, entries))
    return tuple(groups)


def tell_refusal(request: HttpRequest, error: DomainError) -> None:
    """Show a refusal at the top of the next page, with what to do about it."""
    text = wording.refusal(error)
    messages.error(request, text)
