"""Which sites are meant: circles, and what is preferred or avoided."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from chaland.console import strategy_words as words
from chaland.console.picking import PickedField
from chaland.console.strategy_forms.fields import (
    LONGEST_NAME,
    MOST_CIRCLES,
    MOST_KM,
    MOST_PREFERENCES,
    NetworkForm,
    amount_field,
    several,
)
from chaland.network.queries import snapshot
from chaland.network.types import LocationKind, OrganisationKind
from chaland.promise import queries as promise_queries
from chaland.sourcing.types import (
    Circle,
    Preference,
    Sites,
)


class SitesForm(NetworkForm):
    """Which sites are meant."""

    location_groups = several(_("Groups of sites"))
    locations = PickedField(_("Sites"))
    kinds = several(_("Kinds of sites"), words.LOCATION_KINDS.items())
    organisations = PickedField(_("Owners"))
    organisation_kinds = several(_("Kinds of owners"), words.OWNER_KINDS.items())
    within_km = forms.IntegerField(
        label=_("Within (km)"), required=False, min_value=1, max_value=MOST_KM
    )
    pickable = forms.IntegerField(
        label=_("Goods are found in at least (%)"), required=False, min_value=1, max_value=100
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        network = snapshot()
        self._choose(
            "location_groups", [(item.code, item.name) for item in network.groups.values()]
        )
        self._suggest("locations", [(item.code, item.name) for item in network.locations])
        self._suggest("organisations", [(item.code, item.name) for item in network.organisations])

    def sites(self) -> Sites:
        """Return the sites."""
        asked = self.cleaned_data
        return Sites(
            location_groups=tuple(asked["location_groups"]),
            locations=tuple(asked["locations"]),
            kinds=tuple(LocationKind(kind) for kind in asked["kinds"]),
            organisations=tuple(asked["organisations"]),
            organisation_kinds=tuple(OrganisationKind(k) for k in asked["organisation_kinds"]),
            within_km=asked["within_km"],
            pickable=None if asked["pickable"] is None else Decimal(asked["pickable"]) / 100,
        )

    def where(self) -> list[forms.BoundField]:
        """Return the fields that say where."""
        return self.group("location_groups", "kinds", "locations", "within_km")

    def finer(self) -> list[forms.BoundField]:
        """Return the fields that are asked for seldom."""
        return self.group("organisation_kinds", "organisations", "pickable")


class CircleForm(SitesForm):
    """One circle of sites."""

    name = forms.CharField(label=_("Name"), required=False, max_length=LONGEST_NAME)
    services = several(_("Only by"))
    everywhere = forms.BooleanField(label=_("Any site"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        services = promise_queries.services()
        self._choose("services", [(item.code, item.name) for item in services if item.active])

    def circle(self) -> Circle | None:
        """Return the circle; None for a form that was left empty."""
        asked = self.cleaned_data
        circle = Circle(
            name=asked["name"].strip(), sites=self.sites(), services=tuple(asked["services"])
        )
        if asked["everywhere"]:
            return Circle(name=circle.name, services=circle.services)
        return None if circle == Circle() else circle


class PreferenceForm(SitesForm):
    """Sites that a rule prefers or avoids."""

    amount = amount_field(
        _("Counts (below 0: preferred)"),
        required=False,
        min_value=-1000,
        max_value=1000,
        help_text=_("Added to the cost of each parcel from there."),
    )

    def preference(self) -> Preference | None:
        """Return the preference; None for a form that was left empty."""
        amount = self.cleaned_data["amount"]
        return Preference(sites=self.sites(), amount=amount) if amount else None


CircleForms = formset_factory(
    CircleForm, extra=1, max_num=MOST_CIRCLES, can_delete=True, can_order=False
)
PreferenceForms = formset_factory(
    PreferenceForm, extra=1, max_num=MOST_PREFERENCES, can_delete=True
)


def kept(forms_of: "BaseFormSet[Any]") -> list[Any]:
    """Return the forms of a set that are not to be deleted."""
    return [form for form in forms_of if not form.cleaned_data.get("DELETE")]


def sites_initial(sites: Sites) -> dict[str, Any]:
    """Return what a form of sites shows at first."""
    return {
        "location_groups": list(sites.location_groups),
        "locations": list(sites.locations),
        "kinds": [kind.value for kind in sites.kinds],
        "organisations": list(sites.organisations),
        "organisation_kinds": [kind.value for kind in sites.organisation_kinds],
        "within_km": sites.within_km,
        "pickable": None if sites.pickable is None else int(sites.pickable * 100),
    }


def circles_initial(circles: Sequence[Circle]) -> list[dict[str, Any]]:
    """Return what the forms of circles show at first."""
    return [
        {
            **sites_initial(circle.sites),
            "name": circle.name,
            "services": list(circle.services),
            "everywhere": circle.sites == Sites(),
        }
        for circle in circles
    ]


def preferences_initial(preferences: Sequence[Preference]) -> list[dict[str, Any]]:
    """Return what the forms of preferences show at first."""
    return [{**sites_initial(item.sites), "amount": item.amount} for item in preferences]
