"""Answers for product pages: joined from what is kept, with their age and their entity tag."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from chaland.availability.channel_stock import ChannelStock
from chaland.availability.shelves import Shelf

_MIDDLE = b'","items":['
_END = b"]}"
_ALL_BITS = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Answered:
    """Status, body and headers of an answer."""

    status: int
    content: bytes
    headers: Mapping[str, str]


def answer(
    view: ChannelStock, shelf: Shelf, codes: Sequence[str], if_none_match: str | None
) -> Answered | None:
    """Answer for *codes* in that order, None when one of them is not kept.

    The tag is made from what is said of the SKUs, not of when: it is the same in every process, and
    the same again when a unit was sold and came back. It is a weak one, since ``as_of`` moves on.
    """
    fragments = shelf.fragments
    try:
        texts, marks = zip(*[fragments[code] for code in codes], strict=True)
    except KeyError:
        return None
    as_of, age = view.as_of, view.age()
    # Marks are numbers below 2**56, so the hash of their sequence is the same in every process.
    tag = f'W/"{hash(marks) & _ALL_BITS:016x}"'
    headers = {"etag": tag, "cache-control": shelf.keeping, "age": str(int(age))}
    if if_none_match is not None and is_known(tag, if_none_match):
        return Answered(HTTPStatus.NOT_MODIFIED, b"", headers)
    return Answered(
        HTTPStatus.OK, b"".join((shelf.head, as_of, _MIDDLE, b",".join(texts), _END)), headers
    )


def is_known(tag: str, if_none_match: str) -> bool:
    """Tell whether ``If-None-Match`` names *tag*; weak and strong tags are compared alike."""
    if if_none_match.strip() == "*":
        return True
    opaque = tag.removeprefix("W/")
    return any(part.strip().removeprefix("W/") == opaque for part in if_none_match.split(","))
