"""Routes of reconciliations: where an external count differs, why, and to heal it."""

import csv
import io
from collections.abc import Iterator
from dataclasses import astuple, fields
from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router
from pydantic import Field

from chaland.feeds import queries
from chaland.feeds.api.runs import FeedRunAnswer
from chaland.feeds.operations import heal
from chaland.feeds.types import DifferenceView
from chaland.kernel.actor import Actor
from chaland.kernel.clock import now
from chaland.kernel.ids import from_public
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.idempotency import idempotent
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
    next_url,
)
from chaland.web.schemas import Body, View, example

router = Router()


class StockDifferenceAnswer(View):
    """A position that an external count tells otherwise.

    `theirs + in_flight + unacknowledged - ours` is `unexplained`: `in_flight` came (or went) since
    their moment, `unacknowledged` is what Chaland moved and they have not booked. `value` is what
    the unexplained units cost. Not `mentioned`: a full count says nothing of it.
    """

    id: int
    sku: str
    location: str
    as_of: datetime
    mentioned: bool
    ours: int
    theirs: int
    in_flight: int
    unacknowledged: int
    unexplained: int
    value: str | None
    healed: bool


class StockHealBody(Body):
    """Which differences to heal: those of `ids`, or all that are unexplained."""

    model_config = example({"ids": []})

    ids: Annotated[list[int], Field(max_length=500)] = []


@router.get(
    "/stock/reconciliations/{reconciliation}/differences", response=Page[StockDifferenceAnswer]
)
@requires("stock:read")
def list_stock_differences(
    request: HttpRequest,
    reconciliation: str,
    unexplained: Annotated[bool | None, Query()] = None,
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[StockDifferenceAnswer]:
    """List where an external count differs, and how much of it is explained."""
    found = queries.differences(
        from_public("run", reconciliation),
        actor=actor_of(request),
        after=decode_cursor(cursor, int)[0] if cursor else 0,
        limit=limit + 1,
        unexplained=bool(unexplained),
    )
    end = encode_cursor([found[limit - 1].id]) if len(found) > limit else None
    items = [StockDifferenceAnswer.model_validate(item) for item in found[:limit]]
    return Page(items=items, next=next_url(request, end))


@router.post("/stock/reconciliations/{reconciliation}/heal", response=FeedRunAnswer)
@requires("stock:write")
@idempotent
def heal_stock_differences(
    request: HttpRequest, reconciliation: str, body: StockHealBody
) -> FeedRunAnswer:
    """Bring stock to the external count; what is explained stays. The run in the answer does it."""
    run = heal(
        run_id=from_public("run", reconciliation), ids=body.ids, now=now(), actor=actor_of(request)
    )
    return FeedRunAnswer.of(run)


@router.get("/stock/reconciliations/{reconciliation}/differences.csv", include_in_schema=False)
@requires("stock:read")
def export_stock_differences(request: HttpRequest, reconciliation: str) -> StreamingHttpResponse:
    """Export all differences as CSV."""
    actor, number = actor_of(request), from_public("run", reconciliation)
    queries.run(number, actor=actor)
    return StreamingHttpResponse(
        csv_of(number, actor),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{reconciliation}.csv"'},
    )


def csv_of(run_id: UUID, actor: Actor) -> Iterator[str]:
    """Yield all differences of a reconciliation as CSV, page by page."""
    yield _row([item.name for item in fields(DifferenceView)])
    for page in queries.all_differences(run_id, actor=actor):
        yield "".join(_row(astuple(item)) for item in page)


def _row(values: "list[str] | tuple[object, ...]") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\n").writerow(
        [value.isoformat() if isinstance(value, datetime) else value for value in values]
    )
    return text.getvalue()
