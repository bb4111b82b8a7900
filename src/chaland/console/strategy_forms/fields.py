"""The fields that the forms of strategies are made of."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chaland.console import strategy_words as words
from chaland.console.picking import PickedWidget

LONGEST_NAME, MOST_CIRCLES, MOST_PREFERENCES = 200, 10, 20
MOST_PARCELS, MOST_KM, MOST_DAYS = 50, 20_000, 90


def several(label: Any, choices: Iterable[tuple[str, Any]] = ()) -> forms.MultipleChoiceField:
    """Make a field of ticks."""
    return forms.MultipleChoiceField(
        label=label,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(value, text) for value, text in choices],
    )


def bound(label: Any) -> forms.DecimalField:
    """Make a field for one end of a range."""
    return forms.DecimalField(
        label=label, required=False, min_value=0, max_digits=12, decimal_places=3
    )


def amount_field(label: Any, **more: Any) -> forms.DecimalField:
    """Make a field for an amount or a weight."""
    return forms.DecimalField(label=label, max_digits=8, decimal_places=4, **more)


def day_field(label: Any) -> forms.DateField:
    """Make a field for a day."""
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def clock_field(label: Any) -> forms.TimeField:
    """Make a field for an hour."""
    return forms.TimeField(
        label=label,
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )


def nothing_fits_field(empty: Any = None) -> forms.ChoiceField:
    """Make the field for what happens when nothing fits."""
    choices = list(words.NOTHING_FITS.items())
    return forms.ChoiceField(
        label=_("When nothing fits"),
        required=False,
        choices=[("", empty), *choices] if empty else choices,
    )


class NetworkForm(forms.Form):
    """What forms with names of the network share."""

    def _choose(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - for the type checker
        field.choices = choices

    def _suggest(self, name: str, choices: Iterable[tuple[str, str]]) -> None:
        widget = PickedWidget(choices)
        widget.is_required = False
        self.fields[name].widget = widget

    def group(self, *names: str) -> list[forms.BoundField]:
        """Return some of the fields, without those that offer nothing to choose."""
        return [self[name] for name in names if self._offers(name)]

    def _offers(self, name: str) -> bool:
        field = self.fields[name]
        return not isinstance(field, forms.MultipleChoiceField) or bool(field.choices)
