"""Routes of rate cards."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from django.db import transaction
from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from chaland.kernel.clock import now
from chaland.kernel.errors import FieldProblem, InvalidInputError, NotFoundError
from chaland.kernel.ids import InvalidPublicIdError, from_public, to_public
from chaland.promise import operations, queries
from chaland.promise.api.charges import AreaText, areas_from
from chaland.promise.types import (
    OriginKind,
    RateCardDraft,
    RateCardFacts,
    RateChange,
    RateRow,
)
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.idempotency import idempotent
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_id,
    encode_cursor,
    next_url,
)
from chaland.web.schemas import Amount, Body, Code, View, example

router = Router()

_EXAMPLE = {
    "service": "home-standard",
    "valid_from": "2030-01-01",
    "csv": "areas,max_weight_kg,up_to_km,price\nFR,1,300,4.90\nFR,1,,5.90\nFR-20,1,,9.90\n",
}


class RateRowBody(Body):
    """The price of a parcel of at most this weight to these areas, up to a distance (null: any)."""

    areas: Annotated[list[AreaText], Field(min_length=1, max_length=500)]
    max_weight_grams: Annotated[int, Field(strict=True, ge=1, le=2_000_000)]
    up_to_km: Annotated[int, Field(strict=True, ge=1, le=20_038)] | None = None
    price: Amount


class RateCardBody(Body):
    """What a service costs from a day on: as `rows`, or as the text of a CSV file.

    It holds for all sites, or for those of `group`, or for one `location`.
    """

    model_config = example(_EXAMPLE)

    service: Code
    valid_from: date
    group: Code | None = None
    location: Code | None = None
    rows: Annotated[list[RateRowBody], Field(min_length=1, max_length=5_000)] | None = None
    csv: Annotated[str, Field(min_length=1, max_length=1_000_000)] | None = None
    reason: Annotated[str, Field(max_length=500)] = ""

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if (self.rows is None) == (self.csv is None):
            raise PydanticCustomError("missing", "needs either rows or csv")
        if self.group is not None and self.location is not None:
            raise PydanticCustomError("too_many", "has a group and a location")
        return self

    def draft(self) -> RateCardDraft:
        """Return the card. Raises InvalidInputError naming each line of the CSV that is wrong."""
        rows: tuple[RateRow, ...] = tuple(
            RateRow(
                areas=areas_from(row.areas),
                max_weight_grams=row.max_weight_grams,
                up_to_km=row.up_to_km,
                price=Decimal(row.price),
            )
            for row in self.rows or ()
        )
        if self.csv is not None:
            rows, problems = queries.read_rate_table(self.csv)
            if problems:
                raise InvalidInputError([_placed(item.line, item.problem) for item in problems])
        kind = OriginKind.ALL
        if self.group is not None:
            kind = OriginKind.GROUP
        elif self.location is not None:
            kind = OriginKind.LOCATION
        return RateCardDraft(
            service_code=self.service,
            valid_from=self.valid_from,
            rows=rows,
            origin_kind=kind,
            origin=self.group or self.location or "",
        )


class RateRowView(View):
    """One price of a rate card."""

    areas: list[str]
    max_weight_grams: int
    up_to_km: int | None
    price: str


class RateCardView(View):
    """A rate card."""

    id: str
    service: str
    valid_from: date
    origin_kind: OriginKind
    origin: str
    rows: list[RateRowView]
    version: int

    @classmethod
    def of(cls, card: RateCardFacts) -> "RateCardView":
        """Show a rate card."""
        shown = queries.form_of_card(card)
        shown |= {"id": to_public(queries.CARD_PREFIX, card.id), "version": card.version}
        return cls.model_validate(shown)


class RateChangeView(View):
    """A price that is new (`before` null), gone (`after` null) or another."""

    area: str
    max_weight_grams: int
    up_to_km: int | None
    before: str | None
    after: str | None

    @classmethod
    def of(cls, change: RateChange) -> "RateChangeView":
        """Show a change."""
        return cls(
            area=change.area,
            max_weight_grams=change.max_weight_grams,
            up_to_km=change.up_to_km,
            before=None if change.before is None else f"{change.before:.2f}",
            after=None if change.after is None else f"{change.after:.2f}",
        )


class RateCardPreview(View):
    """What a card would change of the one in force for the same sites on its first day."""

    prices: int
    changes: list[RateChangeView]


class RateCardWritten(View):
    """A card that was written, and what it changed."""

    id: str
    status: str
    version: int
    changes: list[RateChangeView]


@router.get("/rate-cards", response=Page[RateCardView])
@requires("network:read")
def list_rate_cards(
    request: HttpRequest,
    service: Code | None = None,
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[RateCardView]:
    """List the rate cards, of one service or of all, in the order in which they were made."""
    after = decode_id(cursor, queries.CARD_PREFIX)
    found = queries.rate_card_page(service_code=service, after=after, limit=limit + 1)
    last = to_public(queries.CARD_PREFIX, found[limit - 1].id) if len(found) > limit else None
    end = None if last is None else encode_cursor([last])
    return Page(
        items=[RateCardView.of(item) for item in found[:limit]], next=next_url(request, end)
    )


@router.post("/rate-cards", response={200: RateCardWritten, 201: RateCardWritten})
@requires("network:write")
@idempotent
def put_rate_card(request: HttpRequest, body: RateCardBody) -> Status[RateCardWritten]:
    """Write a rate card, in the place of one for the same service, sites and first day.

    It takes force by itself: what counts is the day on which a parcel leaves. Nothing is written
    when anything is wrong.
    """
    draft = body.draft()
    with transaction.atomic():
        changes = queries.rate_changes(draft)
        [outcome] = operations.put_rate_cards(
            drafts=[draft], now=now(), actor=actor_of(request), reason=body.reason
        )
        if outcome.problem is not None:
            raise outcome.problem
    written = RateCardWritten(
        id=outcome.code,
        status=outcome.status,
        version=outcome.version,
        changes=[RateChangeView.of(item) for item in changes],
    )
    return Status(201 if outcome.status == "created" else 200, written)


@router.post("/rate-cards/preview", response=RateCardPreview)
@requires("network:read")
@idempotent
def preview_rate_card(request: HttpRequest, body: RateCardBody) -> RateCardPreview:
    """Say what a card would change, and write nothing."""
    del request
    draft = body.draft()
    return RateCardPreview(
        prices=len(draft.rows),
        changes=[RateChangeView.of(item) for item in queries.rate_changes(draft)],
    )


@router.delete("/rate-cards/{card_id}", response={204: None})
@requires("network:write")
@idempotent
def remove_rate_card(request: HttpRequest, card_id: str) -> Status[None]:
    """Take a rate card away; what holds without it is in force at once."""
    try:
        found = from_public(queries.CARD_PREFIX, card_id)
    except InvalidPublicIdError:
        raise NotFoundError("rate card", card_id) from None
    with transaction.atomic():
        operations.remove_rate_cards(card_ids=[found], now=now(), actor=actor_of(request))
    return Status(204, None)


def _placed(line: int, problem: FieldProblem) -> FieldProblem:
    """Name the line of the CSV that a problem is in."""
    return FieldProblem(
        f"csv[{line}].{problem.field}", problem.code, f"line {line}: {problem.message}", problem.fix
    )
