"""The strategy editor: a draft's rules and defaults, what is worth knowing, one order tried."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from chaland.access.types import Scope
from chaland.console import pages
from chaland.console import strategy_forms as forms
from chaland.console.queries.strategies import change_lines, read_aloud, strategy_name
from chaland.console.queries.strategy_trial import try_on
from chaland.console.views.strategies import changed_meanwhile, may_change
from chaland.kernel import clock
from chaland.kernel.actor import Actor
from chaland.kernel.errors import ConflictError, DomainError, FieldProblem, InvalidInputError
from chaland.sourcing import operations, queries
from chaland.sourcing.types import Rule, StrategyDocument, StrategyVersion


@pages.needs(Scope.SOURCING_READ)
def draft(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Show the draft in words, beside what is in force; try it on an order."""
    return _page(request, actor, _draft(code))


@require_POST
@pages.needs(Scope.SOURCING_WRITE)
def open_draft(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Begin a draft with what is in force."""
    present = queries.in_force(now=clock.now()).get(code)
    if queries.draft_of(code) is None and present is not None:
        _write(request, actor, code, replace(present.document, name=strategy_name(present)))
    return redirect("console:strategy_draft", code=code)


@require_POST
@pages.needs(Scope.SOURCING_WRITE)
def discard_draft(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Throw the draft away."""
    try:
        with transaction.atomic():
            operations.discard_draft(code=code, now=clock.now(), actor=actor)
    except ConflictError as error:
        pages.tell_refusal(request, error)
        return redirect("console:strategy_draft", code=code)
    messages.success(request, gettext("The draft is thrown away."))
    known = queries.versions_of(code)
    return redirect("console:strategy", code=code) if known else redirect("console:strategies")


@require_POST
@pages.needs(Scope.SOURCING_WRITE)
def draft_defaults(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Change what holds for orders for which no rule says otherwise."""
    known = _draft(code)
    form = forms.DefaultsForm(request.POST)
    if not form.is_valid():
        return _page(request, actor, known, form, status=422)
    if form.cleaned_data["edit"] != known.edit:
        messages.error(request, changed_meanwhile())
    elif _write(request, actor, code, replace(known.document, **form.values())):
        messages.success(request, gettext("The draft is saved."))
    return redirect("console:strategy_draft", code=code)


@pages.needs(Scope.SOURCING_WRITE)
def draft_rule(request: HttpRequest, actor: Actor, code: str, rule: str = "") -> HttpResponseBase:
    """Make a rule, or change one."""
    known = _draft(code)
    before = next((item for item in known.document.rules if item.code == rule), None)
    if rule and before is None:
        raise Http404(rule)
    if request.method != "POST":
        return _editor(request, actor, known, before, *_unbound(known, before))
    form = forms.RuleForm(request.POST)
    circles = forms.CircleForms(request.POST, prefix="circles")
    preferences = forms.PreferenceForms(request.POST, prefix="preferences")
    if all([form.is_valid(), circles.is_valid(), preferences.is_valid()]):
        if form.cleaned_data["edit"] != known.edit:
            form.add_error(None, changed_meanwhile())
        else:
            made = form.rule(
                before.code if before else _free_code(form.cleaned_data["name"], known.document),
                circles,
                preferences,
                before,
            )
            problems = _save_rule(actor, known, before, made)
            if not problems:
                messages.success(request, gettext("The draft is saved."))
                if request.POST.get("more"):
                    return redirect("console:strategy_rule", code=code, rule=made.code)
                return redirect("console:strategy_draft", code=code)
            form.refuse(problems)
    return _editor(request, actor, known, before, form, circles, preferences, status=422)


@require_POST
@pages.needs(Scope.SOURCING_WRITE)
def move_rule(request: HttpRequest, actor: Actor, code: str, rule: str) -> HttpResponseBase:
    """Move a rule up or down, switch it, or take it out."""
    known = _draft(code)
    rules = list(known.document.rules)
    place = next((n for n, item in enumerate(rules) if item.code == rule), None)
    if place is None:
        raise Http404(rule)
    deed = request.POST.get("deed")
    if deed == "up" and place > 0:
        rules[place - 1], rules[place] = rules[place], rules[place - 1]
    elif deed == "down" and place + 1 < len(rules):
        rules[place + 1], rules[place] = rules[place], rules[place + 1]
    elif deed == "switch":
        rules[place] = replace(rules[place], on=not rules[place].on)
    elif deed == "remove":
        del rules[place]
    _write(request, actor, code, replace(known.document, rules=tuple(rules)))
    return redirect("console:strategy_draft", code=code)


def _save_rule(
    actor: Actor, known: StrategyVersion, before: Rule | None, made: Rule
) -> Sequence[FieldProblem]:
    rules = known.document.rules
    changed = (
        tuple(made if item.code == before.code else item for item in rules)
        if before
        else (*rules, made)
    )
    try:
        with transaction.atomic():
            operations.write_draft(
                code=known.code,
                document=replace(known.document, rules=changed),
                note=known.note,
                now=clock.now(),
                actor=actor,
            )
    except InvalidInputError as error:
        return error.problems
    except DomainError as error:
        return [FieldProblem("", error.code, error.message.rstrip("."), error.fix)]
    return ()


def _write(request: HttpRequest, actor: Actor, code: str, document: StrategyDocument) -> bool:
    try:
        with transaction.atomic():
            operations.write_draft(code=code, document=document, now=clock.now(), actor=actor)
    except DomainError as error:
        pages.tell_refusal(request, error)
        return False
    return True


def _draft(code: str) -> StrategyVersion:
    found = queries.draft_of(code)
    if found is None:
        raise Http404(code)
    return found


def _unbound(known: StrategyVersion, before: Rule | None) -> tuple[Any, Any, Any]:
    initial = forms.rule_initial(before, known.edit) if before else {"edit": known.edit}
    return (
        forms.RuleForm(initial=initial),
        forms.CircleForms(
            prefix="circles", initial=forms.circles_initial(before.circles if before else ())
        ),
        forms.PreferenceForms(
            prefix="preferences",
            initial=forms.preferences_initial(before.preferences if before else ()),
        ),
    )


def _page(
    request: HttpRequest,
    actor: Actor,
    known: StrategyVersion,
    form: forms.DefaultsForm | None = None,
    *,
    status: int = 200,
) -> HttpResponseBase:
    now = clock.now()
    present = queries.in_force(now=now).get(known.code)
    typed = request.GET.get("order", "").strip()[:200]
    context = {
        "code": known.code,
        "draft": known,
        "present": present,
        "reading": read_aloud(known.document, now, on_orders=True),
        "changes": change_lines(present.document, known.document) if present else [],
        "defaults": form
        or forms.DefaultsForm(initial=forms.defaults_initial(known.document, known.edit)),
        "activation": forms.ActivationForm(initial={"edit": known.edit}),
        "typed": typed,
        "trial": try_on(known, typed, now, actor) if typed else None,
        "may_change": may_change(actor) and known.activate_at is None,
        "may_plan": may_change(actor),
    }
    return pages.render(
        request, actor, "console/strategy_draft.html", context, section="strategies", status=status
    )


def _editor(
    request: HttpRequest,
    actor: Actor,
    known: StrategyVersion,
    before: Rule | None,
    form: forms.RuleForm,
    circles: Any,
    preferences: Any,
    *,
    status: int = 200,
) -> HttpResponseBase:
    alone = replace(known.document, rules=(before,)) if before else None
    context = {
        "code": known.code,
        "draft": known,
        "rule": before,
        "card": read_aloud(alone, clock.now()).rules[0] if alone else None,
        "form": form,
        "circles": circles,
        "preferences": preferences,
    }
    return pages.render(
        request, actor, "console/strategy_rule.html", context, section="strategies", status=status
    )


def _free_code(name: str, document: StrategyDocument) -> str:
    """Return a code made from the name that no rule of the strategy has."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50] or "rule"
    taken = {rule.code for rule in document.rules}
    code, number = stem, 2
    while code in taken:
        code, number = f"{stem}-{number}", number + 1
    return code
