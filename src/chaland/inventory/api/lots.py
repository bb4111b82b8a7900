"""Routes of lots, serial numbers and recalls."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router

from chaland.catalog.queries import sku_facts
from chaland.inventory import operations, queries
from chaland.inventory.api.naming import Filter, Names, filtered_locations, filtered_sku
from chaland.inventory.api.stock import Name, Serials
from chaland.inventory.types import (
    LotDate,
    LotView,
    Naming,
    NamingOutcome,
    Recall,
    RecalledDelivery,
    SerialState,
    SerialView,
    Tag,
)
from chaland.kernel.clock import now
from chaland.kernel.errors import DomainError, FieldProblem, InvalidInputError
from chaland.kernel.ids import to_public
from chaland.kernel.outcomes import WriteOutcome
from chaland.network.queries import visible_location_ids
from chaland.web.authorisation import requires
from chaland.web.bulk import ItemsBody, write_items
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
from chaland.web.schemas import Body, BulkAnswer, Code, Day, Quantity, View, example

router = Router()


class NamingItem(Body):
    """Units of which nobody knew the lot or serial are named: `lot`, or one of `serials` each."""

    model_config = example(
        {
            "sku": "MILK",
            "location": "WH",
            "quantity": 12,
            "lot": "L2611",
            "expires_on": "2027-01-31",
        }
    )

    sku: Code
    location: Code
    quantity: Quantity
    lot: Name | None = None
    expires_on: Day | None = None
    serials: Serials = []


class DateItem(Body):
    """The last day on which a lot may be sold, told anew for every location where it lies."""

    model_config = example({"sku": "MILK", "lot": "L2611", "expires_on": "2027-02-28"})

    sku: Code
    lot: Name
    expires_on: Day


class LotAnswer(View):
    """Units of a lot at a location; `lot` is null for units of which nobody knows the lot.

    `expires_on` is the last day of sale; `expired` units of `on_hand` were taken out of sale.
    """

    sku: str
    location: str
    lot: str | None
    expires_on: date | None
    on_hand: int
    expired: int

    @classmethod
    def of(cls, view: LotView) -> "LotAnswer":
        """Show a lot."""
        return cls(**{name: getattr(view, name) for name in cls.model_fields})


class SerialAnswer(View):
    """A unit with a serial number, where it is or was last, and the order it left with.

    `presumed`: nobody scanned it when it left, it was the one that had been there longest.
    """

    sku: str
    serial: str
    state: SerialState
    location: str | None
    cause: str
    order: str | None
    presumed: bool
    changed_at: datetime

    @classmethod
    def of(cls, view: SerialView) -> "SerialAnswer":
        """Show a serial."""
        plain = {
            name: getattr(view, name) for name in cls.model_fields if name not in ("cause", "order")
        }
        order = view.order_id and to_public("ord", view.order_id)
        return cls(**plain, cause=view.cause_id, order=order)


class DeliveryAnswer(View):
    """Units that left with an order; `cause` is the fulfilment order."""

    order: str | None
    cause: str
    location: str
    lot: str | None
    serial: str | None
    units: int
    presumed: bool
    left_at: datetime

    @classmethod
    def of(cls, delivery: RecalledDelivery) -> "DeliveryAnswer":
        """Show a delivery."""
        plain = {
            name: getattr(delivery, name)
            for name in cls.model_fields
            if name not in ("cause", "order")
        }
        order = delivery.order_id and to_public("ord", delivery.order_id)
        return cls(**plain, cause=delivery.cause_id, order=order)


class TransitAnswer(View):
    """Units that left with a transfer and have not arrived."""

    transfer: str
    units: int


class RecallAnswer(View):
    """Where a lot or a serial is, and who got it.

    `unknown` are units of this SKU of which nobody knows the lot: they may be of it.
    """

    held: list[LotAnswer]
    serials: list[SerialAnswer]
    in_transit: list[TransitAnswer]
    deliveries: list[DeliveryAnswer]
    unknown: list[LotAnswer]

    @classmethod
    def of(cls, found: Recall) -> "RecallAnswer":
        """Show what a recall finds."""
        return cls(
            held=[LotAnswer.of(item) for item in found.held],
            serials=[SerialAnswer.of(item) for item in found.serials],
            in_transit=[
                TransitAnswer(transfer=key, units=units) for key, units in found.in_transit
            ],
            deliveries=[DeliveryAnswer.of(item) for item in found.deliveries],
            unknown=[LotAnswer.of(item) for item in found.unknown],
        )


@router.get("/stock/lots", response=Page[LotAnswer])
@requires("stock:read")
def list_lots(
    request: HttpRequest,
    *,
    sku: Filter = "",
    location: Filter = "",
    lot: Filter = "",
    unknown: bool | None = None,
    expires_before: Day | None = None,
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[LotAnswer]:
    """List the lots that lie somewhere, and units of followed SKUs whose lot nobody knows."""
    found = queries.lots(
        limit=limit + 1,
        sku_ids=[filtered_sku(sku).id] if sku else None,
        location_ids=filtered_locations(actor_of(request), location),
        lot=lot or None,
        unknown=unknown,
        expires_before=expires_before,
        after=decode_cursor(cursor, int, int, str) if cursor else None,
    )
    end = None
    if len(found) > limit:
        last = found[limit - 1]
        end = encode_cursor([last.sku_id, last.location_id, last.lot or ""])
    return Page(items=[LotAnswer.of(item) for item in found[:limit]], next=next_url(request, end))


@router.get("/stock/serials", response=Page[SerialAnswer])
@requires("stock:read")
def list_serials(
    request: HttpRequest,
    sku: Filter = "",
    serial: Filter = "",
    location: Filter = "",
    state: SerialState | None = None,
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[SerialAnswer]:
    """List units by serial number: where each is, and which order it left with."""
    found = queries.serials(
        limit=limit + 1,
        sku_ids=[filtered_sku(sku).id] if sku else None,
        serial=serial or None,
        state=state,
        location_ids=filtered_locations(actor_of(request), location),
        after=decode_cursor(cursor, int, str) if cursor else None,
    )
    end = None
    if len(found) > limit:
        last = found[limit - 1]
        end = encode_cursor([filtered_sku(last.sku).id, last.serial])
    items = [SerialAnswer.of(item) for item in found[:limit]]
    return Page(items=items, next=next_url(request, end))


@router.get("/stock/recalls", response=RecallAnswer)
@requires("stock:read")
def read_recall(
    request: HttpRequest,
    sku: Annotated[str, Query(max_length=64)] = "",
    lot: Filter = "",
    serial: Filter = "",
) -> RecallAnswer:
    """Tell where a lot, or a serial, still is, and which orders got units of it."""
    if not sku or bool(lot) == bool(serial):
        field = "lot" if sku else "sku"
        raise InvalidInputError(
            [
                FieldProblem(
                    field,
                    "missing",
                    "a recall is of one lot or one serial of a SKU",
                    "send sku, and one of lot and serial",
                )
            ]
        )
    found = queries.recall(
        filtered_sku(sku).id,
        lot=lot or None,
        serial=serial or None,
        location_ids=visible_location_ids(actor_of(request)),
    )
    return RecallAnswer.of(found)


@router.post("/stock/lots/names", response=BulkAnswer)
@requires("stock:write")
@idempotent
def name_units(request: HttpRequest, body: ItemsBody[NamingItem]) -> BulkAnswer:
    """Name the lot or serials of units that are on hand and of none that is known, up to 500."""
    actor, moment = actor_of(request), now()

    def write(items: Sequence[NamingItem]) -> list[WriteOutcome]:
        names = Names.of(actor, sku_facts({item.sku for item in items}))
        problems = [
            names.sku_problem(item.sku) or names.location_problem(item.location) for item in items
        ]
        namings = [
            Naming(
                names.skus[item.sku].id,
                names.location(item.location).id,
                item.quantity,
                Tag(item.lot, item.expires_on, tuple(item.serials)),
                body.reason,
            )
            for item, problem in zip(items, problems, strict=True)
            if problem is None
        ]
        done = iter(operations.name_units(namings=namings, now=moment, actor=actor))
        return [
            _outcome(item.sku, NamingOutcome(problem) if problem else next(done))
            for item, problem in zip(items, problems, strict=True)
        ]

    return write_items(body, NamingItem, write)


@router.post("/stock/lots/dates", response=BulkAnswer)
@requires("stock:write")
@idempotent
def date_lots(request: HttpRequest, body: ItemsBody[DateItem]) -> BulkAnswer:
    """Correct the last day of up to 500 lots, for a key that covers every location.

    Units that were out of sale as expired come back where the new day has not passed.
    """
    actor, moment = actor_of(request), now()
    if visible_location_ids(actor) is not None:
        raise DomainError(
            code="outside_your_organisation",
            message="A lot lies at locations that your key does not cover.",
            status=403,
            fix="Use a key that covers every organisation, or ask an administrator.",
        )

    def write(items: Sequence[DateItem]) -> list[WriteOutcome]:
        names = Names.of(actor, sku_facts({item.sku for item in items}))
        problems = [names.sku_problem(item.sku) for item in items]
        dates = [
            LotDate(names.skus[item.sku].id, item.lot, item.expires_on)
            for item, problem in zip(items, problems, strict=True)
            if problem is None
        ]
        done = iter(operations.date_lots(dates=dates, now=moment, actor=actor, reason=body.reason))
        return [
            _outcome(item.sku, NamingOutcome(problem) if problem else next(done))
            for item, problem in zip(items, problems, strict=True)
        ]

    return write_items(body, DateItem, write)


def _outcome(sku: str, outcome: NamingOutcome) -> WriteOutcome:
    if outcome.problem is not None:
        refusal = InvalidInputError([outcome.problem])
        return WriteOutcome(code=sku, status="rejected", problem=refusal)
    return WriteOutcome(code=sku, status="updated")
