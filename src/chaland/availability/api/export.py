"""Routes by which storefronts take over a channel's stock, whole or as it moves."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router

from chaland.availability.exporting import all_lines, last_sequence, lines_since
from chaland.availability.types.publishing import ExportLine
from chaland.availability.types.showing import StockState
from chaland.network.queries import snapshot
from chaland.network.types import ChannelFacts
from chaland.web.authorisation import require_unlimited, requires
from chaland.web.context import actor_of
from chaland.web.json import dumps
from chaland.web.pagination import (
    Cursor,
    Limit,
    decode_cursor,
    encode_cursor,
    invalid_cursor,
    next_url,
    unknown_filter,
)
from chaland.web.schemas import Code, View

router = Router()

MOST = 200
COLUMNS = ("sku", "available", "ship", "pickup", "state", "sequence", "changed_at")
CURSOR_HEADER = "X-Next-Cursor"
JSONL = "application/x-ndjson"
PIECE = 32_000


class ExportLineView(View):
    """What a channel may sell of a SKU, as it was told last; in units."""

    sku: str
    available: int
    ship: int
    pickup: int
    state: StockState
    sequence: int
    changed_at: datetime


class ExportAnswer(View):
    """Lines in the order of their last change; `cursor` goes on behind them, also when none came.

    Put each line in the place of what you had of its SKU.
    """

    items: list[ExportLineView]
    cursor: str
    next: str | None


@router.get("/stock/export", response=ExportAnswer)
@requires("stock:read")
def export_stock(
    request: HttpRequest, channel: Code, cursor: Cursor = "", limit: Limit = MOST
) -> ExportAnswer:
    """Read what a channel may sell, from the start or what has changed since `cursor`.

    Without a cursor it begins with the earliest change that still stands. Follow `next` until it is
    null: then you have the whole table. Later, ask with the last `cursor` for what is new.
    """
    found = _channel(request, channel)
    after = _after(cursor, found)
    lines = lines_since(found.id, after, limit=limit + 1)
    page = lines[:limit]
    end = encode_cursor([found.id, page[-1].sequence if page else after])
    return ExportAnswer(
        items=[ExportLineView.model_validate(line) for line in page],
        cursor=end,
        next=next_url(request, end if len(lines) > limit else None),
    )


@router.get("/stock/export/file", response=None)
@requires("stock:read")
def export_stock_file(
    request: HttpRequest,
    channel: Code,
    format: Annotated[Literal["csv", "jsonl"], Query()] = "csv",  # noqa: A002 - the world's name
) -> StreamingHttpResponse:
    """Download every line of a channel as CSV or JSON lines, by SKU.

    The header `X-Next-Cursor` goes on from here at `GET /stock/export`.
    """
    found = _channel(request, channel)
    # Read before the lines: what changes meanwhile is told again, nothing is missed.
    cursor = encode_cursor([found.id, last_sequence(found.id)])
    lines = all_lines(found.id)
    content, kind = (_csv(lines), "text/csv") if format == "csv" else (_jsonl(lines), JSONL)
    name = f'attachment; filename="stock-{found.code}.{format}"'
    return StreamingHttpResponse(
        content, content_type=kind, headers={CURSOR_HEADER: cursor, "Content-Disposition": name}
    )


def _after(cursor: str, channel: ChannelFacts) -> int:
    """Return the number to go on behind; each channel counts for itself, so its cursors are its."""
    if not cursor:
        return 0
    channel_id, sequence = decode_cursor(cursor, int, int)
    if channel_id != channel.id:
        raise invalid_cursor()
    return int(sequence)


def _channel(request: HttpRequest, code: str) -> ChannelFacts:
    """Return the channel; whose stock it sells is everybody's, so the key may not be limited."""
    require_unlimited(actor_of(request))
    found = snapshot().channels.get(code)
    if found is None:
        raise unknown_filter("channel", code)
    return found


def _values(line: ExportLine) -> list[object]:
    return [getattr(line, name) for name in COLUMNS]


def _csv(lines: Iterator[ExportLine]) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for line in lines:
        writer.writerow([*_values(line)[:-1], line.changed_at.isoformat()])
        if text.tell() > PIECE:
            yield _taken(text)
    yield _taken(text)


def _jsonl(lines: Iterator[ExportLine]) -> Iterator[bytes]:
    for line in lines:
        yield dumps(dict(zip(COLUMNS, _values(line), strict=True))) + b"\n"


def _taken(text: io.StringIO) -> bytes:
    piece = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return piece
