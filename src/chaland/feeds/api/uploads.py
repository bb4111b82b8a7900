"""The route by which a file is uploaded: raw bytes, streamed to the disk.

It is no JSON, so it stands beside the described routes: ``docs/howto/feed-stock.md`` tells how it
is used. The path ends in ``/files/<name>``, by which the edge of the API knows it.
"""

from dataclasses import replace
from datetime import datetime
from typing import BinaryIO, cast

from django.db import transaction
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from ninja import Router, Status

from chaland.feeds import folders, queries
from chaland.feeds.api.runs import FeedRunAnswer
from chaland.feeds.operations import receive_file
from chaland.feeds.types import FileReceipt
from chaland.kernel.clock import now
from chaland.kernel.errors import FieldProblem, InvalidInputError
from chaland.web.authorisation import require_scope
from chaland.web.context import actor_of
from chaland.web.schemas import Code

router = Router()

_KNOWN = ("as_of", "acknowledged_to", "lines", "sha256", "closes_unmentioned", "compare")


@router.put(
    "/stock/feeds/{feed}/files/{name}", response={202: FeedRunAnswer}, include_in_schema=False
)
def upload_feed_file(request: HttpRequest, feed: Code, name: Code) -> Status[FeedRunAnswer]:
    """Take a CSV or JSON-lines file, packed by gzip or not; it is merged in the background.

    The query says what the file is: `as_of` (when its counts were true), `acknowledged_to`,
    `lines`, `sha256`, `closes_unmentioned=true`, `compare=true`. A file that does not come whole is
    refused.
    """
    actor = actor_of(request)
    require_scope(actor, "stock:write")
    told = _told(request)
    shown = queries.feed(feed, actor=actor)
    as_of = _moment(told, "as_of")
    if as_of is None and not (shown.layout.trailer or "as_of" in shown.layout.columns):
        raise _invalid("as_of", "missing", "Say when the file's counts were true.")
    receipt = FileReceipt(
        path="",
        name=name,
        sha256=told.get("sha256", ""),
        size=int(request.META.get("CONTENT_LENGTH") or 0),
        as_of=as_of or now(),
        acknowledged_to=_moment(told, "acknowledged_to"),
        lines=_number(told, "lines"),
        closes_unmentioned=_flag(told, "closes_unmentioned"),
        compare=_flag(told, "compare"),
    )
    path, sha256, size = folders.keep(
        cast("BinaryIO", request), size=receipt.size, sha256=receipt.sha256, name=name
    )
    try:
        with transaction.atomic():
            run = receive_file(
                feed_code=feed,
                receipt=replace(receipt, path=str(path), sha256=sha256, size=size),
                now=now(),
                actor=actor,
            )
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Status(202, FeedRunAnswer.of(run))


def _told(request: HttpRequest) -> dict[str, str]:
    for name in request.GET:
        if name not in _KNOWN:
            raise _invalid(name, "unknown_parameter", f"Use {', '.join(_KNOWN)}.")
    return {name: str(value) for name, value in request.GET.items()}


def _moment(told: dict[str, str], name: str) -> datetime | None:
    if name not in told:
        return None
    try:
        moment = parse_datetime(told[name])
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise _invalid(
            name, "not_a_time", "Send a time such as 2026-11-20T06:00:00Z; write + as %2B."
        )
    return moment


def _number(told: dict[str, str], name: str) -> int | None:
    if name not in told:
        return None
    if not told[name].isdecimal():
        raise _invalid(name, "not_a_number", "Send the number of lines without the head.")
    return int(told[name])


def _flag(told: dict[str, str], name: str) -> bool:
    if told.get(name, "false") not in {"true", "false"}:
        raise _invalid(name, "not_a_flag", "Send true or false.")
    return told.get(name) == "true"


def _invalid(name: str, code: str, fix: str) -> InvalidInputError:
    return InvalidInputError([FieldProblem(name, code, "cannot be used", fix)])
