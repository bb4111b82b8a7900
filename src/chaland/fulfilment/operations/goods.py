"""The stages that move goods: pick, pack, ship, deliver, collect."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chaland.database.statements import execute
from chaland.fulfilment import rules
from chaland.fulfilment.events import (
    FulfilmentCollected,
    FulfilmentDelivered,
    FulfilmentPacked,
    FulfilmentPicked,
    FulfilmentShipped,
    ParcelDelivered,
)
from chaland.fulfilment.models import Handover, Parcel, ParcelLine
from chaland.fulfilment.operations.giving_back import give_back_short
from chaland.fulfilment.operations.locking import Work, lock_work, require
from chaland.fulfilment.operations.moving import move, touch
from chaland.fulfilment.operations.settling import settle_orders
from chaland.fulfilment.operations.telling import event_of, tell
from chaland.fulfilment.types import (
    FULFILMENT_PREFIX,
    PARCEL_PREFIX,
    CollectRequest,
    DeliverRequest,
    FreedUnits,
    PackRequest,
    PickRequest,
    ScannedUnits,
    ShipRequest,
)
from chaland.inventory import operations as inventory
from chaland.inventory.types import IssueRequest, NamedUnits, Tag
from chaland.kernel.actor import Actor
from chaland.kernel.errors import ConflictError, FieldProblem, InvalidInputError
from chaland.kernel.ids import to_public
from chaland.outbox.operations import publish

PROOF_OF_PICKUP = "pickup_code"


def pick(*, request: PickRequest, now: datetime, actor: Actor) -> list[FreedUnits]:
    """Take the goods off the shelf: ``accepted`` → ``picked``; return what was not found.

    Those are refused for ``request.reason``: the caller releases their stock, finds them another
    site and settles the order. When nothing at all was found the whole is ``refused``.
    """
    (work,) = lock_work([request.fulfilment_id])
    require(work, "pick")
    picked = rules.picked_units(work.lines, request.lines)
    missing = {
        line.id: line.to_give - picked[line.id]
        for line in work.lines
        if line.to_give > picked[line.id]
    }
    freed: list[FreedUnits] = []
    if missing:
        freed = give_back_short(work, missing, reason=request.reason, now=now, actor=actor)
    if any(picked.values()):
        _write_picked(picked)
        state = move([work], "pick", now=now)
        tell(
            [work],
            action="pick",
            after=str(state),
            now=now,
            actor=actor,
            event=lambda work: [event_of(FulfilmentPicked, work, now=now, units=picked)],
        )
    return freed


def _write_picked(picked: Mapping[UUID, int]) -> None:
    execute(
        "UPDATE fulfilment_line AS line SET picked = found.picked"
        " FROM unnest(%s::uuid[], %s::int[]) AS found (id, picked) WHERE line.id = found.id",
        [list(picked), list(picked.values())],
    )


def pack(*, request: PackRequest, now: datetime, actor: Actor) -> None:
    """Close the parcels: ``picked`` → ``packed``. Raises InvalidInputError for wrong contents."""
    (work,) = lock_work([request.fulfilment_id])
    require(work, "pack")
    contents = rules.packed_units(work.lines, request.parcels)
    parcels = [
        Parcel(
            id=draft.parcel_id,
            fulfilment_order_id=work.order.id,
            service_code=work.order.service_code,
            weight_grams=draft.weight_grams,
            packed_at=now,
        )
        for draft in request.parcels
    ]
    Parcel.objects.bulk_create(parcels)
    ParcelLine.objects.bulk_create(
        ParcelLine(parcel_id=parcel.id, line_id=line_id, quantity=quantity)
        for parcel, content in zip(parcels, contents, strict=True)
        for line_id, quantity in content.items()
    )
    state = move([work], "pack", now=now)
    described = [
        {"parcel": to_public(PARCEL_PREFIX, parcel.id), "weight_grams": parcel.weight_grams}
        for parcel in parcels
    ]
    tell(
        [work],
        action="pack",
        after=str(state),
        now=now,
        actor=actor,
        event=lambda work: [event_of(FulfilmentPacked, work, now=now, parcels=described)],
    )


def ship(*, request: ShipRequest, now: datetime, actor: Actor) -> None:
    """Hand the parcels to the carrier: ``packed`` → ``shipped``; the goods leave the stock.

    Raises InvalidInputError for the tracking number of a parcel that is not of this fulfilment
    order.
    """
    (work,) = lock_work([request.fulfilment_id])
    require(work, "ship")
    parcels = list(Parcel.objects.filter(fulfilment_order_id=work.order.id).order_by("id"))
    _require_parcels(parcels, request.tracking)
    service_code = request.service_code or work.order.service_code
    for parcel in parcels:
        parcel.shipped_at = now
        parcel.tracking_number = request.tracking.get(parcel.id, "")
        parcel.service_code = service_code
        parcel.expected_at = request.expected_at or work.order.promise_latest
    Parcel.objects.bulk_update(
        parcels, ["shipped_at", "tracking_number", "service_code", "expected_at"]
    )
    state = move([work], "ship", now=now, service_code=service_code)
    _issue(work, request.scanned, now=now, actor=actor)
    described = [
        {"parcel": to_public(PARCEL_PREFIX, parcel.id), "tracking_number": parcel.tracking_number}
        for parcel in parcels
    ]
    tell(
        [work],
        action="ship",
        after=str(state),
        now=now,
        actor=actor,
        event=lambda work: [
            event_of(FulfilmentShipped, work, now=now, service=service_code, parcels=described)
        ],
    )
    settle_orders(order_ids=[work.order.order_id], now=now, actor=actor)


def _issue(work: Work, scanned: Sequence[ScannedUnits], *, now: datetime, actor: Actor) -> None:
    """Let what was picked leave the stock, the scanned units by their lot or serial."""
    named = rules.scanned_units(work.lines, scanned)
    inventory.issue(
        issues=[
            IssueRequest(
                line.reservation_id,
                line.to_give,
                work.public_id,
                tuple(
                    NamedUnits(Tag(item.lot, None, item.serials), item.units)
                    for item in named[line.id]
                ),
            )
            for line in work.lines
            if line.to_give
        ],
        now=now,
        actor=actor,
        cause_type="fulfilment_order",
    )


def deliver(*, request: DeliverRequest, now: datetime, actor: Actor) -> None:
    """Note that parcels arrived; with the last one ``shipped`` → ``delivered``.

    Parcels that had arrived before are left as they are. Raises InvalidInputError for a parcel of
    another fulfilment order.
    """
    (work,) = lock_work([request.fulfilment_id])
    require(work, "deliver")
    parcels = list(Parcel.objects.filter(fulfilment_order_id=work.order.id).order_by("id"))
    named = [parcel.id for parcel in parcels] if request.parcels is None else request.parcels
    _require_parcels(parcels, named)
    arrived = [item for item in parcels if item.id in named and item.delivered_at is None]
    for parcel in arrived:
        parcel.delivered_at = request.at
    Parcel.objects.bulk_update(arrived, ["delivered_at"])
    publish(
        [
            event_of(
                ParcelDelivered,
                work,
                now=now,
                parcel=to_public(PARCEL_PREFIX, parcel.id),
                tracking_number=parcel.tracking_number,
                delivered_at=request.at,
            )
            for parcel in arrived
        ],
        actor=actor,
    )
    if any(parcel.delivered_at is None for parcel in parcels):
        touch([work.order.id])
        return
    last = max(item.delivered_at for item in parcels if item.delivered_at is not None)
    state = move([work], "deliver", now=last)
    tell(
        [work],
        action="deliver",
        after=str(state),
        now=now,
        actor=actor,
        event=lambda work: [event_of(FulfilmentDelivered, work, now=now, delivered_at=last)],
    )
    settle_orders(order_ids=[work.order.order_id], now=now, actor=actor)


def collect(*, request: CollectRequest, now: datetime, actor: Actor) -> None:
    """Hand the goods to the customer who says the code: ``ready`` → ``collected``.

    Raises ConflictError ``wrong_pickup_code``, having changed nothing.
    """
    (work,) = lock_work([request.fulfilment_id])
    require(work, "collect")
    said = request.code.strip().upper()
    if not hmac.compare_digest(said.encode(), work.order.pickup_code.encode()):
        raise ConflictError(
            "wrong_pickup_code",
            "This is not the pickup code of this order.",
            fix="Ask the customer to show the message with the code, and type it again.",
            id=to_public(FULFILMENT_PREFIX, work.order.id),
        )
    state = move([work], "collect", now=now)
    _issue(work, request.scanned, now=now, actor=actor)
    Handover.objects.create(
        fulfilment_order_id=work.order.id,
        at=now,
        proof=PROOF_OF_PICKUP,
        actor_kind=actor.kind,
        actor_id=actor.id,
    )
    tell(
        [work],
        action="collect",
        after=str(state),
        now=now,
        actor=actor,
        event=lambda work: [event_of(FulfilmentCollected, work, now=now)],
    )
    settle_orders(order_ids=[work.order.order_id], now=now, actor=actor)


def _require_parcels(parcels: Sequence[Parcel], named: Sequence[UUID] | Mapping[UUID, str]) -> None:
    known = {parcel.id for parcel in parcels}
    problems = [
        FieldProblem(
            f"parcels[{index}].parcel",
            "unknown_parcel",
            "is no parcel of this fulfilment order",
            "take the ids from parcels of the fulfilment order",
        )
        for index, parcel_id in enumerate(named)
        if parcel_id not in known
    ]
    if problems:
        raise InvalidInputError(problems)
