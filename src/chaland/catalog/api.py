"""Routes of the catalog room."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status
from pydantic import Field, StringConstraints

from chaland.catalog import operations, queries
from chaland.catalog.types import ComponentDraft, SkuDraft, SkuView, Tracking, VatClass
from chaland.kernel.clock import now
from chaland.kernel.outcomes import WriteOutcome
from chaland.web.authorisation import requires
from chaland.web.bulk import ItemsBody, write_items
from chaland.web.context import actor_of
from chaland.web.etags import check_if_match, set_etag
from chaland.web.idempotency import idempotent
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    after_code,
    page_by_code,
)
from chaland.web.schemas import Body, BulkAnswer, Code, Restrictions, View, example

router = Router(tags=["Catalog"])

Millimetres = Annotated[int, Field(ge=0, le=100_000)]
Search = Annotated[str, Query(max_length=200)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Cost = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,7}(\.[0-9]{1,4})?$")]
"""An amount in the group's currency, as text with at most four decimals."""

GtinText = Annotated[str, StringConstraints(pattern=r"^[0-9]{8,14}$")]


class ComponentBody(Body):
    """How many of a SKU one kit holds."""

    sku: Code
    quantity: Annotated[int, Field(strict=True, ge=1, le=1000)]


class SkuBody(Body):
    """The smallest thing that is sold; weight in grams, sizes in millimetres, 0 for unknown.

    With `components` it is a kit: it has no stock of its own. `gtins` end in a valid check digit.
    `ships_alone`: its parcel has nothing of other lines (a kit's components say so themselves).
    `tracking` asks for a lot or a serial number with every unit; `unit_cost` is what one unit costs
    the group, in its currency.
    """

    model_config = example(
        {"name": "Lamp", "weight_grams": 500, "gtins": ["4006381333931"], "category": "Lighting"}
    )

    name: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    weight_grams: Annotated[int, Field(ge=0, le=10_000_000)]
    gtins: Annotated[list[GtinText], Field(max_length=50)] = []
    length_mm: Millimetres = 0
    width_mm: Millimetres = 0
    height_mm: Millimetres = 0
    category: Annotated[str, Field(max_length=200)] = ""
    tags: Annotated[list[Tag], Field(max_length=50)] = []
    vat_class: VatClass = VatClass.STANDARD
    tracking: Tracking = Tracking.NONE
    unit_cost: Cost | None = None
    restrictions: Restrictions = []
    ships_alone: bool = False
    active: bool = True
    components: Annotated[list[ComponentBody], Field(max_length=100)] = []

    def draft(self, code: str) -> SkuDraft:
        """Return the draft of the SKU called *code*."""
        return SkuDraft(
            code=code,
            name=self.name,
            weight_grams=self.weight_grams,
            gtins=tuple(self.gtins),
            length_mm=self.length_mm,
            width_mm=self.width_mm,
            height_mm=self.height_mm,
            category=self.category,
            tags=tuple(self.tags),
            vat_class=self.vat_class,
            tracking=self.tracking,
            unit_cost=None if self.unit_cost is None else Decimal(self.unit_cost),
            restrictions=tuple(self.restrictions),
            ships_alone=self.ships_alone,
            active=self.active,
            components=tuple(ComponentDraft(item.sku, item.quantity) for item in self.components),
        )


class SkuItem(SkuBody):
    """A SKU of a bulk request."""

    model_config = example(
        {
            "code": "LAMP",
            "name": "Lamp",
            "weight_grams": 500,
            "gtins": ["4006381333931"],
            "category": "Lighting",
        }
    )

    code: Code


class ComponentAnswer(View):
    """How many of a SKU one kit holds."""

    sku: str
    quantity: int


class SkuAnswer(View):
    """The smallest thing that is sold."""

    code: str
    name: str
    weight_grams: int
    gtins: list[str]
    length_mm: int
    width_mm: int
    height_mm: int
    category: str
    tags: list[str]
    vat_class: VatClass
    tracking: Tracking
    unit_cost: str | None
    restrictions: list[str]
    ships_alone: bool
    active: bool
    components: list[ComponentAnswer]
    version: int

    @classmethod
    def of(cls, sku: SkuView) -> "SkuAnswer":
        """Show a SKU."""
        parts = [ComponentAnswer(sku=item.code, quantity=item.quantity) for item in sku.components]
        plain = {
            name: getattr(sku, name)
            for name in cls.model_fields
            if name not in ("components", "gtins", "tags", "restrictions", "unit_cost")
        }
        return cls(
            **plain,
            components=parts,
            unit_cost=None if sku.unit_cost is None else str(sku.unit_cost),
            gtins=list(sku.gtins),
            tags=list(sku.tags),
            restrictions=list(sku.restrictions),
        )


@router.get("/skus", response=Page[SkuAnswer])
@requires("catalog:read")
def list_skus(
    request: HttpRequest,
    q: Search = "",
    category: Search = "",
    active: bool | None = None,  # noqa: FBT001 - the framework passes it by name
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[SkuAnswer]:
    """List SKUs by code. `q` is a bar code, a code, or beginnings of words of name and category."""
    after = after_code(cursor)
    found = queries.search_skus(q=q, category=category, active=active, after=after, limit=limit + 1)
    return page_by_code(request, found, limit, SkuAnswer.of)


# Before the routes by code: Django takes the first path that fits.
@router.post("/skus/bulk", response=BulkAnswer)
@requires("catalog:write")
@idempotent
def put_skus_in_bulk(request: HttpRequest, body: ItemsBody[SkuItem]) -> BulkAnswer:
    """Make or replace up to 500 SKUs, each for itself; items also carry `code`."""

    def write(items: Sequence[SkuItem]) -> list[WriteOutcome]:
        return operations.upsert_skus(
            drafts=[item.draft(item.code) for item in items],
            now=now(),
            actor=actor_of(request),
            reason=body.reason,
        )

    return write_items(body, SkuItem, write)


@router.get("/skus/{code}", response=SkuAnswer)
@requires("catalog:read")
def get_sku(request: HttpRequest, code: Code, response: HttpResponse) -> SkuAnswer:
    """Read one SKU."""
    del request
    found = queries.sku(code)
    set_etag(response, found.version)
    return SkuAnswer.of(found)


@router.put("/skus/{code}", response={200: SkuAnswer, 201: SkuAnswer})
@requires("catalog:write")
def put_sku(
    request: HttpRequest, code: Code, body: SkuBody, response: HttpResponse
) -> Status[SkuAnswer]:
    """Make a SKU, or replace its values. `If-Match` guards against lost updates."""
    with transaction.atomic():
        operations.lock_catalog()
        stored = queries.skus([code])
        check_if_match(request, stored[0].version if stored else 0)
        [outcome] = operations.upsert_skus(
            drafts=[body.draft(code)], now=now(), actor=actor_of(request)
        )
        if outcome.problem is not None:
            raise outcome.problem
    set_etag(response, outcome.version)
    return Status(201 if outcome.status == "created" else 200, SkuAnswer.of(queries.sku(code)))
