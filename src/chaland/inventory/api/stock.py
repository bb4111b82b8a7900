"""Routes of positions, adjustments and the ledger."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import Field, StringConstraints

from chaland.catalog.queries import sku_facts
from chaland.inventory import operations, queries
from chaland.inventory.api.naming import Filter, Names, filtered_locations, filtered_sku
from chaland.inventory.types import (
    HOLD_PREFIX,
    MAX_ON_HAND,
    MAX_QUANTITY,
    Adjustment,
    AdjustmentOutcome,
    MovementKind,
    MovementView,
    UnavailableStatus,
)
from chaland.kernel.actor import Actor
from chaland.kernel.clock import now
from chaland.kernel.errors import InvalidInputError
from chaland.kernel.ids import to_public
from chaland.kernel.outcomes import WriteOutcome
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
from chaland.web.schemas import Body, BulkAnswer, Code, Day, Moment, View, example

router = Router()

Delta = Annotated[int, Field(strict=True, ge=-MAX_QUANTITY, le=MAX_QUANTITY)]
Counted = Annotated[int, Field(strict=True, ge=0, le=MAX_ON_HAND)]
Source = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]
"""A lot or a serial number as it is printed on the goods."""

Serials = Annotated[list[Name], Field(max_length=1000)]


class AdjustmentItem(Body):
    """One change to one position.

    `count` takes `on_hand`: all that lay there just before `occurred_at`, whether reserved, damaged
    or on display; what came or went since then stands. The other kinds take differences; `status`
    says where units go that become unavailable, or come from. With a `source_ref` the message is
    applied once, however often it is sent. A count of an earlier moment than the last one is
    answered `stale`, and units that moved before the last count `superseded`: it holds them.

    Units of a SKU that is followed come and go with their `lot` (`expires_on` is its last day of
    sale) or their `serials`. A `return` may name the `channel` that had sold the units: what is fit
    for sale again is given back to its quota.
    """

    model_config = example(
        {
            "sku": "LAMP",
            "location": "WH",
            "kind": "receipt",
            "on_hand_delta": 12,
            "source_ref": "delivery-note-77-1",
        }
    )

    sku: Code
    location: Code
    kind: MovementKind
    on_hand: Counted | None = None
    on_hand_delta: Delta = 0
    unavailable_delta: Delta = 0
    incoming_delta: Delta = 0
    status: UnavailableStatus | None = None
    source_ref: Reference | None = None
    occurred_at: Moment | None = None
    lot: Name | None = None
    expires_on: Day | None = None
    serials: Serials = []
    channel: Code | None = None
    reason: Annotated[str, Field(max_length=500)] = ""


class AdjustmentsBody(ItemsBody[AdjustmentItem]):
    """Up to 500 adjustments from one source; `reason` counts for items that give none."""

    source: Source = "api"


class PositionAnswer(View):
    """A stock position: `available` is `on_hand - unavailable - reserved`."""

    sku: str
    location: str
    on_hand: int
    reserved: int
    unavailable: int
    incoming: int
    available: int
    version: int
    updated_at: datetime


class MovementAnswer(View):
    """One line of the ledger: true since `occurred_at`, known since `recorded_at`."""

    id: int
    sku: str
    location: str
    kind: MovementKind
    on_hand_delta: int
    reserved_delta: int
    unavailable_delta: int
    incoming_delta: int
    counted: int | None
    lot: str | None
    status: UnavailableStatus | None
    reservation: str | None
    cause_type: str
    cause_id: str
    source: str
    source_ref: str | None
    occurred_at: datetime
    recorded_at: datetime
    reason: str

    @classmethod
    def of(cls, line: MovementView) -> "MovementAnswer":
        """Show a line of the ledger; who wrote it is told by the audit log."""
        held = line.kind in {MovementKind.HOLD, MovementKind.HOLD_RELEASE}
        prefix = HOLD_PREFIX if held else "res"
        reservation = line.reservation_id and to_public(prefix, line.reservation_id)
        plain = {name: getattr(line, name) for name in cls.model_fields if name != "reservation"}
        return cls(**plain, reservation=reservation)


@router.post("/stock/adjustments", response=BulkAnswer)
@requires("stock:write")
@idempotent
def adjust_stock(request: HttpRequest, body: AdjustmentsBody) -> BulkAnswer:
    """Report up to 500 changes; each is applied or refused for itself."""
    actor = actor_of(request)

    def write(items: Sequence[AdjustmentItem]) -> list[WriteOutcome]:
        return _apply(items, body, actor, now())

    return write_items(body, AdjustmentItem, write)


@router.get("/stock/positions", response=Page[PositionAnswer])
@requires("stock:read")
def list_positions(
    request: HttpRequest,
    sku: Filter = "",
    location: Filter = "",
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[PositionAnswer]:
    """List stock positions, of one SKU or one location when asked."""
    found = queries.positions(
        sku_ids=[filtered_sku(sku).id] if sku else None,
        location_ids=filtered_locations(actor_of(request), location),
        after=decode_cursor(cursor, int, int) if cursor else None,
        limit=limit + 1,
    )
    end = None
    if len(found) > limit:
        end = encode_cursor([found[limit - 1].sku_id, found[limit - 1].location_id])
    items = [PositionAnswer.model_validate(item) for item in found[:limit]]
    return Page(items=items, next=next_url(request, end))


@router.get("/stock/movements", response=Page[MovementAnswer])
@requires("stock:read")
def list_movements(
    request: HttpRequest,
    sku: Filter = "",
    location: Filter = "",
    cause: Filter = "",
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[MovementAnswer]:
    """Read the ledger, latest line first. `cause` is the id of an order or fulfilment order."""
    found = queries.movements(
        sku_id=filtered_sku(sku).id if sku else None,
        location_ids=filtered_locations(actor_of(request), location),
        cause_id=cause or None,
        before=decode_cursor(cursor, int)[0] if cursor else None,
        limit=limit + 1,
    )
    end = encode_cursor([found[limit - 1].id]) if len(found) > limit else None
    items = [MovementAnswer.of(item) for item in found[:limit]]
    return Page(items=items, next=next_url(request, end))


def _apply(
    items: Sequence[AdjustmentItem], body: AdjustmentsBody, actor: Actor, moment: datetime
) -> list[WriteOutcome]:
    """Resolve codes, apply what can be resolved, and answer all items in order."""
    names = Names.of(actor, sku_facts({item.sku for item in items}))
    problems = [
        names.sku_problem(item.sku)
        or names.location_problem(item.location)
        or names.channel_problem(item.channel)
        for item in items
    ]
    # What tells no time happens in turn: a count knows of the receipt before it in the request.
    adjustments = [
        _adjustment(item, body, names, moment + timedelta(microseconds=place))
        for place, (item, problem) in enumerate(zip(items, problems, strict=True))
        if problem is None
    ]
    applied = iter(operations.adjust(adjustments=adjustments, now=moment, actor=actor))
    return [
        _outcome(item, AdjustmentOutcome("rejected", problem=problem) if problem else next(applied))
        for item, problem in zip(items, problems, strict=True)
    ]


def _adjustment(
    item: AdjustmentItem,
    body: AdjustmentsBody,
    names: Names,
    moment: datetime,
) -> Adjustment:
    return Adjustment(
        sku_id=names.skus[item.sku].id,
        location_id=names.location(item.location).id,
        kind=item.kind,
        source=body.source,
        source_ref=item.source_ref,
        occurred_at=item.occurred_at or moment,
        on_hand=item.on_hand,
        on_hand_delta=item.on_hand_delta,
        unavailable_delta=item.unavailable_delta,
        incoming_delta=item.incoming_delta,
        status=item.status,
        reason=item.reason or body.reason,
        lot=item.lot,
        expires_on=item.expires_on,
        serials=tuple(item.serials),
        channel_id=None if item.channel is None else names.network.channels[item.channel].id,
    )


def _outcome(item: AdjustmentItem, outcome: AdjustmentOutcome) -> WriteOutcome:
    if outcome.problem is not None:
        refusal = InvalidInputError([outcome.problem])
        return WriteOutcome(code=item.sku, status="rejected", problem=refusal)
    status = "updated" if outcome.status == "applied" else outcome.status
    return WriteOutcome(code=item.sku, status=status)
