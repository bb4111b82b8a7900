"""Lists in pages for the screens: one row more than shown says whether there is a next page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.http import HttpRequest

from chaland.kernel.ids import InvalidPublicIdError, from_public

Row = TypeVar("Row")

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and the addresses of the next and the first page (empty when there is none)."""

    rows: Sequence[Row]
    next_url: str = ""
    first_url: str = ""


def position(request: HttpRequest, prefix: str) -> UUID | None:
    """Return where the page starts: the public id in ``?from=``; None for the start or nonsense."""
    try:
        return from_public(prefix, request.GET.get("from", ""))
    except InvalidPublicIdError:
        return None


def make_page(
    request: HttpRequest, rows: Sequence[Any], key: Callable[[Any], str], *, started: bool
) -> Page[Any]:
    """Cut ``PAGE_SIZE + 1`` rows to a page; *key* gives the public id of a row."""
    shown = rows[:PAGE_SIZE]
    query = request.GET.copy()
    query.pop("from", None)
    first = f"{request.path}?{query.urlencode()}" if started else ""
    if len(rows) <= PAGE_SIZE:
        return Page(shown, "", first)
    query["from"] = key(shown[-1])
    return Page(shown, f"{request.path}?{query.urlencode()}", first)
