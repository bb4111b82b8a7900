"""One product: where it is, what may be sold of it and why not more, and what happened to it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from chaland.access.types import Scope
from chaland.catalog.queries import sku
from chaland.console import pages, paging, wording
from chaland.console.queries.product import Moment, Place, Product, ledger
from chaland.console.queries.product import product as read_product
from chaland.console.queries.stock import chosen_channel
from chaland.console.shares import STATUS_NAMES
from chaland.console.views.stock import channel_choices
from chaland.inventory.operations import adjust as adjust_stock
from chaland.inventory.types import MAX_QUANTITY, Adjustment, MovementKind, UnavailableStatus
from chaland.kernel import clock
from chaland.kernel.actor import Actor
from chaland.kernel.errors import FieldProblem
from chaland.kernel.ids import new_uuid, to_public
from chaland.kernel.pci import find_card_number
from chaland.network.queries import snapshot, visible_location_ids
from chaland.network.types import LocationFacts, LocationKind, NetworkSnapshot

SOURCE = "console"
MESSAGE_PREFIX = "adj"
FIRST_PLACES = 30

SORTS: dict[str, tuple[str | Promise, Callable[[Place], Any]]] = {
    "sale": (_("most for sale"), lambda place: (-place.for_sale, -place.state.on_hand, place.name)),
    "hand": (_("most on hand"), lambda place: (-place.state.on_hand, place.name)),
    "problem": (_("problems first"), lambda place: (_severity(place.problem), place.name)),
    "name": (_("name"), lambda place: place.name),
}
PROBLEMS: dict[str, tuple[str | Promise, Callable[[Place], bool]]] = {
    "out": (_("nothing for sale"), lambda place: place.for_sale == 0),
    "withheld": (_("units withheld"), lambda place: place.withheld > 0),
    "blocked": (_("units not sellable"), lambda place: place.blocked > 0),
    "reserved": (_("units reserved"), lambda place: place.state.reserved > 0),
}
_SEVERITY = ("missing", "out", "blocked", "empty", "")


def _severity(problem: str) -> int:
    return _SEVERITY.index(problem)


class PlaceFilter(forms.Form):
    """Which locations to show, in which order, for which channel, and as of when."""

    channel = forms.ChoiceField(label=_("For sale on"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    group = forms.ChoiceField(label=_("Sites"), required=False)
    problem = forms.ChoiceField(label=_("With"), required=False)
    sort = forms.ChoiceField(label=_("Sorted by"), required=False)
    at = forms.DateTimeField(
        label=_("As it was at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )

    then = forms.BooleanField(label=_("as it was known then"), required=False)

    def __init__(self, network: NetworkSnapshot, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = sorted(network.groups.values(), key=lambda item: item.name)
        choices: dict[str, list[tuple[str, str | Promise]]] = {
            "channel": [*channel_choices()],
            "kind": [("", _("All")), *_kinds()],
            "group": [("", _("All")), *((item.code, item.name) for item in groups)],
            "problem": [
                ("", _("anything")),
                *((key, text) for key, (text, _x) in PROBLEMS.items()),
            ],
            "sort": [(key, text) for key, (text, _x) in SORTS.items()],
        }
        for name, values in choices.items():
            self.fields[name] = forms.ChoiceField(
                label=self.fields[name].label, required=False, choices=values
            )

    def clean_at(self) -> datetime | None:
        """Refuse the future: the ledger does not know it."""
        at: datetime | None = self.cleaned_data["at"]
        if at is not None and at > clock.now():
            raise forms.ValidationError(_("The ledger knows the past only."))
        return at

    def moment(self) -> Moment | None:
        """Return the past moment that was asked for; None for now."""
        at = self.cleaned_data.get("at") if self.is_valid() else None
        if at is None:
            return None
        return Moment(at, at if self.cleaned_data.get("then") else None)

    def chosen(self, places: Sequence[Place], network: NetworkSnapshot) -> list[Place]:
        """Return the places that were asked for, in the order that was asked for."""
        asked = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        found = list(places)
        if kind := asked.get("kind"):
            found = [place for place in found if place.kind == kind]
        if group := asked.get("group"):
            mask = network.group_masks[group]
            found = [place for place in found if mask[place.index]]
        if problem := asked.get("problem"):
            found = list(filter(PROBLEMS[problem][1], found))
        return sorted(found, key=SORTS[asked.get("sort") or "sale"][1])

    def narrowing(self) -> list[forms.BoundField]:
        """Return the fields that choose among the locations."""
        return [self[name] for name in ("kind", "group", "problem", "sort")]

    @property
    def is_narrowed(self) -> bool:
        """Whether some locations were left out."""
        return any(self.data.get(name) for name in ("kind", "group", "problem"))


def _kinds() -> list[tuple[str, str]]:
    return [(kind.value, wording.label("kind", kind.value)) for kind in LocationKind]


ACTIONS: dict[str, str | Promise] = {
    "receive": _("receive: units arrived"),
    "count": _("count: say how many lie there"),
    "set_aside": _("set aside: units cannot be sold"),
    "put_back": _("put back to sale"),
    "take_off": _("take off: units are gone"),
    "add": _("add: units were found"),
}


class AdjustForm(forms.Form):
    """What somebody saw or did at one location."""

    location = forms.ChoiceField(label=_("Where"))
    action = forms.ChoiceField(label=_("What"), choices=list(ACTIONS.items()))
    status = forms.ChoiceField(
        label=_("State of these units"),
        required=False,
        choices=[(status.value, STATUS_NAMES[status]) for status in UnavailableStatus],
    )
    quantity = forms.IntegerField(
        label=_("Units"),
        min_value=0,
        max_value=MAX_QUANTITY,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    reason = forms.CharField(
        label=_("Why"), max_length=200, help_text=_("Stays in the ledger, for everybody to read.")
    )
    message = forms.RegexField(regex=r"^adj_[0-9a-z]+$", widget=forms.HiddenInput)

    def __init__(self, places: Sequence[LocationFacts], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(place.code, place.name) for place in sorted(places, key=lambda item: item.name)]
        self.fields["location"] = forms.ChoiceField(label=_("Where"), choices=choices)

    def clean_reason(self) -> str:
        """Refuse what looks like a payment card's number."""
        reason: str = self.cleaned_data["reason"]
        if find_card_number(reason):
            raise forms.ValidationError(_("This holds a card number. Leave it out."))
        return reason

    def clean(self) -> dict[str, Any]:
        """Refuse a change of nothing; only a count may be zero."""
        given = super().clean() or self.cleaned_data
        if given.get("quantity") == 0 and given.get("action") != "count":
            self.add_error("quantity", _("Say how many units: one at least."))
        return given

    def adjustment(self, sku_id: int, location_id: int, now: datetime) -> Adjustment:
        """Return the change in the ledger's words."""
        asked = self.cleaned_data
        units: int = asked["quantity"]
        status = UnavailableStatus(asked["status"]) if asked["status"] else None
        changes: dict[str, dict[str, Any]] = {
            "receive": {"kind": MovementKind.RECEIPT, "on_hand_delta": units},
            "count": {"kind": MovementKind.COUNT, "on_hand": units},
            "set_aside": {
                "kind": MovementKind.BLOCKING,
                "unavailable_delta": units,
                "status": status,
            },
            "put_back": {
                "kind": MovementKind.UNBLOCKING,
                "unavailable_delta": -units,
                "status": status,
            },
            "take_off": {"kind": MovementKind.ADJUSTMENT, "on_hand_delta": -units},
            "add": {"kind": MovementKind.ADJUSTMENT, "on_hand_delta": units},
        }
        return Adjustment(
            sku_id=sku_id,
            location_id=location_id,
            source=SOURCE,
            source_ref=asked["message"],
            occurred_at=now,
            reason=asked["reason"],
            **changes[asked["action"]],
        )


