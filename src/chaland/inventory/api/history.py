"""Routes of stock as it was."""

from datetime import datetime
from decimal import Decimal

from django.http import HttpRequest
from ninja import Router

from chaland.inventory import queries
from chaland.inventory.api.naming import Filter, filtered_locations, filtered_sku
from chaland.inventory.types import LocationValue, PositionAsOf
from chaland.kernel.clock import now
from chaland.kernel.errors import FieldProblem, InvalidInputError
from chaland.web.authorisation import requires
from chaland.web.context import actor_of
from chaland.web.pagination import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
    next_url,
)
from chaland.web.schemas import Moment, View

router = Router()


class UnavailableAnswer(View):
    """Units that were there and could not be sold, by the reason."""

    damaged: int
    display: int
    quarantine: int
    missing: int
    counting: int
    expired: int


class PositionAsOfAnswer(View):
    """A stock position at a past moment; `held` is the part of `reserved` that baskets held."""

    sku: str
    location: str
    on_hand: int
    reserved: int
    held: int
    unavailable: int
    incoming: int
    available: int
    statuses: UnavailableAnswer

    @classmethod
    def of(cls, position: PositionAsOf) -> "PositionAsOfAnswer":
        """Show a position of the past."""
        plain = {name: getattr(position, name) for name in cls.model_fields if name != "statuses"}
        return cls(**plain, statuses=UnavailableAnswer.model_validate(position))


class ValueAnswer(View):
    """What lay at a location; `value` is in the group's currency at the present cost of a unit."""

    location: str
    units: int
    value: str
    units_without_cost: int

    @classmethod
    def of(cls, found: LocationValue) -> "ValueAnswer":
        """Show what a location held."""
        value = found.value.quantize(Decimal("0.01"))
        return cls(
            location=found.location,
            units=found.units,
            value=str(value),
            units_without_cost=found.units_without_cost,
        )


class ValuationAnswer(View):
    """What each location held at `as_of`, as far as it was known at `known_at`."""

    as_of: datetime
    known_at: datetime | None
    items: list[ValueAnswer]


@router.get("/stock/positions/as-of", response=Page[PositionAsOfAnswer])
@requires("stock:read")
def list_positions_as_of(
    request: HttpRequest,
    as_of: Moment | None = None,
    known_at: Moment | None = None,
    sku: Filter = "",
    location: Filter = "",
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[PositionAsOfAnswer]:
    """Read stock positions at a past moment, from the ledger.

    `as_of` is when it was true, by default now; with `known_at`, what was recorded later is left
    out: what people and shops saw at that time.
    """
    _not_in_the_future(as_of=as_of, known_at=known_at)
    found = queries.positions_as_of(
        as_of or now(),
        known_at=known_at,
        sku_ids=[filtered_sku(sku).id] if sku else None,
        location_ids=filtered_locations(actor_of(request), location),
        after=decode_cursor(cursor, int, int) if cursor else None,
        limit=limit + 1,
    )
    end = None
    if len(found) > limit:
        end = encode_cursor([found[limit - 1].sku_id, found[limit - 1].location_id])
    items = [PositionAsOfAnswer.of(item) for item in found[:limit]]
    return Page(items=items, next=next_url(request, end))


@router.get("/stock/valuation", response=ValuationAnswer)
@requires("stock:read")
def read_valuation(
    request: HttpRequest,
    as_of: Moment | None = None,
    known_at: Moment | None = None,
    location: Filter = "",
) -> ValuationAnswer:
    """Tell the units and the value of the stock at each location at a moment, by default now."""
    _not_in_the_future(as_of=as_of, known_at=known_at)
    moment = as_of or now()
    found = queries.valuation_as_of(
        moment, known_at=known_at, location_ids=filtered_locations(actor_of(request), location)
    )
    return ValuationAnswer(
        as_of=moment, known_at=known_at, items=[ValueAnswer.of(item) for item in found]
    )


def _not_in_the_future(**moments: datetime | None) -> None:
    present = now()
    problems = [
        FieldProblem(
            name,
            "in_the_future",
            "the ledger knows the past only",
            "send a moment that has passed",
        )
        for name, moment in moments.items()
        if moment is not None and moment > present
    ]
    if problems:
        raise InvalidInputError(problems)
