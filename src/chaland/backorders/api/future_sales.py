"""Routes of future sales: what may be promised before it is there."""

from datetime import date, datetime
from typing import Annotated

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import Field

from chaland.backorders import operations, queries
from chaland.backorders.types import (
    LONGEST_HORIZON_DAYS,
    MOST_UNITS,
    FutureSale,
    FutureSaleKind,
    StoredSale,
)
from chaland.kernel.clock import now
from chaland.kernel.errors import NotFoundError
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.etags import check_if_match, set_etag
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
    next_url,
)
from chaland.web.schemas import Body, Code, Day, Line, Moment, View, example

router = Router()

Codes = Annotated[list[Code], Field(max_length=1000)]
Words = Annotated[list[Line], Field(max_length=200)]


class FutureSaleBody(Body):
    """What channels may promise of goods that are not there.

    It holds for SKUs that fit each of `categories`, `tags` and `skus` that is not empty, on
    `channels` (empty: all). `limit` is the units of one SKU that may wait at once on one channel.
    """

    model_config = example(
        {
            "name": "Sofas while they are made",
            "kind": "backorder",
            "channels": [],
            "categories": ["Living room"],
            "limit": 20,
            "horizon_days": 60,
        }
    )

    name: Line
    kind: FutureSaleKind
    channels: Codes = []
    categories: Words = []
    tags: Words = []
    skus: Codes = []
    limit: Annotated[int, Field(strict=True, ge=1, le=MOST_UNITS)] | None = None
    needs_supply: bool = True
    horizon_days: Annotated[int, Field(strict=True, ge=1, le=LONGEST_HORIZON_DAYS)] = 90
    not_before: Day | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    priority: Annotated[int, Field(strict=True, ge=0, le=10_000)] = 100
    active: bool = True

    def draft(self, code: str) -> FutureSale:
        """Return the future sale called *code*."""
        values = self.model_dump()
        for name in ("channels", "categories", "tags", "skus"):
            values[name] = tuple(values[name])
        return FutureSale(code=code, **values)


class FutureSaleView(View):
    """A future sale as it is set."""

    code: str
    name: str
    kind: FutureSaleKind
    channels: list[str]
    categories: list[str]
    tags: list[str]
    skus: list[str]
    limit: int | None
    needs_supply: bool
    horizon_days: int
    not_before: date | None
    starts_at: datetime | None
    ends_at: datetime | None
    priority: int
    active: bool
    version: int

    @classmethod
    def of(cls, stored: StoredSale) -> "FutureSaleView":
        """Show a future sale."""
        plain = {name: getattr(stored.sale, name) for name in cls.model_fields if name != "version"}
        return cls(**plain, version=stored.version)


@router.get("/stock/future-sales", response=Page[FutureSaleView])
@requires("stock:read")
def list_future_sales(
    request: HttpRequest, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[FutureSaleView]:
    """List what may be promised before it is there, by code."""
    after = decode_cursor(cursor, str)[0] if cursor else ""
    found = [item for item in queries.future_sales() if item.sale.code > after][: limit + 1]
    end = encode_cursor([found[limit - 1].sale.code]) if len(found) > limit else None
    items = [FutureSaleView.of(item) for item in found[:limit]]
    return Page(items=items, next=next_url(request, end))


@router.get("/stock/future-sales/{code}", response=FutureSaleView)
@requires("stock:read")
def get_future_sale(request: HttpRequest, code: Code, response: HttpResponse) -> FutureSaleView:
    """Read one future sale."""
    del request
    found = _stored(code)
    if found is None:
        raise NotFoundError("future sale", code)
    set_etag(response, found.version)
    return FutureSaleView.of(found)


@router.put("/stock/future-sales/{code}", response={200: FutureSaleView, 201: FutureSaleView})
@requires("stock:write")
def put_future_sale(
    request: HttpRequest, code: Code, body: FutureSaleBody, response: HttpResponse
) -> Status[FutureSaleView]:
    """Make a future sale, or replace it; promises that were given stay as they are."""
    with transaction.atomic():
        operations.lock_future_sales()
        known = _stored(code)
        check_if_match(request, 0 if known is None else known.version)
        [outcome] = operations.upsert_future_sales(
            drafts=[body.draft(code)], now=now(), actor=actor_of(request)
        )
        if outcome.problem is not None:
            raise outcome.problem
        stored = _stored(code)
        assert stored is not None  # noqa: S101 - it was just written
    set_etag(response, stored.version)
    return Status(201 if known is None else 200, FutureSaleView.of(stored))


def _stored(code: str) -> StoredSale | None:
    return next(iter(queries.future_sales(codes=[code])), None)
