"""Routes of what customers pay for delivery."""

from decimal import Decimal
from typing import Annotated, Literal

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import Field

from chaland.kernel.clock import now
from chaland.kernel.errors import NotFoundError
from chaland.promise import operations, queries
from chaland.promise.api.charges import AreaText, areas_from
from chaland.promise.types import DeliveryPriceRow, DeliveryPrices, DeliveryPricesDraft
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.etags import check_if_match, set_etag
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    after_code,
    page_by_code,
)
from chaland.web.schemas import Amount, Body, Code, View, example

router = Router()


class DeliveryPriceRowBody(Body):
    """What is paid to these areas, from a value of the goods on, up to a weight (null: any)."""

    areas: Annotated[list[AreaText], Field(min_length=1, max_length=500)] = ["*"]
    from_value: Amount = "0"
    max_weight_grams: Annotated[int, Field(strict=True, ge=1, le=2_000_000)] | None = None
    price: Amount


class DeliveryPricesBody(Body):
    """What customers pay, in the channel's currency; without `channel` or `service`: for any.

    The table for the service and the channel goes before the service's own, that before the
    channel's, and that before the one for all.
    """

    model_config = example(
        {
            "method": "ship",
            "service": "home-standard",
            "rows": [{"price": "4.90"}, {"from_value": "60.00", "price": "0.00"}],
        }
    )

    method: Literal["ship", "pickup"]
    channel: Code | None = None
    service: Code | None = None
    rows: Annotated[list[DeliveryPriceRowBody], Field(min_length=1, max_length=500)]

    def draft(self, code: str) -> DeliveryPricesDraft:
        """Return the draft of the table called *code*."""
        return DeliveryPricesDraft(
            code=code,
            method=self.method,
            channel=self.channel or "",
            service=self.service or "",
            rows=tuple(
                DeliveryPriceRow(
                    areas=areas_from(row.areas),
                    from_value=Decimal(row.from_value),
                    max_weight_grams=row.max_weight_grams,
                    price=Decimal(row.price),
                )
                for row in self.rows
            ),
        )


class DeliveryPriceRowView(View):
    """What is paid to these areas, from a value of the goods on, up to a weight (null: any)."""

    areas: list[str]
    from_value: str
    max_weight_grams: int | None
    price: str


class DeliveryPricesView(View):
    """A table of what customers pay."""

    code: str
    method: str
    channel: str
    service: str
    rows: list[DeliveryPriceRowView]
    version: int

    @classmethod
    def of(cls, table: DeliveryPrices) -> "DeliveryPricesView":
        """Show a table."""
        return cls.model_validate({**queries.form_of_delivery(table), "version": table.version})


@router.get("/delivery-prices", response=Page[DeliveryPricesView])
@requires("network:read")
def list_delivery_prices(
    request: HttpRequest, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[DeliveryPricesView]:
    """List the tables of delivery prices by code."""
    after = after_code(cursor)
    found = queries.delivery_prices(after=after, limit=limit + 1)
    return page_by_code(request, found, limit, DeliveryPricesView.of)


@router.get("/delivery-prices/{code}", response=DeliveryPricesView)
@requires("network:read")
def get_delivery_prices(
    request: HttpRequest, code: Code, response: HttpResponse
) -> DeliveryPricesView:
    """Read one table of delivery prices."""
    del request
    found = _found(code)
    set_etag(response, found.version)
    return DeliveryPricesView.of(found)


@router.put("/delivery-prices/{code}", response={200: DeliveryPricesView, 201: DeliveryPricesView})
@requires("network:write")
def put_delivery_prices(
    request: HttpRequest, code: Code, body: DeliveryPricesBody, response: HttpResponse
) -> Status[DeliveryPricesView]:
    """Make a table of delivery prices, or replace its values."""
    with transaction.atomic():
        operations.lock_services()
        check_if_match(request, _version(code))
        [outcome] = operations.put_delivery_prices(
            drafts=[body.draft(code)], now=now(), actor=actor_of(request)
        )
        if outcome.problem is not None:
            raise outcome.problem
    set_etag(response, outcome.version)
    shown = DeliveryPricesView.of(_found(code))
    return Status(201 if outcome.status == "created" else 200, shown)


@router.delete("/delivery-prices/{code}", response={204: None})
@requires("network:write")
def delete_delivery_prices(request: HttpRequest, code: Code) -> Status[None]:
    """Take a table away: what is less specific holds again."""
    with transaction.atomic():
        operations.lock_services()
        check_if_match(request, _found(code).version)
        operations.remove_delivery_prices(codes=[code], now=now(), actor=actor_of(request))
    return Status(204, None)


def _found(code: str) -> DeliveryPrices:
    found = next((item for item in queries.delivery_prices() if item.code == code), None)
    if found is None:
        raise NotFoundError("delivery price table", code)
    return found


def _version(code: str) -> int:
    return next((item.version for item in queries.delivery_prices() if item.code == code), 0)
