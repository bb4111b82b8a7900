"""Stock rules: what keeps units from being sold, in plain words, tried before they are saved."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chaland.access.types import Scope
from chaland.availability.operations import lock_rules, upsert_rules
from chaland.availability.queries import rule_version, stored_rule
from chaland.availability.types import RuleKind, RuleScope, StockRule
from chaland.catalog.queries import categories, search_skus, skus, tags
from chaland.console import pages, rule_words
from chaland.console.picking import PickedField, PickedWidget
from chaland.console.queries.rules import history, rule_effect, rule_rows, rules_by_kind
from chaland.console.views.audit import audit_lines
from chaland.kernel import clock
from chaland.kernel.actor import Actor
from chaland.kernel.errors import InvalidInputError
from chaland.network.queries import snapshot

HIGHEST_UNITS, HIGHEST_PERCENT, HIGHEST_PRIORITY, LONGEST_NAME = 1_000_000, 100, 10_000, 200
USUAL_PRIORITY = 100
SUGGESTED = 20
TRIED = "to-be-tried"
"""The code of a rule that is tried before it has one of its own."""

_AMOUNTS = {
    RuleKind.SAFETY_STOCK: "units",
    RuleKind.THRESHOLD: "units",
    RuleKind.PERCENTAGE: "percent",
}


def _moment(label: Any, help_text: Any = "") -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        help_text=help_text,
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class RuleForm(forms.Form):
    """A rule as it shall be."""

    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        help_text=_("People read it as the reason: “3 buffer (rule Christmas toys)”."),
    )
    kind = forms.ChoiceField(
        label=_("What it does"),
        widget=forms.RadioSelect,
        choices=[(kind.value, name) for kind, name in rule_words.KINDS.items()],
        initial=RuleKind.SAFETY_STOCK.value,
    )
    units = forms.IntegerField(
        label=_("Units"), required=False, min_value=1, max_value=HIGHEST_UNITS
    )
    percent = forms.IntegerField(
        label=_("Percent"), required=False, min_value=1, max_value=HIGHEST_PERCENT
    )
    on = forms.ChoiceField(
        label=_("Sale is"),
        required=False,
        choices=[("off", _("off")), ("on", _("on, whatever a later rule says"))],
    )
    opens_at = _moment(_("Opens at"), _("Leave empty: not before further notice."))
    channels = forms.MultipleChoiceField(
        label=_("Channels"), required=False, widget=forms.CheckboxSelectMultiple
    )
    methods = forms.MultipleChoiceField(
        label=_("Ways to the customer"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=list(rule_words.METHODS.items()),
    )
    location_groups = forms.MultipleChoiceField(
        label=_("Groups of sites"), required=False, widget=forms.CheckboxSelectMultiple
    )
    locations = PickedField(_("Sites"))
    categories = PickedField(_("Categories"))
    tags = PickedField(_("Tags"))
    skus = PickedField(_("Articles"))
    starts_at = _moment(_("Holds from"))
    ends_at = _moment(_("Until"))
    priority = forms.IntegerField(
        label=_("Priority"),
        min_value=0,
        max_value=HIGHEST_PRIORITY,
        initial=USUAL_PRIORITY,
        help_text=_("Of several rules of a kind, the lowest decides; then the most specific."),
    )
    active = forms.BooleanField(label=_("The rule is on"), required=False, initial=True)
    version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    GROUPS = {
        "amount": ("units", "percent", "on", "opens_at"),
        "who": ("channels", "methods"),
        "where": ("location_groups", "locations"),
        "what": ("categories", "tags", "skus"),
        "when": ("starts_at", "ends_at", "priority", "active"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        network = snapshot()
        self._choose("channels", [(item.code, item.name) for item in network.channels.values()])
        self._choose(
            "location_groups", [(item.code, item.name) for item in network.groups.values()]
        )
        self._suggest("locations", [(item.code, item.name) for item in network.locations])
        self._suggest("categories", [(item, item) for item in categories()])
        self._suggest("tags", [(item, item) for item in tags()])
        picked = skus(list(self["skus"].value() or ()))
        widget = PickedWidget(search_url=reverse("console:rule_articles"))
        widget.names = {item.code: item.name for item in picked}
        self._use("skus", widget)

    def _choose(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - for the type checker
        field.choices = choices

    def _suggest(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        self._use(name, PickedWidget(choices))

    def _use(self, name: str, widget: PickedWidget) -> None:
        widget.is_required = False
        self.fields[name].widget = widget

    def group(self, name: str) -> list[forms.BoundField]:
        """Return the fields of a part of the form."""
        return [self[field] for field in self.GROUPS[name]]

    def amount(self) -> list[forms.BoundField]:
        """Return how much, and when, of what it does."""
        return self.group("amount")

    def who(self) -> list[forms.BoundField]:
        """Return whose sale is meant."""
        return self.group("who")

    def where(self) -> list[forms.BoundField]:
        """Return at which sites."""
        return self.group("where")

    def what(self) -> list[forms.BoundField]:
        """Return which articles."""
        return self.group("what")

    def when(self) -> list[forms.BoundField]:
        """Return since when and before which others."""
        return self.group("when")

    def rule(self, code: str, name: str = "") -> StockRule:
        """Return the rule; amounts that its kind does not take are left out."""
        asked = self.cleaned_data
        kind = RuleKind(asked["kind"])
        fence = kind is RuleKind.RING_FENCE
        percent = asked["percent"] if fence or _AMOUNTS.get(kind) == "percent" else None
        units = asked["units"] if _AMOUNTS.get(kind) == "units" or (fence and not percent) else None
        scope = RuleScope(**{name: tuple(asked[name]) for name in RuleScope.__dataclass_fields__})
        return StockRule(
            code=code,
            name=name or asked["name"].strip(),
            kind=kind,
            scope=scope,
            units=units,
            percent=percent,
            on=(asked["on"] == "on") if kind is RuleKind.SWITCH else None,
            opens_at=asked["opens_at"] if kind is RuleKind.ACTIVATION else None,
            priority=asked["priority"],
            active=asked["active"],
            starts_at=asked["starts_at"],
            ends_at=asked["ends_at"],
        )

    def refuse(self, error: InvalidInputError) -> None:
        """Show what the operation says, beside the fields it names."""
        for problem in error.problems:
            field = problem.field.removeprefix("scope.").split("[")[0].split(".")[0]
            text = f"{problem.message}. {problem.fix}"
            self.add_error(field if field in self.fields else None, text)


@pages.needs(Scope.STOCK_READ)
def rules(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """List every rule, by kind."""
    kinds = rules_by_kind(clock.now())
    context = {
        "kinds": kinds,
        "may_change": _may_change(actor),
        "noted": sum(bool(row.notes) for kind in kinds for row in kind.rows),
        "count": sum(len(kind.rows) for kind in kinds),
    }
    return pages.render(request, actor, "console/rules.html", context, section="rules")


@pages.needs(Scope.STOCK_ADMIN)
def new_rule(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Make a rule."""
    if request.method != "POST":
        return _editor(request, actor, RuleForm())
    form = RuleForm(request.POST)
    if form.is_valid():
        code = _free_code(form.cleaned_data["name"])
        if _save(form, code, 0, actor):
            messages.success(request, gettext("The rule holds from now on."))
            return redirect("console:rule", code=code)
    return _editor(request, actor, form, status=422)


