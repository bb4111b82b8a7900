"""What holds for all orders of a strategy, when it takes force, and which orders try it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chaland.console import strategy_words as words
from chaland.console.picking import PickedField
from chaland.console.strategy_forms.fields import (
    LONGEST_NAME,
    MOST_PARCELS,
    NetworkForm,
    amount_field,
    nothing_fits_field,
    several,
)
from chaland.network.queries import snapshot
from chaland.sourcing.types import (
    NothingFits,
    Pilot,
    SplitLimits,
    StrategyDocument,
    StrategyWeights,
)


class DefaultsForm(NetworkForm):
    """What holds for orders for which no rule says otherwise."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    parcels = forms.IntegerField(
        label=_("Parcels at most"),
        required=False,
        min_value=1,
        max_value=MOST_PARCELS,
        help_text=_("Leave empty for any number."),
    )
    keep_lines = forms.BooleanField(label=_("Never divide a line"), required=False)
    nothing_fits = nothing_fits_field()
    edit = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (title, meaning) in words.WEIGHTS.items():
            self.fields[f"weight_of_{name}"] = amount_field(
                title, min_value=0, max_value=1000, help_text=meaning
            )

    def general(self) -> list[forms.BoundField]:
        """Return the fields beside the weights."""
        return self.group("name", "parcels", "keep_lines", "nothing_fits")

    def weight_fields(self) -> list[forms.BoundField]:
        """Return the weights."""
        return self.group(*(f"weight_of_{name}" for name in words.WEIGHTS))

    def values(self) -> dict[str, Any]:
        """Return the fields of the strategy that the form says."""
        asked = self.cleaned_data
        built_in = StrategyWeights()
        return {
            "name": asked["name"].strip(),
            "split": SplitLimits(parcels=asked["parcels"], divide_lines=not asked["keep_lines"]),
            "nothing_fits": NothingFits(asked["nothing_fits"] or NothingFits.REFUSE),
            "weights": {
                name: value
                for name in words.WEIGHTS
                if (value := asked[f"weight_of_{name}"]) != getattr(built_in, name)
            },
        }


def defaults_initial(document: StrategyDocument, edit: int) -> dict[str, Any]:
    """Return what the form of the defaults shows at first."""
    built_in = StrategyWeights()
    return {
        "name": document.name,
        "parcels": document.split.parcels,
        "keep_lines": not document.split.divide_lines,
        "nothing_fits": document.nothing_fits.value,
        "edit": edit,
        **{
            f"weight_of_{name}": document.weights.get(name, getattr(built_in, name))
            for name in words.WEIGHTS
        },
    }


class ActivationForm(forms.Form):
    """When a draft takes force, and why."""

    at = forms.DateTimeField(
        label=_("From when on"),
        required=False,
        help_text=_("Leave empty: now."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    note = forms.CharField(label=_("Why"), required=False, max_length=500)
    edit = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def moment(self) -> datetime | None:
        """Return the moment; None for now."""
        moment: datetime | None = self.cleaned_data["at"]
        return moment


class PilotForm(NetworkForm):
    """Which orders try a strategy."""

    share = forms.IntegerField(
        label=_("Share of the orders (%)"),
        required=False,
        min_value=1,
        max_value=99,
        help_text=_("Drawn by the order's number."),
    )
    postal_prefixes = PickedField(_("Postal codes that begin with"))
    location_groups = several(_("Orders nearest to"))
    channels = several(_("Channels"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        network = snapshot()
        self._choose("channels", [(item.code, item.name) for item in network.channels.values()])
        self._choose(
            "location_groups", [(item.code, item.name) for item in network.groups.values()]
        )

    def fields_to_show(self) -> list[forms.BoundField]:
        """Return the fields that offer something."""
        return self.group("share", "postal_prefixes", "location_groups", "channels")

    def pilot(self, strategy: str) -> Pilot:
        """Return the pilot of a strategy."""
        asked = self.cleaned_data
        return Pilot(
            strategy=strategy,
            channels=tuple(asked["channels"]),
            postal_prefixes=asked["postal_prefixes"],
            location_groups=tuple(asked["location_groups"]),
            share=asked["share"],
        )


class NewStrategyForm(forms.Form):
    """A strategy to be drafted, empty or as another one is."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    like = forms.ChoiceField(label=_("Begin with"), required=False)

    def __init__(self, *args: Any, strategies: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["like"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [("", _("an empty one")), *strategies]
