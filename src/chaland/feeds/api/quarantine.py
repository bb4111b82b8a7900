"""Routes of the quarantine: lines that could not be used, and what becomes of them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from chaland.feeds import queries
from chaland.feeds.api.runs import FeedRunAnswer, Filter
from chaland.feeds.operations import dismiss, replay
from chaland.feeds.types import QuarantineState, QuarantineView
from chaland.kernel.clock import now
from chaland.kernel.ids import InvalidPublicIdError, from_public, to_public
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.etags import check_if_match
from chaland.web.idempotency import idempotent
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
    next_url,
    unknown_filter,
)
from chaland.web.schemas import Body, Code, View, example

router = Router()


class QuarantinedLineAnswer(View):
    """A line that could not be used, as it came, why, and what would mend it.

    `missing` units could not be taken from what is there; `orders` are some that hold units.
    """

    id: int
    feed: str
    run: str
    line: int | None
    raw: str
    sku: str
    location: str
    quantity: str
    reason: str
    field: str
    message: str
    fix: str
    missing: int | None
    orders: list[str]
    state: QuarantineState
    created_at: datetime
    closed_at: datetime | None

    @classmethod
    def of(cls, line: QuarantineView) -> "QuarantinedLineAnswer":
        """Show a line."""
        plain = {
            name: getattr(line, name) for name in cls.model_fields if name not in {"run", "orders"}
        }
        return cls(**plain, run=to_public("run", line.run_id), orders=list(line.orders))


class ChosenLinesBody(Body):
    """Which open lines of the feed: those of `ids`, all of a `reason`, or all."""

    model_config = example({"reason": "unknown_sku"})

    ids: Annotated[list[int], Field(max_length=500)] = []
    reason: Annotated[str, Field(max_length=64)] = ""


class DismissedAnswer(View):
    """How many lines were given up."""

    dismissed: int


@router.get("/stock/quarantine", response=Page[QuarantinedLineAnswer])
@requires("stock:read")
def list_quarantined_lines(
    request: HttpRequest,
    feed: Filter = "",
    reason: Filter = "",
    run: Filter = "",
    state: Annotated[QuarantineState, Query()] = QuarantineState.OPEN,
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[QuarantinedLineAnswer]:
    """List lines that could not be used, the latest first; open ones unless `state` says other."""
    found = queries.quarantine(
        actor=actor_of(request),
        feed_code=feed,
        reason=reason,
        state=state,
        run_id=_run(run),
        before=decode_cursor(cursor, int)[0] if cursor else None,
        limit=limit + 1,
    )
    end = encode_cursor([found[limit - 1].id]) if len(found) > limit else None
    items = [QuarantinedLineAnswer.of(item) for item in found[:limit]]
    return Page(items=items, next=next_url(request, end))


def _run(public_id: str) -> UUID | None:
    if not public_id:
        return None
    try:
        return from_public("run", public_id)
    except InvalidPublicIdError:
        raise unknown_filter("run", public_id) from None


@router.post("/stock/feeds/{feed}/replay", response=FeedRunAnswer)
@requires("stock:write")
@idempotent
def replay_quarantined_lines(
    request: HttpRequest, feed: Code, body: ChosenLinesBody
) -> FeedRunAnswer:
    """Try lines in quarantine again; the run in the answer does it."""
    check_if_match(request, queries.feed_version(feed))
    run = replay(
        feed_code=feed, ids=body.ids, reason=body.reason, now=now(), actor=actor_of(request)
    )
    return FeedRunAnswer.of(run)


@router.post("/stock/feeds/{feed}/dismiss", response=DismissedAnswer)
@requires("stock:write")
@idempotent
def dismiss_quarantined_lines(
    request: HttpRequest, feed: Code, body: ChosenLinesBody
) -> DismissedAnswer:
    """Give lines in quarantine up."""
    check_if_match(request, queries.feed_version(feed))
    number = dismiss(
        feed_code=feed, ids=body.ids, reason=body.reason, now=now(), actor=actor_of(request)
    )
    return DismissedAnswer(dismissed=number)