@pages.needs(Scope.STOCK_READ)
def rule(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Show a rule and its history; change it."""
    stored = stored_rule(code)
    if request.method != "POST":
        return _editor(
            request, actor, RuleForm(initial=_initial(stored.rule, stored.version)), code
        )
    if not _may_change(actor):
        return _editor(request, actor, RuleForm(initial=_initial(stored.rule, 0)), code, status=403)
    form = RuleForm(request.POST)
    if form.is_valid() and _save(form, code, form.cleaned_data["version"], actor):
        messages.success(request, gettext("The rule is saved. It holds from now on."))
        return redirect("console:rule", code=code)
    return _editor(request, actor, form, code, status=422)


@require_POST
@pages.needs(Scope.STOCK_ADMIN)
def switch_rule(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Turn a rule on or off."""
    stored = stored_rule(code)
    turned_on = request.POST.get("active") == "on"
    form = RuleForm({**_initial(stored.rule, stored.version), "active": turned_on})
    if form.is_valid() and _save(form, code, stored.version, actor):
        text = gettext("%(name)s is on.") if turned_on else gettext("%(name)s is off.")
        messages.success(request, text % {"name": stored.rule.name})
    else:
        messages.error(request, gettext("The rule cannot be switched: open it and correct it."))
    return redirect("console:rules")


@require_POST
@pages.needs(Scope.STOCK_ADMIN)
def try_rule(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Say what the rule in the form would change; nothing is saved."""
    del actor
    form = RuleForm(request.POST)
    form.fields["name"].required = False
    code = request.POST.get("code", "") or TRIED
    if not form.is_valid():
        return render(request, "console/rule_effect.html", {"unready": True})
    try:
        found = rule_effect(form.rule(code, form.cleaned_data["name"] or TRIED), clock.now())
    except InvalidInputError as error:
        form.refuse(error)
        return render(request, "console/rule_effect.html", {"unready": True, "form": form})
    return render(request, "console/rule_effect.html", {"effect": found})


@pages.needs(Scope.STOCK_READ)
def articles(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Suggest articles while somebody types in the editor."""
    del actor
    typed = request.GET.get(f"{request.GET.get('field', 'skus')}-more", "")
    found = search_skus(q=typed, limit=SUGGESTED) if typed.strip() else []
    return render(request, "console/rule_articles.html", {"found": found})


def _save(form: RuleForm, code: str, version: int, actor: Actor) -> bool:
    """Write the rule unless somebody else changed it meanwhile; tell the form what is wrong."""
    with transaction.atomic():
        lock_rules()
        if rule_version(code) != version:
            form.add_error(None, _("Somebody changed this rule meanwhile. Look at it again."))
            return False
        (outcome,) = upsert_rules(drafts=[form.rule(code)], now=clock.now(), actor=actor)
    if outcome.problem is None:
        return True
    if isinstance(outcome.problem, InvalidInputError):
        form.refuse(outcome.problem)
    return False


def _free_code(name: str) -> str:
    """Return a code made from the name that no rule has yet."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50] or "rule"
    code, number = stem, 2
    while rule_version(code):
        code, number = f"{stem}-{number}", number + 1
    return code


def _initial(known: StockRule, version: int) -> dict[str, Any]:
    scope = {name: list(getattr(known.scope, name)) for name in RuleScope.__dataclass_fields__}
    names = ("name", "units", "percent", "opens_at", "starts_at", "ends_at", "priority", "active")
    return {
        **scope,
        **{name: getattr(known, name) for name in names},
        "kind": known.kind.value,
        "on": "on" if known.on else "off",
        "version": version,
    }


def _editor(
    request: HttpRequest, actor: Actor, form: RuleForm, code: str = "", *, status: int = 200
) -> HttpResponseBase:
    now: datetime = clock.now()
    row = rule_rows([stored_rule(code)], now)[0] if code else None
    context = {
        "form": form,
        "row": row,
        "code": code,
        "kinds": [(kind.value, text) for kind, text in rule_words.KIND_HELP.items()],
        "history": audit_lines(history(code)) if code else [],
        "may_change": _may_change(actor),
    }
    return pages.render(
        request, actor, "console/rule.html", context, section="rules", status=status
    )


def _may_change(actor: Actor) -> bool:
    return actor.may(Scope.STOCK_ADMIN) and actor.organisations is None
