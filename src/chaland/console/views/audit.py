"""The audit log: every change, with what was before and after."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chaland.access.queries import AuditFilter, audit_entries
from chaland.access.types import AuditEntryView, Scope
from chaland.console import pages, paging
from chaland.kernel.actor import Actor


class AuditForm(forms.Form):
    """What to look for in the log."""

    entity_id = forms.CharField(label=_("On (id or code)"), required=False, max_length=200)
    actor_id = forms.CharField(label=_("By (id)"), required=False, max_length=200)
    action = forms.CharField(label=_("Action"), required=False, max_length=100)
    since = forms.DateField(
        label=pgettext_lazy("date", "From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = forms.DateField(
        label=pgettext_lazy("date", "To"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def filter(self) -> AuditFilter:
        """Return the conditions; fields that could not be read narrow nothing."""
        given = self.cleaned_data if self.is_valid() else self.cleaned_data or {}
        until = given.get("until")
        return AuditFilter(
            entity_id=given.get("entity_id", "").strip(),
            actor_id=given.get("actor_id", "").strip(),
            action=given.get("action", "").strip(),
            since=_midnight(given.get("since")),
            until=_midnight(until + timedelta(days=1)) if until else None,
        )


def _midnight(day: Any) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None


@dataclass(frozen=True, slots=True)
class Change:
    """One field of an entry, before and after, as text."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as shown."""

    entry: AuditEntryView
    changes: list[Change]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.entry, name)


@pages.needs(Scope.AUDIT_READ)
def audit(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Show the log, the latest first."""
    form = AuditForm(request.GET)
    before = paging.position(request, "aud")
    entries = audit_entries(form.filter(), before=before, limit=paging.PAGE_SIZE + 1)
    rows = audit_lines(entries)
    page = paging.make_page(
        request, rows, lambda row: str(row.entry.id), started=before is not None
    )
    return pages.render(
        request, actor, "console/audit.html", {"form": form, "page": page}, section="audit"
    )


def audit_lines(entries: Iterable[AuditEntryView]) -> list[Line]:
    """Return entries of the log as they are shown."""
    return [Line(entry, list(_changes(entry.before, entry.after))) for entry in entries]


def _changes(before: object, after: object) -> Iterator[Change]:
    if not isinstance(before, dict) and not isinstance(after, dict):
        if before is not None or after is not None:
            yield Change("", _text(before), _text(after))
        return
    old = before if isinstance(before, dict) else {}
    new = after if isinstance(after, dict) else {}
    for name in [*old, *(name for name in new if name not in old)]:
        if old.get(name) != new.get(name):
            yield Change(str(name), _text(old.get(name)), _text(new.get(name)))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    return str(value)
