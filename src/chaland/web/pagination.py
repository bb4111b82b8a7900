"""Lists in pages: an opaque cursor says where the next page starts."""

import base64
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, Protocol, TypeVar
from urllib.parse import urlencode
from uuid import UUID

import orjson
from django.http import HttpRequest
from ninja import Query

from chaland.kernel.errors import FieldProblem, InvalidInputError
from chaland.kernel.ids import InvalidPublicIdError, from_public
from chaland.web.schemas import View

DEFAULT_LIMIT = 50
HIGHEST_LIMIT = 200

Item = TypeVar("Item")
Limit = Annotated[int, Query(ge=1, le=HIGHEST_LIMIT, description="How many items a page has.")]
Cursor = Annotated[
    str, Query(max_length=2000, description="Where to go on: taken from `next` of the last answer.")
]


class Page(View, Generic[Item]):
    """Some items of a list, and the address of those that follow (null on the last page)."""

    items: list[Item]
    next: str | None


def encode_cursor(values: Sequence[str | int | None]) -> str:
    """Make the opaque text of a position in a list; times and ids go in as text."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values))).rstrip(b"=").decode()


def decode_cursor(text: str, *types: type[str] | type[int]) -> tuple[Any, ...]:
    """Read a cursor made of values of these *types*, in this order.

    Raises InvalidInputError when it is not one of ours.
    """
    try:
        values = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        raise invalid_cursor() from None
    if not isinstance(values, list) or [type(value) for value in values] != list(types):
        raise invalid_cursor()
    if any("\0" in value for value in values if isinstance(value, str)):
        raise invalid_cursor()
    return tuple(values)


def decode_id(text: str, prefix: str) -> UUID | None:
    """Read a cursor made of the public id of a list's last item; None for the first page.

    Raises InvalidInputError when it is not one of ours.
    """
    if not text:
        return None
    try:
        return from_public(prefix, decode_cursor(text, str)[0])
    except InvalidPublicIdError:
        raise invalid_cursor() from None


def invalid_cursor() -> InvalidInputError:
    """Make the refusal of a cursor that we did not make."""
    return InvalidInputError(
        [
            FieldProblem(
                field="cursor",
                code="invalid_cursor",
                message="is not a cursor of this list",
                fix="Take the cursor from `next` of the page before, or leave it out.",
            )
        ]
    )


def unknown_filter(name: str, value: str) -> InvalidInputError:
    """Make the refusal of a filter that names something which is not there, or not to be seen."""
    return InvalidInputError(
        [
            FieldProblem(
                field=name,
                code=f"unknown_{name}",
                message=f"there is no {name} {value!r} that you may see",
                fix=f"Send the code or id of a {name}, or leave it out.",
            )
        ]
    )


def next_url(request: HttpRequest, cursor: str | None) -> str | None:
    """Return the address of the page at *cursor*, with the filters of this request."""
    if cursor is None:
        return None
    query = [
        (name, value)
        for name, values in request.GET.lists()
        if name != "cursor"
        for value in values
    ]
    return f"{request.path}?{urlencode([*query, ('cursor', cursor)])}"


class Coded(Protocol):
    """What a list in order of code consists of."""

    @property
    def code(self) -> str:
        """Its name for ever."""


Known = TypeVar("Known", bound=Coded)


def after_code(cursor: str) -> str:
    """Return the code after which a page begins; empty for the first page.

    Raises InvalidInputError when the cursor is not one of ours.
    """
    return str(decode_cursor(cursor, str)[0]) if cursor else ""


def page_by_code(
    request: HttpRequest, found: Sequence[Known], limit: int, show: Callable[[Known], Item]
) -> Page[Item]:
    """Make the page of what was *found* in order of code: *limit* items, and one more if any is."""
    end = encode_cursor([found[limit - 1].code]) if len(found) > limit else None
    return Page(items=[show(item) for item in found[:limit]], next=next_url(request, end))
