"""Strategies: which there are, what is in force, who follows it, what was before."""

import re
import unicodedata

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from chaland.access.types import Scope
from chaland.console import pages
from chaland.console import strategy_words as words
from chaland.console.queries.strategies import (
    change_lines,
    draft_beside,
    names_for,
    pilot_of,
    read_aloud,
    strategy_name,
    strategy_rows,
)
from chaland.console.strategy_forms import ActivationForm, NewStrategyForm, PilotForm
from chaland.kernel import clock
from chaland.kernel.actor import Actor
from chaland.kernel.errors import DomainError
from chaland.network.queries import snapshot
from chaland.sourcing import operations, queries
from chaland.sourcing.types import StrategyDocument, StrategyVersion


def may_change(actor: Actor) -> bool:
    """Tell whether somebody may change strategies: they bind the whole group."""
    limited = actor.organisations is not None or actor.locations is not None
    return actor.may(Scope.SOURCING_WRITE) and not limited


@pages.needs(Scope.SOURCING_READ)
def strategies(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """List the strategies."""
    return _list(request, actor, _new_form(request, post=False))


@require_POST
@pages.needs(Scope.SOURCING_WRITE)
def new_strategy(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Draft a strategy, empty or as another one is."""
    form = _new_form(request, post=True)
    if not form.is_valid():
        return _list(request, actor, form, status=422)
    name = form.cleaned_data["name"].strip()
    like = queries.in_force(now=clock.now()).get(form.cleaned_data["like"])
    document = like.document if like else StrategyDocument(name=name)
    code = _free_code(name)
    with transaction.atomic():
        operations.write_draft(
            code=code, document=renamed(document, name), now=clock.now(), actor=actor
        )
    return redirect("console:strategy_draft", code=code)


@pages.needs(Scope.SOURCING_READ)
def strategy(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Show a strategy: what is in force in words, its versions, its channels, its pilot."""
    return _page(request, actor, code, _pilot_form(code))


@require_POST
@pages.needs(Scope.SOURCING_WRITE)
def assign_strategy(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Let a channel follow the strategy, or the default one again."""
    channel = request.POST.get("channel", "")
    wanted = queries.BUILT_IN.code if request.POST.get("leave") else code
    try:
        with transaction.atomic():
            operations.assign_channel(
                channel=channel, strategy=wanted, now=clock.now(), actor=actor
            )
    except DomainError as error:
        pages.tell_refusal(request, error)
    else:
        messages.success(request, gettext("The channel follows it from now on."))
    return redirect("console:strategy", code=code)


@require_POST
@pages.needs(Scope.SOURCING_WRITE)
def pilot_strategy(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Start, change or end the pilot of a strategy."""
    form = PilotForm(request.POST)
    ending = bool(request.POST.get("end"))
    if not ending and not form.is_valid():
        return _page(request, actor, code, form, status=422)
    try:
        with transaction.atomic():
            if ending:
                operations.end_pilot(strategy=code, now=clock.now(), actor=actor)
            else:
                operations.put_pilot(pilot=form.pilot(code), now=clock.now(), actor=actor)
    except DomainError as error:
        pages.tell_refusal(request, error)
    else:
        text = gettext("The pilot is over.") if ending else gettext("The pilot runs from now on.")
        messages.success(request, text)
    return redirect("console:strategy", code=code)


@require_POST
@pages.needs(Scope.SOURCING_WRITE)
def roll_back_strategy(
    request: HttpRequest, actor: Actor, code: str, version: int
) -> HttpResponseBase:
    """Put an earlier version into force again."""
    try:
        with transaction.atomic():
            made = operations.roll_back(
                code=code,
                version=version,
                note=request.POST.get("note", "")[:500],
                now=clock.now(),
                actor=actor,
            )
    except DomainError as error:
        pages.tell_refusal(request, error)
    else:
        text = gettext("Version %(old)d is in force again, as version %(new)d.")
        messages.success(request, text % {"old": version, "new": made.version})
    return redirect("console:strategy", code=code)


@require_POST
@pages.needs(Scope.SOURCING_WRITE)
def activate_strategy(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Put the draft into force, now or at a moment; or take a plan back."""
    form = ActivationForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("This is no moment: choose a day and an hour."))
        return redirect("console:strategy_draft", code=code)
    now = clock.now()
    try:
        with transaction.atomic():
            operations.lock_strategies()
            if request.POST.get("withdraw"):
                operations.withdraw_plan(code=code, now=now, actor=actor)
                messages.success(request, gettext("The plan is taken back."))
                return redirect("console:strategy_draft", code=code)
            draft = queries.draft_of(code)
            if draft is None or draft.edit != form.cleaned_data["edit"]:
                messages.error(request, changed_meanwhile())
                return redirect("console:strategy_draft", code=code)
            made = operations.activate(
                code=code,
                at=form.moment(),
                note=form.cleaned_data["note"],
                now=now,
                actor=actor,
            )
    except DomainError as error:
        pages.tell_refusal(request, error)
        return redirect("console:strategy_draft", code=code)
    text = gettext("Version %(version)d is in force.")
    if made.activate_at is not None:
        text = gettext("Version %(version)d takes force at its moment, by itself.")
    messages.success(request, text % {"version": made.version})
    return redirect("console:strategy", code=code)


def changed_meanwhile() -> str:
    """Return what is said when somebody else was faster."""
    return gettext("Somebody changed this draft meanwhile. Look at it again.")


def renamed(document: StrategyDocument, name: str) -> StrategyDocument:
    """Return a strategy under another name."""
    return queries.document_of({**queries.document_form(document), "name": name})


def _list(
    request: HttpRequest, actor: Actor, form: NewStrategyForm, *, status: int = 200
) -> HttpResponseBase:
    context = {
        "rows": strategy_rows(clock.now()),
        "form": form,
        "may_change": may_change(actor),
        "sees_all": actor.organisations is None and actor.locations is None,
    }
    return pages.render(
        request, actor, "console/strategies.html", context, section="strategies", status=status
    )


def _new_form(request: HttpRequest, *, post: bool) -> NewStrategyForm:
    known = [
        (code, strategy_name(version))
        for code, version in queries.in_force(now=clock.now()).items()
    ]
    return NewStrategyForm(request.POST if post else None, strategies=known)


def _pilot_form(code: str) -> PilotForm:
    pilot = pilot_of(code)
    if pilot is None:
        return PilotForm()
    return PilotForm(
        initial={
            "share": pilot.share,
            "postal_prefixes": list(pilot.postal_prefixes),
            "location_groups": list(pilot.location_groups),
            "channels": list(pilot.channels),
        }
    )


def _page(
    request: HttpRequest, actor: Actor, code: str, form: PilotForm, *, status: int = 200
) -> HttpResponseBase:
    now = clock.now()
    versions = queries.versions_of(code)
    if not versions:
        raise Http404(code)
    present = queries.in_force(now=now).get(code)
    draft = draft_beside(versions, present)
    names = names_for([])
    pilot = pilot_of(code)
    use = queries.strategy_use()
    default = queries.BUILT_IN.code
    followed = {c: use.channels.get(c, default) for c in sorted(snapshot().channels)}
    context = {
        "code": code,
        "name": strategy_name(present or versions[0]),
        "is_default": code == default,
        "present": present,
        "reading": read_aloud(present.document, now) if present else None,
        "draft": draft,
        "changes": change_lines(present.document, draft.document) if present and draft else [],
        "history": _history(versions, present, draft),
        "channels": [
            (channel, names.channels([channel])[0], other == code, other)
            for channel, other in followed.items()
        ],
        "pilot": words.pilot_text(pilot, names) if pilot else "",
        "pilot_form": form,
        "may_change": may_change(actor),
    }
    return pages.render(
        request, actor, "console/strategy.html", context, section="strategies", status=status
    )


def _history(
    versions: list[StrategyVersion],
    present: StrategyVersion | None,
    draft: StrategyVersion | None,
) -> list[dict[str, object]]:
    """Return the versions that were in force, the latest first, each with what it changed."""
    shown = [item for item in versions if draft is None or item.version != draft.version]
    return [
        {
            "version": item,
            "in_force": present is not None and item.version == present.version,
            "changes": change_lines(older.document, item.document) if older else [],
        }
        for item, older in zip(shown, [*shown[1:], None], strict=True)
    ]


def _free_code(name: str) -> str:
    """Return a code made from the name that no strategy has yet."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50] or "strategy"
    code, number = stem, 2
    while queries.versions_of(code):
        code, number = f"{stem}-{number}", number + 1
    return code
