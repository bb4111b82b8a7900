"""Fields that take several codes: what is chosen is a list of ticks, more is typed or looked up.

Without a script the ticks can be taken off and more codes typed with commas between; `picker.js`
turns what is typed into ticks at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict

MORE = "-more"
MOST_TYPED = 5_000


class PickedWidget(forms.Widget):
    """Ticks for what is chosen, and a text field with suggestions for more."""

    template_name = "console/picker.html"

    def __init__(self, suggestions: Iterable[tuple[str, str]] = (), search_url: str = "") -> None:
        """Suggest *suggestions* (value, name), or what *search_url* finds while one types."""
        super().__init__()
        self.suggestions = list(suggestions)
        self.search_url = search_url
        self.names: Mapping[str, str] = dict(self.suggestions)

    def value_from_datadict(self, data: Mapping[str, Any], files: object, name: str) -> list[str]:
        """Return ticked values, then typed ones, each once."""
        del files
        ticked = data.getlist(name) if isinstance(data, QueryDict) else list(data.get(name, ()))
        typed = str(data.get(f"{name}{MORE}", ""))[:MOST_TYPED].replace("\n", ",").split(",")
        values = [value.strip() for value in (*ticked, *typed)]
        return list(dict.fromkeys(value for value in values if value))

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Return what the template needs."""
        context = super().get_context(name, value, attrs)
        context["picked"] = [(item, self.names.get(item, item)) for item in value or ()]
        context["suggestions"] = self.suggestions
        context["search_url"] = self.search_url
        context["more"] = MORE
        return context

    def id_for_label(self, id_: str) -> str:
        """Let the label name the text field."""
        return id_

    def value_omitted_from_data(self, data: Mapping[str, Any], files: object, name: str) -> bool:
        """Say that an empty choice is a choice."""
        del data, files, name
        return False


class PickedField(forms.Field):
    """Several codes; those that do not exist are refused by the operation, which knows them."""

    widget = PickedWidget

    def __init__(self, label: Any) -> None:
        super().__init__(required=False, label=label)

    def to_python(self, value: Sequence[str] | None) -> tuple[str, ...]:
        """Return the codes."""
        return tuple(value or ())
