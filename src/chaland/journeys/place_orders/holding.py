"""Orders of baskets for which units are kept: the order sees its own, and nobody else's.

A hold that has ended is no error: the order then competes for what there is. One that was made by
another channel, organisation or basket, or that another order has used, is refused by its name.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from chaland.availability.types import SaleMethod
from chaland.inventory.operations import convert_holds, lock_holds, reserve
from chaland.inventory.queries import held_by
from chaland.inventory.types import (
    HOLD_PREFIX,
    HeldUnits,
    HoldOutcome,
    InsufficientStockError,
    Pair,
    ReservationRequest,
)
from chaland.journeys.place_orders.references import References, ResolvedOrder
from chaland.kernel.actor import Actor
from chaland.kernel.errors import ConflictError, DomainError, FieldProblem, InvalidInputError
from chaland.kernel.ids import InvalidPublicIdError, from_public, to_public
from chaland.sourcing.queries import decide
from chaland.sourcing.types import Decision, Method, World


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept for an order: units by position."""

    basket_id: UUID
    units: Mapping[Pair, int]


def find_kept(
    orders: Mapping[int, ResolvedOrder], known: References
) -> tuple[dict[int, Kept], dict[int, DomainError]]:
    """Return what is kept for each order that names a hold, and which orders are to be refused."""
    named: dict[int, UUID] = {}
    kept: dict[int, Kept] = {}
    refused: dict[int, DomainError] = {}
    for index, order in orders.items():
        text = order.request.body.hold
        if text is not None:
            try:
                named[index] = from_public(HOLD_PREFIX, text)
            except InvalidPublicIdError:
                refused[index] = _unknown(text)
    if not named:
        return kept, refused
    rows = held_by(set(named.values()))
    for index, basket_id in named.items():
        try:
            units = _checked(orders[index], rows.get(basket_id, ()), known)
        except DomainError as error:
            refused[index] = error
        else:
            if units:
                kept[index] = Kept(basket_id, units)
    return kept, refused


def _checked(order: ResolvedOrder, rows: Sequence[HeldUnits], known: References) -> dict[Pair, int]:
    """Return what is still kept. Raises DomainError when the hold is not this order's."""
    body = order.request.body
    text = body.hold or ""
    if not rows:
        raise _unknown(text)
    first = rows[0]
    allowed = order.demand.organisation_ids
    if allowed is not None and (
        first.organisation_ids is None or not allowed.issuperset(first.organisation_ids)
    ):
        raise _foreign("organisation", text, "another organisation")
    if first.channel_id != order.channel.id:
        channel = known.network.channels_by_id[first.channel_id].code
        raise _foreign("channel", text, f"channel {channel}")
    if body.basket is not None and body.basket != first.reference:
        raise _foreign("basket", text, f"basket {first.reference!r}")
    present = {row.pair: row.quantity for row in rows if row.closed_at is None}
    used = next((row.order_id for row in rows if row.outcome is HoldOutcome.CONVERTED), None)
    if used is not None and not present:
        raise ConflictError(
            "hold_used",
            f"Hold {text} became part of order {to_public('ord', used)}.",
            fix="Read that order: this may be the same purchase. Else send this one without hold.",
            order=to_public("ord", used),
        )
    return present


def decide_with_kept(order: ResolvedOrder, kept: Kept, world: World) -> Decision:
    """Decide one order on what its channel may sell and on what is kept for it.

    Units that it does not use are seen by nobody else in this round.
    """
    channel = order.channel.code
    method: SaleMethod = "ship" if order.demand.method is Method.SHIP else "pickup"
    wanted = {line.sku_id for line in order.demand.lines}
    lent = {
        (sku_id, world.network.index_of[location_id]): units
        for (sku_id, location_id), units in kept.units.items()
        if sku_id in wanted
    }
    for (sku_id, location), units in lent.items():
        world.stock.lend(channel, method, sku_id, location, units)
    (decision,) = decide([order.demand], world)
    taken: Counter[tuple[int, int]] = Counter()
    for assignment in decision.assignments:
        for portion in assignment.portions:
            taken[portion.sku_id, assignment.location_index] += portion.quantity
    for cell, units in lent.items():
        if units > taken[cell]:
            world.stock.give_back(channel, *cell, units - taken[cell])
    return decision


@dataclass(frozen=True, slots=True)
class Converting:
    """An order that takes the place of a hold: *reservations* instead of what was kept."""

    kept: Kept
    order_id: UUID
    actor: Actor
    reservations: Sequence[ReservationRequest]


def lock_all(
    converting: Iterable[Converting], further: Iterable[ReservationRequest]
) -> dict[UUID, list[HeldUnits]]:
    """Lock what is kept for orders and all positions of the round; return what is kept by then.

    Baskets that were changed or have ended since the orders were decided are left out.
    """
    items = list(converting)
    pairs = {(item.sku_id, item.location_id) for item in further}
    pairs.update((item.sku_id, item.location_id) for each in items for item in each.reservations)
    held = lock_holds([item.kept.basket_id for item in items], further=pairs)
    seen = {item.kept.basket_id: item.kept.units for item in items}
    return {
        basket_id: rows
        for basket_id, rows in held.items()
        if {row.pair: row.quantity for row in rows} == seen[basket_id]
    }


def convert(
    converting: Sequence[Converting],
    held: Mapping[UUID, Sequence[HeldUnits]],
    further: Sequence[tuple[ReservationRequest, Actor]],
    *,
    now: datetime,
) -> bool:
    """Let orders reserve what was kept for them, and *further* requests with them: all or none.

    Tells whether it was done. If not, everything is kept as it was.
    """
    requests = [(item, each.actor) for each in converting for item in each.reservations]
    requests += further
    try:
        with transaction.atomic():
            convert_holds(
                held=held,
                orders={each.kept.basket_id: (each.order_id, each.actor) for each in converting},
                now=now,
            )
            reserve(
                requests=[item for item, _ in requests],
                actor=[actor for _, actor in requests],
                now=now,
            )
    except InsufficientStockError:
        return False
    return True


def _unknown(text: str) -> InvalidInputError:
    return InvalidInputError(
        [
            FieldProblem(
                field="hold",
                code="unknown_hold",
                message=f"there is no hold {text!r}",
                fix="Send the id of the basket's hold, or leave it out.",
            )
        ]
    )


def _foreign(what: str, text: str, whose: str) -> ConflictError:
    return ConflictError(
        f"hold_of_another_{what}",
        f"Hold {text} was made for {whose}; nothing was reserved and it is as it was.",
        fix="Send the hold of this order's own basket, or leave it out.",
    )
