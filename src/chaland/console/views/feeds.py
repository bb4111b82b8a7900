"""Feeds: whether other systems still tell their stock, how far a file is, what waits and why."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chaland.access.types import Scope
from chaland.console import feed_words, pages
from chaland.console.queries.feeds import RUN_PREFIX, feed_cards, feed_page, run_row
from chaland.feeds import folders, queries
from chaland.feeds import operations as feeds
from chaland.feeds.types import FileReceipt, RunKind, RunState
from chaland.kernel import clock
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError, NotFoundError
from chaland.kernel.ids import InvalidPublicIdError, from_public

SHOWN_DIFFERENCES = 100


class UploadForm(forms.Form):
    """A file of a feed, and when it was true."""

    file = forms.FileField(label=_("File (CSV or JSON lines)"))
    as_of = forms.DateTimeField(
        label=_("True as of"),
        required=False,
        help_text=_("Leave empty: now."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    compare = forms.BooleanField(label=_("Compare only: change nothing"), required=False)

    def clean_as_of(self) -> datetime:
        """Refuse the future; nothing means now."""
        at: datetime | None = self.cleaned_data["as_of"]
        if at is not None and at > clock.now():
            raise forms.ValidationError(_("This moment has not come yet."))
        return at or clock.now()


@pages.needs(Scope.STOCK_READ)
def all_feeds(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Show how each feed does; htmx asks for the moving part alone."""
    template = "console/feeds_body.html" if request.htmx else "console/feeds.html"  # type: ignore[attr-defined]
    context = {"cards": feed_cards(actor, clock.now())}
    return pages.render(request, actor, template, context, section="feeds")


@pages.needs(Scope.STOCK_READ)
def feed(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Show one feed."""
    return _page(request, actor, code, UploadForm())


@require_POST
@pages.needs(Scope.STOCK_WRITE)
def upload(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Take a file; the worker merges it, and the page shows how far it is."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, actor, code, form, status=422)
    sent = form.cleaned_data["file"]
    try:
        path, sha256, size = folders.keep(sent, size=sent.size, name=sent.name)
        receipt = FileReceipt(
            path=str(path),
            name=sent.name,
            sha256=sha256,
            size=size,
            as_of=form.cleaned_data["as_of"],
        )
        receipt = replace(receipt, compare=form.cleaned_data["compare"])
        with transaction.atomic():
            feeds.receive_file(feed_code=code, receipt=receipt, now=clock.now(), actor=actor)
    except DomainError as error:
        pages.tell_refusal(request, error)
    else:
        messages.success(request, gettext("%(name)s is received.") % {"name": sent.name})
    return redirect("console:feed", code=code)


@require_POST
@pages.needs(Scope.STOCK_WRITE)
def replay_lines(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Try lines again that wait for one reason, or for any."""
    reason = request.POST.get("reason", "")

    def act(now: datetime) -> str:
        feeds.replay(feed_code=code, reason=reason, now=now, actor=actor)
        return gettext("The lines are tried again.")

    return _acted(request, code, act)


@require_POST
@pages.needs(Scope.STOCK_WRITE)
def dismiss_lines(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Give lines up that wait for one reason."""
    reason = request.POST.get("reason", "")

    def act(now: datetime) -> str:
        count = feeds.dismiss(feed_code=code, reason=reason, now=now, actor=actor)
        text = ngettext("%(count)d line is dismissed.", "%(count)d lines are dismissed.", count)
        return text % {"count": count}

    return _acted(request, code, act)


@pages.needs(Scope.STOCK_READ)
def run(request: HttpRequest, actor: Actor, run_id: str) -> HttpResponseBase:
    """Show one run: what became of its lines; of a comparison, each difference and its cause."""
    view = queries.run(_id(run_id), actor=actor)
    compares = view.kind is RunKind.COMPARE
    found = (
        queries.differences(view.id, actor=actor, limit=SHOWN_DIFFERENCES, unexplained=True)
        if compares
        else []
    )
    summary = view.summary
    context = {
        "row": run_row(view),
        "feed": queries.feed(view.feed, actor=actor),
        "compares": compares,
        "differences": found,
        "unhealed": any(not item.healed for item in found),
        "summary": summary,
        "may_write": actor.may(Scope.STOCK_WRITE),
        "ended": view.state is RunState.DONE,
    }
    template = "console/run_body.html" if request.htmx else "console/run.html"  # type: ignore[attr-defined]
    return pages.render(request, actor, template, context, section="feeds")


@require_POST
@pages.needs(Scope.STOCK_WRITE)
def stop_run(request: HttpRequest, actor: Actor, run_id: str) -> HttpResponseBase:
    """Stop a run between two steps."""
    return _steered(request, actor, run_id, feeds.ask_to_stop)


@require_POST
@pages.needs(Scope.STOCK_WRITE)
def resume_run(request: HttpRequest, actor: Actor, run_id: str) -> HttpResponseBase:
    """Let a stopped run go on."""
    return _steered(request, actor, run_id, feeds.resume_run)


@require_POST
@pages.needs(Scope.STOCK_WRITE)
def heal_run(request: HttpRequest, actor: Actor, run_id: str) -> HttpResponseBase:
    """Bring the stock to what a comparison found, where nothing explains the difference."""
    return _steered(request, actor, run_id, feeds.heal)


def _steered(
    request: HttpRequest, actor: Actor, run_id: str, operation: Callable[..., object]
) -> HttpResponseBase:
    try:
        with transaction.atomic():
            operation(run_id=_id(run_id), now=clock.now(), actor=actor)
    except NotFoundError:
        raise
    except DomainError as error:
        pages.tell_refusal(request, error)
    return redirect("console:run", run_id=run_id)


def _acted(request: HttpRequest, code: str, act: Callable[[datetime], str]) -> HttpResponseBase:
    try:
        with transaction.atomic():
            said = act(clock.now())
    except NotFoundError:
        raise
    except DomainError as error:
        pages.tell_refusal(request, error)
    else:
        messages.success(request, said)
    return redirect("console:feed", code=code)


def _page(
    request: HttpRequest, actor: Actor, code: str, form: UploadForm, *, status: int = 200
) -> HttpResponseBase:
    page = feed_page(code, actor, clock.now())
    context = {
        "page": page,
        "feed": page.feed,
        "card": page.card,
        "mode": feed_words.mode(page.feed.mode),
        "form": form,
        "may_write": actor.may(Scope.STOCK_WRITE) and page.feed.active,
    }
    template = "console/feed_body.html" if request.htmx else "console/feed.html"  # type: ignore[attr-defined]
    return pages.render(request, actor, template, context, section="feeds", status=status)


def _id(run_id: str) -> UUID:
    try:
        return from_public(RUN_PREFIX, run_id)
    except InvalidPublicIdError as error:
        raise NotFoundError("run", run_id) from error