@pages.needs(Scope.STOCK_READ)
def product(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Show a product; ``?adjust=`` opens the dialog for one location."""
    asked = request.GET.get("adjust", "")
    form = _adjust_form(actor, {"location": asked}) if _may_adjust(actor) else None
    return _page(request, actor, code, form, open_dialog=bool(asked))


@require_POST
@pages.needs(Scope.STOCK_WRITE)
def adjust(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Write one change to the ledger."""
    form = AdjustForm(_places_of(actor), request.POST)
    place = snapshot().location(form.cleaned_data["location"]) if form.is_valid() else None
    if place is not None:
        facts, now = sku(code), clock.now()
        problem = _write(form, facts.id, place.id, now, actor)
        if problem is not None:
            field = "status" if problem.field == "unavailable_delta" else "quantity"
            form.add_error(field, f"{problem.message}: {problem.fix}.")
    if not form.is_valid():
        return _page(request, actor, code, form, open_dialog=True, status=422)
    units: int = form.cleaned_data["quantity"]
    text = ngettext(
        "Written to the ledger: %(count)d unit.", "Written to the ledger: %(count)d units.", units
    )
    messages.success(request, text % {"count": units})
    return redirect("console:product", code=code)


def _write(
    form: AdjustForm, sku_id: int, location_id: int, now: datetime, actor: Actor
) -> FieldProblem | None:
    with transaction.atomic():
        (outcome,) = adjust_stock(
            adjustments=[form.adjustment(sku_id, location_id, now)], now=now, actor=actor
        )
    return outcome.problem


@pages.needs(Scope.STOCK_READ)
def movements(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """Show the ledger of a product, of one location when asked."""
    facts, network = sku(code), snapshot()
    visible = visible_location_ids(actor)
    place = network.location(request.GET.get("location", ""))
    locations = visible
    if place is not None and (visible is None or place.id in visible):
        locations = [place.id]
    start = request.GET.get("from", "")
    before = int(start) if start.isdecimal() else None
    rows = ledger(facts.id, network, locations, before=before, limit=paging.PAGE_SIZE + 1)
    page = paging.make_page(request, rows, lambda row: str(row.id), started=before is not None)
    context = {
        "facts": facts,
        "page": page,
        "place": place if locations is not visible else None,
        "places": sorted(_places_of(actor), key=lambda item: item.name),
    }
    return pages.render(request, actor, "console/movements.html", context, section="stock")


def _page(
    request: HttpRequest,
    actor: Actor,
    code: str,
    adjust_form: AdjustForm | None,
    *,
    open_dialog: bool = False,
    status: int = 200,
) -> HttpResponseBase:
    network = snapshot()
    channel = chosen_channel(network, request.GET.get("channel", ""))
    given = request.GET.copy()
    given["channel"] = channel.code if channel else ""
    form = PlaceFilter(network, given)
    at = form.moment()
    page: Product = read_product(code, channel=channel, at=at, actor=actor, now=clock.now())
    chosen = form.chosen(page.places, network)
    shown = chosen if request.GET.get("all") else chosen[:FIRST_PLACES]
    given["all"] = "1"
    context = {
        "page": page,
        "facts": page.facts,
        "found": len(chosen),
        "all_url": f"?{given.urlencode()}" if len(shown) < len(chosen) else "",
        "form": form,
        "at": at,
        "places": shown,
        "adjust_form": adjust_form,
        "open_dialog": open_dialog,
    }
    return pages.render(
        request, actor, "console/product.html", context, section="stock", status=status
    )


def _may_adjust(actor: Actor) -> bool:
    return actor.may(Scope.STOCK_WRITE)


def _adjust_form(actor: Actor, initial: dict[str, Any]) -> AdjustForm:
    message = to_public(MESSAGE_PREFIX, new_uuid())
    return AdjustForm(_places_of(actor), initial={**initial, "message": message})


def _places_of(actor: Actor) -> list[LocationFacts]:
    """Return the active locations that *actor* may see."""
    visible = visible_location_ids(actor)
    wanted = None if visible is None else frozenset(visible)
    return [
        place
        for place in snapshot().locations
        if place.active and (wanted is None or place.id in wanted)
    ]
