"""From a decision to the rows that will say so: order, lines, plans and reservations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from chaland.availability.sellable import SellableStock
from chaland.fulfilment.types import FulfilmentDraft, FulfilmentLineDraft, FulfilmentMethod
from chaland.inventory.types import Pair, ReservationRequest
from chaland.journeys.place_orders.references import ResolvedOrder
from chaland.kernel.ids import new_uuid
from chaland.orders.types import OrderDraft, OrderLineDraft, OrderMethod
from chaland.promise.types import COST_UNIT
from chaland.sourcing.queries import keep_behind
from chaland.sourcing.types import Assignment, Decision, NothingFits, Outcome

_NOTHING: Mapping[Pair, int] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOrder:
    """Everything that one accepted order writes, apart from its customer.

    ``unserved`` says what happens to what no site has, of an order that was taken on nevertheless.
    """

    resolved: ResolvedOrder
    decision: Decision
    draft: OrderDraft
    plans: tuple[FulfilmentDraft, ...]
    reservations: tuple[ReservationRequest, ...]
    unserved: NothingFits | None = None

    @property
    def state(self) -> str:
        """The state that the order is in once it is written."""
        if self.unserved is NothingFits.CANCEL:
            return "open" if self.plans else "cancelled"
        return "open" if self.unserved is None else "blocked"


def draft_order(
    resolved: ResolvedOrder,
    decision: Decision,
    stock: SellableStock,
    kept: Mapping[Pair, int] = _NOTHING,
    *,
    now: datetime,
    unserved: NothingFits | None = None,
) -> PlacedOrder:
    """Write an order down as it was decided on *stock*.

    *kept* is what its basket has kept already. Without *unserved*, *decision* must have sourced all
    of it; with it, the rest is left to what it says.
    """
    body = resolved.request.body
    order_id = new_uuid()
    lines = tuple(
        OrderLineDraft(
            line_id=new_uuid(),
            line_no=number,
            external_line_id=line.line_id,
            sku_id=sku.id,
            sku_code=sku.code,
            description=sku.name,
            quantity=line.quantity,
            unit_price=Decimal(line.unit_price.amount),
        )
        for number, (line, sku) in enumerate(zip(body.lines, resolved.skus, strict=True), start=1)
    )
    shipping = Decimal(body.shipping.amount) if body.shipping else Decimal(0)
    window = decision.window
    if decision.outcome is not Outcome.SOURCED and unserved is None:
        message = "an order that was not sourced cannot be drafted"
        raise ValueError(message)
    draft = OrderDraft(
        order_id=order_id,
        channel_id=resolved.channel.id,
        external_id=body.external_id,
        content_hash=resolved.request.content_hash,
        # A number of its own until the customers room has told whose order this is.
        customer_id=order_id,
        customer_address=0,
        currency=body.currency,
        placed_at=body.placed_at,
        method=OrderMethod(resolved.demand.method.value),
        destination_country=resolved.demand.country,
        destination_postal_code=resolved.demand.postal_code,
        destination_latitude=resolved.place.latitude,
        destination_longitude=resolved.place.longitude,
        service_code=_service(resolved, decision),
        pickup_location_id=resolved.pickup.id if resolved.pickup else None,
        total_amount=sum((line.unit_price * line.quantity for line in lines), shipping),
        shipping_amount=shipping,
        promise_earliest=window.earliest if window else None,
        promise_latest=window.latest if window else None,
        promise_confidence=window.confidence if window else None,
        promise_basis=window.basis if window else "",
        note=body.note,
        tags=tuple(body.tags),
        lines=lines,
        organisation_ids=_sorted(resolved.demand.organisation_ids),
    )
    plans = tuple(
        _plan(resolved, assignment, draft, sequence, now)
        for sequence, assignment in enumerate(decision.assignments, start=1)
    )
    return PlacedOrder(
        resolved=resolved,
        decision=decision,
        draft=draft,
        plans=plans,
        unserved=unserved,
        reservations=tuple(
            request
            for plan, assignment in zip(plans, decision.assignments, strict=True)
            for request in _reservations(resolved, plan, assignment, stock, kept)
        ),
    )


def _service(resolved: ResolvedOrder, decision: Decision) -> str | None:
    """Return the service that goods were given; of an order without any, the one it asked for."""
    if decision.assignments:
        return decision.assignments[0].service_code
    asked = resolved.demand.service_codes
    return asked[0] if asked else None


def _sorted(organisation_ids: frozenset[int] | None) -> tuple[int, ...] | None:
    return None if organisation_ids is None else tuple(sorted(organisation_ids))


def _plan(
    resolved: ResolvedOrder,
    assignment: Assignment,
    draft: OrderDraft,
    sequence: int,
    now: datetime,
) -> FulfilmentDraft:
    window = assignment.window
    return FulfilmentDraft(
        fulfilment_id=new_uuid(),
        order_id=draft.order_id,
        location_id=assignment.location_id,
        method=FulfilmentMethod(resolved.demand.method.value),
        service_code=assignment.service_code,
        sequence=sequence,
        dispatch_by=window.dispatch_by,
        promise_earliest=window.earliest,
        promise_latest=window.latest,
        release_at=now + timedelta(minutes=resolved.channel.release_delay_minutes),
        cost=Decimal(assignment.cost.freight + assignment.cost.handling) / COST_UNIT,
        lines=tuple(
            _plan_line(resolved, draft, portion.line, portion.quantity)
            for portion in assignment.portions
        ),
    )


def _plan_line(
    resolved: ResolvedOrder, draft: OrderDraft, demand_line: int, quantity: int
) -> FulfilmentLineDraft:
    source = resolved.sources[demand_line]
    line_id = new_uuid()
    return FulfilmentLineDraft(
        line_id=line_id,
        order_line_id=draft.lines[source.line].line_id,
        sku_id=source.sku.id,
        sku_code=source.sku.code,
        quantity=quantity,
        # One reservation a line: they may share the number.
        reservation_id=line_id,
        per_kit=source.per_unit,
    )


def _reservations(
    resolved: ResolvedOrder,
    plan: FulfilmentDraft,
    assignment: Assignment,
    stock: SellableStock,
    kept: Mapping[Pair, int],
) -> Iterator[ReservationRequest]:
    """Yield what the lines of a plan reserve, and what its channel must leave behind in all."""
    own = {sku: units for (sku, place), units in kept.items() if place == plan.location_id}
    keep = keep_behind(resolved.demand, assignment, stock, own)
    for line in plan.lines:
        yield ReservationRequest(
            reservation_id=line.reservation_id,
            sku_id=line.sku_id,
            location_id=plan.location_id,
            quantity=line.quantity,
            order_id=plan.order_id,
            order_line_id=line.order_line_id,
            keep=keep[line.sku_id],
            channel_id=resolved.channel.id,
        )
