"""One rule of a strategy."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from chaland.catalog.queries import categories, skus, tags
from chaland.console import strategy_words as words
from chaland.console.picking import PickedField, PickedWidget
from chaland.console.strategy_forms.fields import (
    LONGEST_NAME,
    MOST_DAYS,
    MOST_PARCELS,
    NetworkForm,
    amount_field,
    bound,
    clock_field,
    day_field,
    nothing_fits_field,
    several,
)
from chaland.console.strategy_forms.sites import kept
from chaland.kernel.errors import FieldProblem
from chaland.network.queries import snapshot
from chaland.promise import queries as promise_queries
from chaland.sourcing.types import (
    Between,
    Conditions,
    Fairness,
    Items,
    Method,
    NothingFits,
    Rule,
    SplitLimits,
)

_SPANS = ("value", "weight", "lines", "units")
_ITEMS = ("categories", "skus", "item_tags", "restrictions")


class RuleForm(NetworkForm):
    """A rule's name, its conditions, and what it says beside circles and preferences."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    on = forms.BooleanField(label=_("The rule is on"), required=False, initial=True)
    go_on = forms.BooleanField(
        label=_("And go on: later rules still decide, this one only restricts them"),
        required=False,
    )
    channels = several(_("Channels"))
    methods = several(_("Ways to the customer"), words.METHODS.items())
    services = several(_("Service that the customer chose"))
    countries = PickedField(_("Countries"))
    postal_prefixes = PickedField(_("Postal codes that begin with"))
    tags = PickedField(_("Tags of the order, one of"))
    without_tags = PickedField(_("None of these tags"))
    value_least, value_below = bound(_("Basket from")), bound(_("Basket below"))
    weight_least, weight_below = bound(_("Weight from (kg)")), bound(_("Weight below (kg)"))
    lines_least, lines_below = bound(_("Lines from")), bound(_("Lines below"))
    units_least, units_below = bound(_("Units from")), bound(_("Units below"))
    quantifier = forms.ChoiceField(
        label=_("Of its articles"),
        required=False,
        choices=[("any", _("at least one is such")), ("all", _("all are such"))],
    )
    categories = PickedField(_("Categories"))
    skus = PickedField(_("Articles"))
    item_tags = PickedField(_("Tags of the article"))
    restrictions = PickedField(_("Needs of the article"))
    weekdays = several(_("Weekdays"), [(str(day), name) for day, name in WEEKDAYS.items()])
    hour_from, hour_until = clock_field(_("From (hour)")), clock_field(_("Until (hour)"))
    starts_on, ends_on = day_field(_("First day")), day_field(_("Last day"))
    parcels = forms.IntegerField(
        label=_("Parcels at most"), required=False, min_value=1, max_value=MOST_PARCELS
    )
    keep_lines = forms.BooleanField(label=_("Never divide a line"), required=False)
    nothing_fits = nothing_fits_field(_("as the strategy says"))
    fair_amount = amount_field(
        _("Fairness among owners: up to"), required=False, min_value=0, max_value=1000
    )
    fair_days = forms.IntegerField(
        label=_("over so many days"), required=False, min_value=1, max_value=MOST_DAYS
    )
    edit = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        network = snapshot()
        services = promise_queries.services()
        self._choose("channels", [(item.code, item.name) for item in network.channels.values()])
        self._choose("services", [(item.code, item.name) for item in services if item.active])
        served = sorted({code for item in network.channels.values() for code in item.countries})
        self._suggest("countries", [(code, code) for code in served])
        self._suggest("categories", [(item, item) for item in categories()])
        self._suggest("item_tags", [(item, item) for item in tags()])
        picked = PickedWidget(search_url=reverse("console:rule_articles"))
        picked.is_required = False
        picked.names = {item.code: item.name for item in skus(list(self["skus"].value() or ()))}
        self.fields["skus"].widget = picked
        for name, (title, meaning) in words.WEIGHTS.items():
            self.fields[f"weight_of_{name}"] = amount_field(
                title, required=False, min_value=0, max_value=1000, help_text=meaning
            )

    def order(self) -> list[forms.BoundField]:
        """Return what is asked of the order."""
        spans = [f"{name}_{end}" for name in _SPANS for end in ("least", "below")]
        return self.group(*spans)

    def marks(self) -> list[forms.BoundField]:
        """Return by what orders are told apart."""
        return self.group("channels", "methods", "services", "tags", "without_tags")

    def destination(self) -> list[forms.BoundField]:
        """Return what is asked of the destination."""
        return self.group("countries", "postal_prefixes")

    def articles(self) -> list[forms.BoundField]:
        """Return what is asked of the lines."""
        return self.group("quantifier", *_ITEMS)

    def moment(self) -> list[forms.BoundField]:
        """Return what is asked of the moment."""
        return self.group("weekdays", "hour_from", "hour_until", "starts_on", "ends_on")

    def limits(self) -> list[forms.BoundField]:
        """Return the limits, and what happens when nothing fits."""
        return self.group("parcels", "keep_lines", "nothing_fits", "fair_amount", "fair_days")

    def weight_fields(self) -> list[forms.BoundField]:
        """Return the weights that the rule may change."""
        return self.group(*(f"weight_of_{name}" for name in words.WEIGHTS))

    def rule(self, code: str, circles: Any, preferences: Any, before: Rule | None) -> Rule:
        """Return the rule; what the form does not show is as it was *before*."""
        asked = self.cleaned_data
        split = None
        if asked["parcels"] is not None or asked["keep_lines"]:
            split = SplitLimits(parcels=asked["parcels"], divide_lines=not asked["keep_lines"])
        fairness = None
        if asked["fair_amount"]:
            known = before.fairness if before else None
            fairness = Fairness(
                amount=asked["fair_amount"],
                days=asked["fair_days"] or 7,
                targets=known.targets if known else {},
            )
        return Rule(
            code=code,
            name=asked["name"].strip(),
            on=asked["on"],
            go_on=asked["go_on"],
            when=self._conditions(),
            circles=tuple(item for form in kept(circles) if (item := form.circle()) is not None),
            preferences=tuple(
                item for form in kept(preferences) if (item := form.preference()) is not None
            ),
            fairness=fairness,
            split=split,
            weights={
                name: value
                for name in words.WEIGHTS
                if (value := asked[f"weight_of_{name}"]) is not None
            },
            nothing_fits=NothingFits(asked["nothing_fits"]) if asked["nothing_fits"] else None,
        )

    def _conditions(self) -> Conditions:
        asked = self.cleaned_data
        spans = {}
        for name in _SPANS:
            least, below = asked[f"{name}_least"], asked[f"{name}_below"]
            if least is not None or below is not None:
                spans[name] = Between(least=least, below=below)
        items = None
        if any(asked[name] for name in _ITEMS):
            items = Items(
                quantifier="all" if asked["quantifier"] == "all" else "any",
                categories=asked["categories"],
                skus=asked["skus"],
                tags=asked["item_tags"],
                restrictions=asked["restrictions"],
            )
        return Conditions(
            channels=tuple(asked["channels"]),
            methods=tuple(Method(item) for item in asked["methods"]),
            services=tuple(asked["services"]),
            countries=tuple(code.upper() for code in asked["countries"]),
            postal_prefixes=asked["postal_prefixes"],
            tags=asked["tags"],
            without_tags=asked["without_tags"],
            items=items,
            weekdays=tuple(sorted(int(day) for day in asked["weekdays"])),
            hour_from=asked["hour_from"],
            hour_until=asked["hour_until"],
            starts_on=asked["starts_on"],
            ends_on=asked["ends_on"],
            **spans,
        )

    def refuse(self, problems: Iterable[FieldProblem]) -> None:
        """Show what the operation says, beside the field that it names where there is one."""
        for problem in problems:
            path = problem.field.split(".", 1)[-1].removeprefix("when.")
            name = path.split("[")[0].replace(".", "_")
            field = name if name in self.fields else None
            self.add_error(field, f"{problem.message}. {problem.fix}")


def rule_initial(rule: Rule, edit: int) -> dict[str, Any]:
    """Return what the form of a rule shows at first."""
    when = rule.when
    items = when.items or Items()
    initial: dict[str, Any] = {
        "name": rule.name,
        "on": rule.on,
        "go_on": rule.go_on,
        "edit": edit,
        "quantifier": items.quantifier,
        "categories": list(items.categories),
        "skus": list(items.skus),
        "item_tags": list(items.tags),
        "restrictions": list(items.restrictions),
        "weekdays": [str(day) for day in when.weekdays],
        "parcels": rule.split.parcels if rule.split else None,
        "keep_lines": bool(rule.split and not rule.split.divide_lines),
        "nothing_fits": rule.nothing_fits.value if rule.nothing_fits else "",
        "fair_amount": rule.fairness.amount if rule.fairness else None,
        "fair_days": rule.fairness.days if rule.fairness else None,
    }
    for name in ("channels", "methods", "services", "countries", "postal_prefixes", "tags",
                 "without_tags"):  # fmt: skip
        initial[name] = list(getattr(when, name))
    for name in ("hour_from", "hour_until", "starts_on", "ends_on"):
        initial[name] = getattr(when, name)
    for name in _SPANS:
        span = getattr(when, name) or Between()
        initial[f"{name}_least"], initial[f"{name}_below"] = span.least, span.below
    for name, value in rule.weights.items():
        initial[f"weight_of_{name}"] = value
    return initial
